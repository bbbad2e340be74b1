package io.blinkreactor.examples.cli;

import io.blinkreactor.blinkops.BlinkOpsClient;
import io.blinkreactor.blinkops.ExecuteRequest;
import io.blinkreactor.blinkops.ExecutionCallback;
import io.blinkreactor.blinkops.ExecutionDetails;
import io.blinkreactor.blinkops.Runs;
import io.blinkreactor.callback.CallbackServer;
import io.blinkreactor.callback.SealPlacement;
import io.blinkreactor.completion.Completion;
import io.blinkreactor.completion.RunHandle;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import reactor.core.publisher.Mono;

/** Finds out what BlinkOps' callbacks look like when they arrive. */
@Command(
    name = "probe",
    sortOptions = false,
    description = {
      "Start one real run with a callback, and show what of it arrives: method, headers, cookies, members of the body, the sender's address, repetitions. Secrets are masked.",
      "Prints one JSON object a callback on stdout, and on stderr where the seal may travel. Ends when the run has ended and a callback has come, or --grace later. What it listens with is no callback server, and serves this one run."
    })
final class ProbeCommand extends VerboseCommand {

  @Mixin ConnectionOptions connection = new ConnectionOptions();

  @Option(
      names = "--playbook",
      paramLabel = "ID",
      required = true,
      description = "The workflow to run; choose one that does no harm.")
  String playbookId = "";

  @Mixin InputOptions inputs = new InputOptions();

  @Option(
      names = "--public-url",
      paramLabel = "URL",
      description =
          "The address under which BlinkOps reaches --listen; needed unless it listens on loopback.")
  @Nullable String publicUrl;

  @Option(
      names = "--listen",
      paramLabel = "HOST:PORT",
      converter = HostPort.Converter.class,
      defaultValue = "127.0.0.1:8080",
      description = "Where to listen for callbacks; ${DEFAULT-VALUE} by default.")
  HostPort listen = new HostPort("127.0.0.1", 8080);

  @Option(
      names = "--refuse-first",
      description = "Answer the first callback with 503, to see whether it comes again.")
  boolean refuseFirst;

  @Option(
      names = "--timeout",
      paramLabel = "PT10M",
      converter = DurationConverter.class,
      defaultValue = "PT10M",
      description = "How long the run is awaited; ${DEFAULT-VALUE} by default.")
  Duration timeout = Duration.ZERO;

  @Option(
      names = "--grace",
      paramLabel = "PT30S",
      converter = DurationConverter.class,
      defaultValue = "PT30S",
      description = "How long callbacks are waited for after that; ${DEFAULT-VALUE} by default.")
  Duration grace = Duration.ZERO;

  /** Looked at often: one run, and a person who waits. */
  private static final Duration LOOK_AFTER = Duration.ofSeconds(2);

  @Override
  public Integer call() {
    checkAddress();
    RunLines lines = new RunLines(console());
    try (BlinkOpsClient client = connection.client(console()).build();
        ProbeListener listener = ProbeListener.open(listen, refuseFirst, lines::print);
        Runs runs = client.runs().timeout(timeout).reconcileAfter(LOOK_AFTER).build()) {
      String base = publicUrl == null ? "http://" + listener.address() : publicUrl;
      say("listening on %s; BlinkOps is told %s/...", listener.address(), strip(base));
      listener.starts();
      String id = client.workflows().execute(playbookId, request(strip(base), listener)).block();
      Completion<ExecutionDetails> end =
          runs.await(String.valueOf(id)).flatMap(RunHandle::completion).block();
      say(
          "execution %s ended as %s",
          id, end == null ? "?" : end.execution().effectiveState().name());
      listener.seen(refuseFirst ? 2 : 1).timeout(grace, Mono.empty()).block();
      return conclude(listener.seen());
    }
  }

  /**
   * The server to come would refuse the same addresses; nothing is started here. How it is to
   * listen beyond loopback is asked only of it: what listens here holds no secret.
   */
  private void checkAddress() {
    CallbackServer.Builder server = CallbackServer.builder().allowPlainHttp(connection.insecure);
    Mono<?> unused =
        publicUrl == null ? server.host(listen.host()).bind() : server.publicUrl(publicUrl).mount();
  }

  private static String strip(String url) {
    return url.endsWith("/") ? url.substring(0, url.length() - 1) : url;
  }

  private ExecuteRequest request(String base, ProbeListener listener) {
    return inputs
        .request()
        .callback(
            ExecutionCallback.builder(URI.create(base + listener.path()))
                .method("POST")
                .headers(Map.of(ProbeListener.HEADER, listener.mark(SealPlacement.HEADER)))
                .cookies(Map.of(ProbeListener.NAME, listener.mark(SealPlacement.COOKIE)))
                .body(Map.of(ProbeListener.NAME, listener.mark(SealPlacement.BODY)))
                .build())
        .build();
  }

  private int conclude(List<List<SealPlacement>> arrived) {
    if (arrived.isEmpty()) {
      say(
          "no callback came within %s of the run's end: check that %s can be reached from outside, and that BlinkOps calls back for such ends",
          grace, publicUrl == null ? "this machine" : publicUrl);
      return Failures.NETWORK;
    }
    say(
        "%d %s came%s",
        arrived.size(),
        arrived.size() == 1 ? "callback" : "callbacks",
        !refuseFirst ? "" : arrived.size() == 1 ? "; what was refused did not come again" : "");
    List<String> good = new ArrayList<>();
    for (SealPlacement place : SealPlacement.values()) {
      boolean always = arrived.stream().allMatch(places -> places.contains(place));
      say(
          "  %-7s %s",
          place.name().toLowerCase(Locale.ROOT), always ? "arrived" : "DID NOT ARRIVE");
      if (always) {
        good.add(place.name());
      }
    }
    say(
        good.isEmpty()
            ? "no place will do for the seal: what was asked for does not survive the way here"
            : good.get(0).equals(SealPlacement.HEADER.name())
                ? "the default placement, HEADER, will do"
                : "HEADER will not do: set --placement " + good.get(0));
    return 0;
  }
}
