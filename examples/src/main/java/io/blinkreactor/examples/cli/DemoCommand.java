package io.blinkreactor.examples.cli;

import static java.util.Objects.requireNonNull;

import io.blinkreactor.blinkops.BlinkOpsClient;
import io.blinkreactor.blinkops.ExecuteRequest;
import io.blinkreactor.blinkops.ExecutionDetails;
import io.blinkreactor.blinkops.Runs;
import io.blinkreactor.callback.CallbackServer;
import io.blinkreactor.completion.Completion;
import io.blinkreactor.completion.RunHandle;
import io.blinkreactor.testkit.BlinkOpsEmulator;
import io.blinkreactor.testkit.Operation;
import io.blinkreactor.testkit.RecordedRun;
import io.blinkreactor.testkit.Switch;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import reactor.core.publisher.Flux;

/** Shows the main job in one process. */
@Command(
    name = "demo",
    description = {
      "Start an emulated BlinkOps and a callback server in this process, start 300 runs, and await each by callback.",
      "Some callbacks come early, doubled, forged or not at all."
    })
final class DemoCommand extends VerboseCommand {

  private static final String PLAYBOOK = "6d0f7a52-9a5e-4a52-8f6e-0c1f6f1f7f10";
  private static final int CONCURRENCY = 40;

  @Option(
      names = "--count",
      paramLabel = "N",
      defaultValue = "300",
      description = "How many runs; ${DEFAULT-VALUE} by default.")
  int count;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description = "What all chances come from; ${DEFAULT-VALUE} by default.")
  long seed;

  @Option(names = "--metrics", description = "Print all meters at the end.")
  boolean metrics;

  @Override
  public Integer call() {
    if (count < 1) {
      throw new Failures.UsageException("--count must be 1 or more, not " + count + ".");
    }
    SimpleMeterRegistry registry = new SimpleMeterRegistry();
    try (BlinkOpsEmulator emulator = emulator();
        CallbackServer server =
            requireNonNull(CallbackServer.builder().meterRegistry(registry).bind().block());
        BlinkOpsClient client =
            BlinkOpsClient.builder()
                .baseUrl(emulator.baseUrl())
                .apiKey(emulator.apiKey())
                .workspace(emulator.workspace())
                .meterRegistry(registry)
                .build();
        Runs runs =
            client
                .runs()
                .receiver(server)
                .timeout(Duration.ofMinutes(1))
                .reconcileAfter(Duration.ofSeconds(3))
                .build()) {
      say("Emulated BlinkOps on %s, callbacks on %s", emulator.baseUrl(), server.publicUrl());
      List<Completion<ExecutionDetails>> ends = await(runs);
      boolean right = summary(emulator, ends);
      if (metrics) {
        printMeters(registry);
      }
      return right ? 0 : Failures.ENDED_OTHERWISE;
    }
  }

  private BlinkOpsEmulator emulator() {
    return BlinkOpsEmulator.builder()
        .seed(seed)
        .set(Switch.RUN_DURATION, "200ms..1500ms")
        .set(Switch.CALLBACK_EARLY, "0.10")
        .set(Switch.CALLBACK_DOUBLED, "0.10")
        .set(Switch.CALLBACK_FORGED, "0.10")
        .set(Switch.CALLBACK_LOST, "0.03")
        .start();
  }

  private List<Completion<ExecutionDetails>> await(Runs runs) {
    try (Progress progress = new Progress("runs", count, console())) {
      return requireNonNull(
          Flux.range(0, count)
              .flatMap(
                  i ->
                      runs.start(PLAYBOOK, ExecuteRequest.inputs(Map.of("ticket", i)))
                          .flatMap(RunHandle::completion)
                          .doOnNext(end -> progress.step()),
                  CONCURRENCY)
              .collectList()
              .block());
    }
  }

  /** Prints what happened, and answers whether every run ended as the emulator recorded. */
  private boolean summary(BlinkOpsEmulator emulator, List<Completion<ExecutionDetails>> ends) {
    Map<String, Long> states = Tally.of(ends, end -> end.execution().effectiveState().name());
    long wrong =
        ends.stream()
            .filter(
                end -> {
                  RecordedRun run = emulator.run(end.executionId());
                  return run == null
                      || !run.stateUi().equals(end.execution().effectiveState().name());
                })
            .count();
    long gets = emulator.count(Operation.GET);
    List<Long> elapsed = ends.stream().map(end -> end.elapsed().toMillis()).sorted().toList();
    PrintTable table = new PrintTable(spec.commandLine().getOut());
    table.row("runs completed", ends.size() + " of " + count);
    table.row("final states", states.toString());
    table.row("not as the emulator recorded", Long.toString(wrong));
    table.row(
        "found by", Tally.of(ends, end -> end.source().name().toLowerCase(Locale.ROOT)).toString());
    table.row(
        "callbacks sent",
        Tally.of(emulator.callbacks(), c -> c.kind().name().toLowerCase(Locale.ROOT)).toString());
    table.row("forged callbacks accepted", Long.toString(Tally.forgedAccepted(emulator)));
    table.row("requests to start", Long.toString(emulator.count(Operation.EXECUTE)));
    table.row(
        "GETs a run", String.format(Locale.ROOT, "%.2f", (double) gets / Math.max(1, ends.size())));
    table.row(
        "start to end, median / longest",
        elapsed.get(elapsed.size() / 2) + " / " + elapsed.get(elapsed.size() - 1) + " ms");
    table.flush();
    return wrong == 0 && ends.size() == count;
  }

  private void printMeters(SimpleMeterRegistry registry) {
    PrintTable table = new PrintTable(spec.commandLine().getOut());
    for (Meter meter : registry.getMeters()) {
      String tags =
          meter.getId().getTags().stream()
              .map(tag -> tag.getKey() + "=" + tag.getValue())
              .collect(Collectors.joining(","));
      String values =
          StreamSupport.stream(meter.measure().spliterator(), false)
              .map(
                  m ->
                      String.format(
                          Locale.ROOT,
                          "%s=%.3f",
                          m.getStatistic().getTagValueRepresentation(),
                          m.getValue()))
              .collect(Collectors.joining(" "));
      table.row(meter.getId().getName() + "{" + tags + "}", values);
    }
    table.flush();
  }
}
