package io.blinkreactor.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.blinkreactor.testkit.Switch;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The command that shows which callbacks arrive. */
class ProbeCommandTest extends CommandTest {

  private Cli.Result probe(String... more) throws Exception {
    List<String> args =
        new ArrayList<>(
            List.of("probe", "--playbook=" + PLAYBOOK, "--listen=" + LISTEN, "--grace=PT3S"));
    args.addAll(List.of(more));
    return run(environment(), args.toArray(new String[0]));
  }

  @Test
  void theProbeShowsWhatArrives() throws Exception {
    emulator.set(Switch.CALLBACK_SIGNATURE, "on");
    Cli.Result result = probe();
    assertThat(result.exit()).as(result.err()).isZero();
    assertThat(result.out()).hasSize(1);
    assertThat(result.out().get(0))
        .contains("\"method\":\"POST\"", "\"version\":\"HTTP/1.1\"", "\"from\":\"127.0.0.1\"")
        .contains("\"x-callback-auth\":\"(as it was asked for)\"")
        .contains("\"callback_auth\":\"(as it was asked for)\"")
        .contains("\"execution_id\":\"(36 characters)\"")
        .contains("\"arrived\":[\"header\",\"cookie\",\"path\",\"body\"]")
        .contains("\"content-type\":\"application/json\"")
        .containsPattern("\"x-blink-signature\":\"\\(\\d+ characters\\)\"")
        .containsPattern("\"after_start_ms\":\\d+");
    assertThat(result.err()).contains("HEADER, will do").contains("ended as Completed");
    emulator
        .callbacks()
        .forEach(
            sent -> {
              String mark = sent.url().substring(sent.url().lastIndexOf('/') + 1);
              assertThat(result.out().get(0) + result.err()).doesNotContain(mark);
            });
  }

  @Test
  void theProbeListensWhereOthersReachIt() throws Exception {
    int port = freePort();
    Cli.Result result =
        run(
            environment(),
            "probe",
            "--playbook=" + PLAYBOOK,
            "--listen=0.0.0.0:" + port,
            "--public-url=http://127.0.0.1:" + port,
            "--grace=PT3S");
    assertThat(result.exit()).as(result.err()).isZero();
    assertThat(result.out()).hasSize(1);
  }

  @Test
  void theProbeSaysWhichPlacementWillDo() throws Exception {
    emulator.set(Switch.CALLBACK_HEADERS, "dropped");
    emulator.set(Switch.CALLBACK_BODY, "text");
    emulator.set(Switch.CALLBACK_RETRIES, "1");
    Cli.Result result = probe("--refuse-first");
    assertThat(result.exit()).as(result.err()).isZero();
    assertThat(result.err())
        .contains("2 callbacks came")
        .contains("header  DID NOT ARRIVE")
        .contains("cookie  arrived")
        .contains("body    DID NOT ARRIVE")
        .contains("set --placement COOKIE");
    assertThat(result.out()).hasSize(2);
    assertThat(result.out().get(0))
        .contains("\"answered\":503")
        .contains("\"body\":\"(not JSON)\"");
    assertThat(result.out().get(1)).contains("\"callback\":2").contains("\"answered\":202");
  }

  @Test
  void aProbeThatSeesNoCallbackIsExitFour() throws Exception {
    emulator.set(Switch.CALLBACK_LOST, "1");
    Cli.Result result = probe();
    assertThat(result.exit()).isEqualTo(4);
    assertThat(result.err()).contains("no callback came");
    assertThat(result.out()).isEmpty();
  }
}
