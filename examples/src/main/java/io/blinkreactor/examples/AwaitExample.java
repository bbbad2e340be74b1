package io.blinkreactor.examples;

import static java.util.Objects.requireNonNull;

import io.blinkreactor.blinkops.BlinkOpsClient;
import io.blinkreactor.blinkops.ExecuteRequest;
import io.blinkreactor.blinkops.ExecutionDetails;
import io.blinkreactor.blinkops.Runs;
import io.blinkreactor.callback.CallbackServer;
import io.blinkreactor.completion.Completion;
import io.blinkreactor.completion.RunHandle;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import reactor.core.publisher.Flux;

/**
 * Use 2, awaiting without polling: start a playbook for each host, and go on when BlinkOps calls
 * back.
 *
 * <p>Takes {@code BLINK_API_KEY}, {@code BLINK_WORKSPACE} and {@code BLINK_BASE_URL} from the
 * environment, and as arguments the public URL of port 8080 of this machine, the playbook and the
 * hosts.
 */
public final class AwaitExample {

  private AwaitExample() {}

  /**
   * Runs the example.
   *
   * @param args public URL, playbook id, hosts
   */
  public static void main(String... args) {
    List<String> hosts = List.of(args).subList(2, args.length);
    // readme: await
    try (BlinkOpsClient blink = BlinkOpsClient.builder().environment(System.getenv()).build();
        CallbackServer callbacks =
            requireNonNull(
                CallbackServer.builder()
                    .host("0.0.0.0")
                    .port(8080)
                    .publicUrl(args[0])
                    .trustedProxies("10.0.0.0/8") // of the proxy that ends TLS
                    .bind()
                    .block());
        Runs runs = blink.runs().receiver(callbacks).timeout(Duration.ofHours(1)).build()) {
      isolate(runs, args[1], hosts)
          .doOnNext(
              end -> System.out.println(end.executionId() + " " + end.execution().effectiveState()))
          .blockLast();
    }
    // readme: end
  }

  // readme: await-flux
  static Flux<Completion<ExecutionDetails>> isolate(
      Runs runs, String playbook, List<String> hosts) {
    return Flux.fromIterable(hosts)
        .flatMap(
            host ->
                runs.start(playbook, ExecuteRequest.inputs(Map.of("host", host)))
                    .flatMap(RunHandle::completion), // a failed run is a value too
            40); // BlinkOps runs 40 a workspace and queues the rest
  }
  // readme: end
}
