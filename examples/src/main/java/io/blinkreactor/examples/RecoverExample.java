package io.blinkreactor.examples;

import static java.util.Objects.requireNonNull;

import io.blinkreactor.blinkops.BlinkOpsClient;
import io.blinkreactor.blinkops.ExecuteRequest;
import io.blinkreactor.blinkops.ExecutionDetails;
import io.blinkreactor.blinkops.Runs;
import io.blinkreactor.callback.CallbackServer;
import io.blinkreactor.completion.Completion;
import io.blinkreactor.completion.PendingStore;
import io.blinkreactor.completion.RunHandle;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import reactor.core.publisher.Flux;

/**
 * Use 2 across crashes: as {@link AwaitExample}, but what is pending when the process dies is
 * awaited by the next one.
 *
 * <p>Takes {@code BLINK_API_KEY}, {@code BLINK_WORKSPACE} and {@code BLINK_BASE_URL} from the
 * environment, and as arguments the public URL of port 8080 of this machine, the store's directory,
 * the playbook and the hosts.
 */
public final class RecoverExample {

  private RecoverExample() {}

  /**
   * Runs the example.
   *
   * @param args public URL, directory, playbook id, hosts
   */
  public static void main(String... args) {
    List<String> hosts = List.of(args).subList(3, args.length);
    try (BlinkOpsClient blink = BlinkOpsClient.builder().environment(System.getenv()).build();
        PendingStore store = PendingStore.file(Path.of(args[1]));
        CallbackServer callbacks =
            requireNonNull(
                CallbackServer.builder()
                    .host("0.0.0.0")
                    .port(8080)
                    .publicUrl(args[0])
                    .trustedProxies("10.0.0.0/8") // of the proxy that ends TLS
                    .store(store)
                    .bind()
                    .block());
        Runs runs = blink.runs().receiver(callbacks).store(store).build()) {
      all(runs, args[2], hosts)
          .doOnNext(
              end -> System.out.println(end.executionId() + " " + end.execution().effectiveState()))
          .blockLast();
    }
  }

  // readme: recover
  static Flux<Completion<ExecutionDetails>> all(Runs runs, String playbook, List<String> hosts) {
    Flux<ExecuteRequest> requests =
        Flux.fromIterable(hosts).map(host -> ExecuteRequest.inputs(Map.of("host", host)));
    return Flux.merge(
            runs.recover(), // what the last process left
            runs.startAll(playbook, requests))
        .flatMap(RunHandle::completion, Integer.MAX_VALUE);
  }
  // readme: end
}
