package io.blinkreactor.callback;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.blinkreactor.testkit.InvariantsExtension;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.extension.RegisterExtension;
import reactor.core.Disposable;

/** The script that sets slowhttptest at a server. */
class SlowScriptTest {

  private static final int CONNECTIONS = 2000;

  @RegisterExtension final InvariantsExtension invariants = new InvariantsExtension();

  private final RecordingSink sink = new RecordingSink();

  @Test
  @EnabledIfSystemProperty(
      named = "blinkreactor.full",
      matches = "true",
      disabledReason = "takes minutes; SlowConnectionsTest does the same at a smaller scale")
  void t11CallbacksAreServedWhileSlowhttptestDoesItsWorst() throws Exception {
    Programs.find("slowhttptest");
    MeterRegistry meters = new SimpleMeterRegistry();
    try (CallbackServer server =
        requireNonNull(
            CallbackServer.builder()
                .placement(SealPlacement.PATH)
                .meterRegistry(meters)
                .bind()
                .block(Duration.ofSeconds(20)))) {
      Disposable unused = server.attach(Proven.SCOPE, sink);
      String said = slow(Proven.target(server).url().toString(), 60);
      System.out.println(said);
      Matcher line =
          Pattern.compile("(?m)^(.{12}) (\\d+) requests, 0 .* \\( \\2 times 202 \\)").matcher(said);
      List<String> names = new ArrayList<>();
      while (line.find()) {
        names.add(line.group(1).strip());
      }
      assertThat(names)
          .as(said)
          .containsExactly("quiet", "slow headers", "slow bodies", "slow reading", "ranges");
      assertThat(said).endsWith("exit 0\n");
      double waited =
          Stream.of("timeout", "aborted")
              .mapToDouble(
                  result -> meters.counter(CallbackMetrics.CALLBACKS, "result", result).count())
              .sum();
      assertThat(waited).as("bodies that were waited for").isGreaterThan(CONNECTIONS * 0.9);
    }
  }

  @Test
  void itSaysIfThereIsNoServer() throws Exception {
    Programs.find("slowhttptest");
    assertThat(slow("http://127.0.0.1:" + Programs.freePort() + "/callbacks/v1/x", 1))
        .contains("It does not answer as it is.")
        .endsWith("exit 2\n");
  }

  private static String slow(String url, int seconds) throws InterruptedException {
    return Programs.run(
        List.of(
            "bash",
            "-c",
            "bash \"$0\" \"$@\"; echo exit $?",
            Path.of("..", "scripts", "slow.sh").toString(),
            url,
            String.valueOf(CONNECTIONS),
            String.valueOf(seconds)),
        Map.of());
  }
}
