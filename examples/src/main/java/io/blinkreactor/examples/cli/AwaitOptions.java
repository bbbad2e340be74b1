package io.blinkreactor.examples.cli;

import static java.util.Objects.requireNonNull;

import io.blinkreactor.DeadlineException;
import io.blinkreactor.blinkops.BlinkOpsClient;
import io.blinkreactor.blinkops.ExecutionDetails;
import io.blinkreactor.blinkops.Runs;
import io.blinkreactor.callback.CallbackKeys;
import io.blinkreactor.callback.CallbackServer;
import io.blinkreactor.callback.SealPlacement;
import io.blinkreactor.completion.Completion;
import io.blinkreactor.completion.PendingStore;
import io.blinkreactor.completion.RunHandle;
import io.blinkreactor.completion.StoreOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import reactor.core.publisher.Mono;
import reactor.netty.ChannelBindException;

/** How runs are awaited, and where they are kept meanwhile. */
final class AwaitOptions {

  @Option(
      names = "--timeout",
      paramLabel = "PT10M",
      converter = DurationConverter.class,
      defaultValue = "PT10M",
      description = "How long each run is awaited; ${DEFAULT-VALUE} by default.")
  Duration timeout = Duration.ZERO;

  @Option(
      names = "--listen",
      paramLabel = "HOST:PORT",
      converter = HostPort.Converter.class,
      description = "Where to listen for callbacks.")
  @Nullable HostPort listen;

  @Option(
      names = "--public-url",
      paramLabel = "URL",
      description =
          "The address under which BlinkOps reaches it; needed unless it listens on loopback.")
  @Nullable String publicUrl;

  @Option(
      names = "--callback-key-file",
      paramLabel = "FILE",
      description =
          "A file that holds the keys of the callbacks' seals, one a line, the newest first; else BLINK_CALLBACK_KEY, else the store's own.")
  @Nullable Path callbackKeyFile;

  @Option(
      names = "--placement",
      paramLabel = "PLACE",
      split = ",",
      description =
          "Where the seal travels: ${COMPLETION-CANDIDATES}, or several with commas; HEADER by default. probe shows what will do.")
  List<SealPlacement> placement = List.of();

  @Option(
      names = "--trusted-proxy",
      paramLabel = "NETWORK",
      description =
          "The network of the proxy that ends TLS, such as 10.0.0.0/8; needed unless it listens on loopback.")
  List<String> trustedProxies = List.of();

  @Option(
      names = "--reconcile-after",
      paramLabel = "PT30S",
      converter = DurationConverter.class,
      defaultValue = "PT30S",
      description =
          "When a run without a callback is first looked at; ${DEFAULT-VALUE} by default.")
  Duration reconcileAfter = Duration.ZERO;

  @Option(
      names = "--store",
      paramLabel = "memory|file:DIR",
      converter = StoreOption.Converter.class,
      defaultValue = StoreOption.MEMORY,
      description =
          "Where runs are kept until they have ended; ${DEFAULT-VALUE} by default. From files, recover goes on after a crash.")
  StoreOption store = new StoreOption(null);

  /** The life of a record: whoever stops waiting sooner leaves it. */
  private static final Duration AS_LONG_AS_STORED = StoreOptions.defaults().recordLife();

  /** A server for callbacks, or null if none is to be listened for. */
  @Nullable CallbackServer server(Console console, boolean plainHttp, @Nullable PendingStore kept) {
    if (listen == null) {
      return null;
    }
    HostPort address = listen;
    CallbackServer.Builder server =
        CallbackServer.builder()
            .environment(console.environment())
            .host(address.host())
            .port(address.port())
            .allowPlainHttp(plainHttp)
            .trustedProxies(trustedProxies.toArray(String[]::new));
    if (publicUrl != null) {
      server.publicUrl(publicUrl);
    }
    if (kept != null) {
      server.store(kept);
    }
    if (callbackKeyFile != null) {
      server.keys(CallbackKeys.file(callbackKeyFile));
    }
    if (!placement.isEmpty()) {
      server.placement(
          placement.get(0), placement.subList(1, placement.size()).toArray(new SealPlacement[0]));
    }
    return requireNonNull(
        server
            .bind()
            .onErrorMap(ChannelBindException.class, e -> Failures.cannotListen(address, e))
            .block());
  }

  Runs runs(BlinkOpsClient client, @Nullable CallbackServer server, @Nullable PendingStore kept) {
    Runs.Builder runs =
        client
            .runs()
            .timeout(outlives() ? AS_LONG_AS_STORED : timeout)
            .reconcileAfter(reconcileAfter);
    if (server != null) {
      runs.receiver(server);
    }
    if (kept != null) {
      runs.store(kept);
    }
    return runs.build();
  }

  /** Whether what is pending outlives this process. */
  private boolean outlives() {
    return store.directory() != null;
  }

  /**
   * How a run ends. One that does not within the timeout stays in a store that outlives this
   * process; else the timeout is the run's own.
   */
  Mono<Completion<ExecutionDetails>> end(RunHandle<ExecutionDetails> run) {
    if (!outlives()) {
      return run.completion();
    }
    return run.completion()
        .timeout(
            timeout,
            Mono.error(
                () ->
                    new DeadlineException(
                        DeadlineException.Clock.COMPLETION,
                        timeout,
                        run.executionId() == null
                            ? "a run whose execution is not known, with the correlation id "
                                + run.correlationId()
                            : "execution " + run.executionId(),
                        "It stays in the store: recover it, or wait longer.",
                        true,
                        null)));
  }

  /** The command that goes on with what is pending, or null if it dies with the process. */
  @Nullable String goOn(ConnectionOptions connection, @Nullable CallbackServer server) {
    if (!outlives()) {
      return null;
    }
    StringBuilder command =
        new StringBuilder("blinkreactor recover --store ")
            .append(store)
            .append(connection.asGiven());
    if (listen != null && server != null) {
      // Not port 0: callbacks of what runs now come to this one.
      command.append(" --listen ").append(new HostPort(listen.host(), server.port()));
    }
    if (publicUrl != null) {
      command.append(" --public-url ").append(publicUrl);
    }
    for (String proxy : trustedProxies) {
      command.append(" --trusted-proxy ").append(proxy);
    }
    if (callbackKeyFile != null) {
      command.append(" --callback-key-file ").append(callbackKeyFile);
    }
    if (!placement.isEmpty()) {
      command
          .append(" --placement ")
          .append(placement.stream().map(SealPlacement::name).collect(Collectors.joining(",")));
    }
    return command.toString();
  }
}
