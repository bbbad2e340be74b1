package io.blinkreactor.benchmarks;

import io.blinkreactor.JsonValue;
import io.blinkreactor.blinkops.Execution;
import io.blinkreactor.testkit.BlinkOpsEmulator;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import tools.jackson.databind.json.JsonMapper;

/**
 * One execution from its text: our model, which keeps every member, beside Jackson's databind into
 * a map, which does too.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(2)
public class DecodeBenchmark {

  private final JsonMapper jackson = JsonMapper.builder().build();
  private String text = "";

  /** Creates the benchmark; called by JMH. */
  public DecodeBenchmark() {}

  /** Takes an execution with all documented members from the emulator. */
  @Setup
  public void execution() {
    try (BlinkOpsEmulator emulator = BlinkOpsEmulator.builder().start()) {
      text = JsonValue.of(emulator.execution(emulator.addExecution(Map.of()))).text();
    }
  }

  /** {@return an execution} */
  @Benchmark
  public Execution blinkreactor() {
    return Execution.parse(text);
  }

  /** {@return a map} */
  @Benchmark
  public @Nullable Object jacksonMap() {
    return jackson.readValue(text, Map.class);
  }

  /**
   * Runs both and prints the ratio.
   *
   * @param args not used
   * @throws RunnerException if JMH can't run
   */
  public static void main(String... args) throws RunnerException {
    Collection<RunResult> results =
        new Runner(new OptionsBuilder().include(DecodeBenchmark.class.getName()).build()).run();
    double ours = score(results, "blinkreactor");
    double peer = score(results, "jacksonMap");
    System.out.printf(
        "decode: %.0f executions/ms, Jackson map %.0f, ratio %.2f%n", ours, peer, ours / peer);
  }

  private static double score(Collection<RunResult> results, String method) {
    return results.stream()
        .filter(result -> result.getParams().getBenchmark().endsWith("." + method))
        .mapToDouble(result -> result.getPrimaryResult().getScore())
        .sum();
  }
}
