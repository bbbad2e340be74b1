package io.blinkreactor.completion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.blinkreactor.StoreException;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** A pending run and its bytes. */
class PendingRunTest {

  private static final Instant NOW = Instant.parse("2026-03-01T00:00:00.123Z");

  private static final Instant LAST = Instant.parse("9999-12-31T23:59:59.999Z");

  private static PendingRun.Builder run() {
    return PendingRun.builder("ws", "id-1", "playbook", NOW, NOW.plusSeconds(60));
  }

  @Test
  void everythingComesBackFromTheBytes() {
    for (Instant time : new Instant[] {NOW, Instant.EPOCH, LAST}) {
      PendingRun run =
          PendingRun.builder("w\u00e4\ud83d\ude80", "id", "", time, NOW)
              .attribute("b", "2")
              .attribute("a", "")
              .build();
      assertThat(PendingRun.fromBytes(run.toBytes())).isEqualTo(run);
      assertThat(PendingRun.fromBytes(run.startUnknown().toBytes())).isEqualTo(run.startUnknown());
      PendingRun late = run.started("x1").signalled(time, null);
      assertThat(PendingRun.fromBytes(late.toBytes())).isEqualTo(late);
      assertThat(PendingRunFormat.scope(late.toBytes())).isEqualTo(run.scope());
    }
  }

  /** Stores outlive programs: what was once written must be read for ever. */
  @Test
  void theFormatStaysAsItIs() {
    PendingRun run =
        PendingRun.builder("ws", "id-1", "pb", Instant.EPOCH, Instant.ofEpochSecond(60))
            .attribute("a", "b")
            .build()
            .started("x1")
            .signalled(Instant.ofEpochSecond(5), null);
    String written =
        "01"
            + "00027773"
            + "000469642d31"
            + "00027062"
            + "01"
            + "00027831"
            + "0000000000000000"
            + "000000000000ea60"
            + "0000000000001388"
            + "0001"
            + "000161"
            + "000162";
    assertThat(HexFormat.of().formatHex(run.toBytes()).substring(8)).isEqualTo(written);
  }

  @Test
  void aRecordOfANewerVersionSaysSoAndWhoseItIs() {
    byte[] bytes = FileStoreFaultTest.newer(run().build().toBytes());
    assertThatExceptionOfType(StoreException.class)
        .isThrownBy(() -> PendingRun.fromBytes(bytes))
        .withMessageContaining("version 2")
        .satisfies(e -> assertThat(e.reason()).isEqualTo(StoreException.Reason.NEWER));
    assertThat(PendingRunFormat.scope(bytes)).isEqualTo("ws");
  }

  @Test
  void everyDamageIsNoticed() {
    byte[] whole = run().attribute("a", "b").build().started("x1").toBytes();
    SplittableRandom random = new SplittableRandom(1);
    for (int at = 0; at < whole.length; at++) {
      byte[] bytes = whole.clone();
      bytes[at] ^= (byte) (1 + random.nextInt(255));
      assertDamaged(bytes);
      assertDamaged(Arrays.copyOf(whole, at));
    }
    assertDamaged(Arrays.copyOf(whole, whole.length + 1));
    assertDamaged(new byte[100]);
  }

  private static void assertDamaged(byte[] bytes) {
    assertThatExceptionOfType(StoreException.class)
        .isThrownBy(() -> PendingRun.fromBytes(bytes))
        .satisfies(e -> assertThat(e.reason()).isEqualTo(StoreException.Reason.DAMAGED));
    assertThat(PendingRunFormat.scope(bytes)).isNull();
  }

  @Test
  void theFirstIdAndTheFirstSignalAreKept() {
    PendingRun run = run().build().signalled(NOW, null).signalled(NOW.plusSeconds(1), null);
    assertThat(run.signalledAt()).isEqualTo(NOW);
    PendingRun started = run.startUnknown().started("x1");
    assertThat(started.started("x1")).isSameAs(started);
    assertThatIllegalStateException().isThrownBy(() -> started.started("x2"));
    assertThatIllegalStateException().isThrownBy(started::startUnknown);
    assertThat(started.signalledAt()).isEqualTo(NOW);
  }

  @Test
  void whatNoStoreCouldKeepIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PendingRun.builder("ws", "", "p", NOW, NOW).build());
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PendingRun.builder("ws", "x".repeat(257), "p", NOW, NOW).build());
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PendingRun.builder("ws", "\ud83d", "p", NOW, NOW).build());
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PendingRun.builder("\ude80ws", "id", "p", NOW, NOW).build());
    assertThatIllegalArgumentException().isThrownBy(() -> run().executionId("").build());
    for (Instant time : new Instant[] {Instant.EPOCH.minusMillis(1), LAST.plusMillis(1)}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> PendingRun.builder("ws", "id", "p", time, NOW));
      assertThatIllegalArgumentException()
          .isThrownBy(() -> PendingRun.builder("ws", "id", "p", NOW, time));
      assertThatIllegalArgumentException().isThrownBy(() -> run().build().signalled(time, null));
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> run().attribute("a", "b".repeat(70_000)).build());
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                run()
                    .attribute("a", "b".repeat(40_000))
                    .attribute("c", "d".repeat(40_000))
                    .build());
  }

  @Test
  void theLongestIdsAndTextsFit() {
    String id = "\ud83d\ude80".repeat(64);
    PendingRun run =
        PendingRun.builder("ws", id, "p".repeat(60_000), NOW, NOW)
            .build()
            .started(id)
            .signalled(NOW, null);
    assertThat(run.toBytes()).hasSizeLessThan(PendingRunFormat.MAX_BYTES);
    assertThat(PendingRun.fromBytes(run.toBytes())).isEqualTo(run);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PendingRun.builder("ws", id + "x", "p", NOW, NOW).build());
  }

  @Test
  void attributesAreNotPrinted() {
    PendingRun run = run().attribute("token", "s3cret").build().started("x1");
    assertThat(run.toString()).contains("ws", "id-1", "STARTED", "x1").doesNotContain("s3cret");
  }
}
