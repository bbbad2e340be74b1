package io.blinkreactor.blinkops;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.blinkreactor.ArchiveException;
import io.blinkreactor.ArchiveException.Reason;
import io.blinkreactor.JsonValue;
import io.blinkreactor.StreamException;
import io.blinkreactor.blinkops.MemoryDisk.Fault;
import io.blinkreactor.blinkops.MemoryDisk.Loss;
import io.blinkreactor.export.Archive;
import io.blinkreactor.export.Archive.Verification;
import io.blinkreactor.export.Compression;
import io.blinkreactor.export.Export;
import io.blinkreactor.export.ExportSummary;
import io.blinkreactor.testkit.Operation;
import io.blinkreactor.testkit.Switch;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Whatever operation a disk fails in, the export says so, and the next one brings it to its end.
 */
class ExportFaultTest extends SwitchTest {

  private static final String PLACE = "/data/archive";
  private static final Duration LONG = Duration.ofMinutes(1);
  private static final long SEED = Long.getLong("blinkreactor.seed", System.nanoTime());

  /** Of so many operations one fails, in tests that would take long. */
  private static final int STEP = Boolean.getBoolean("blinkreactor.full") ? 1 : 25;

  private static final Instant FIRST = Instant.parse("2026-03-01T00:00:00Z");

  /** So long that a part has two rows. */
  private static final String TEXT = "a step of a playbook, ".repeat(1_500);

  /** Java itself tries to make a directory twice, and three are made. */
  private static final int SURVIVED = 3;

  private final List<String> expected = new ArrayList<>();
  private final SplittableRandom random = new SplittableRandom(SEED);
  private int survived;

  /** The first operation that fails. */
  private int first() {
    System.out.println("seed " + SEED);
    return 1 + random.nextInt(STEP);
  }

  /** Every third row has not ended. */
  private void rows(int count) {
    for (int i = 0; i < count; i++) {
      expected.add(
          emulator.addExecution(
              Map.of(
                  "created_at",
                  FIRST.plusSeconds(i / 2),
                  "playbook",
                  TEXT,
                  "state_ui",
                  i % 3 == 2 ? "Running" : "Completed")));
    }
  }

  private Export export(int slices, Compression compression) {
    return client
        .executions()
        .find(Rql.all())
        .pageSize(2)
        .export()
        .slices(slices)
        .compression(compression)
        .partBytes(64 << 10)
        .checkpointEvery(Duration.ofNanos(1))
        .lag(Duration.ofMillis(1))
        .resume();
  }

  private static ExportSummary run(Export export, MemoryDisk disk) {
    return requireNonNull(export.toDirectory(disk.path(PLACE)).run().block(LONG));
  }

  private void checkComplete(MemoryDisk disk, String told) {
    checkClosed(disk, told);
    Archive archive = Archive.in(disk.path(PLACE));
    Verification found = requireNonNull(archive.verify().block(LONG));
    assertThat(found.faults()).as(told).isEmpty();
    assertThat(found.complete()).as(told).isTrue();
    List<String> ids =
        requireNonNull(archive.rows().map(ExportFaultTest::id).collectList().block(LONG));
    assertThat(ids).as(told).containsExactlyInAnyOrderElementsOf(expected);
  }

  private static void checkClosed(MemoryDisk disk, String told) {
    assertThat(disk.locks()).as(told).isZero();
    assertThat(disk.openFiles()).as(told).isZero();
  }

  private static String id(JsonValue row) {
    return String.valueOf(members(row).get("id"));
  }

  /** Fails as it is to fail, and answers false if it did not come to the operation. */
  private boolean fails(Export export, MemoryDisk disk, int operation, Fault fault) {
    String told = fault + " at operation " + operation;
    disk.failAt(operation, fault);
    Throwable thrown = catchThrowable(() -> run(export, disk));
    boolean reached = disk.operations() >= operation;
    boolean struck = disk.failures() > 0;
    disk.failAt(0, Fault.NONE);
    checkClosed(disk, told);
    if (thrown == null) {
      survived += struck ? 1 : 0;
      checkComplete(disk, told);
      return reached;
    }
    assertThat(thrown).as(told).isInstanceOf(ArchiveException.class);
    assertThat(((ArchiveException) thrown).reason())
        .as(told + ": " + thrown)
        .isEqualTo(Reason.FAILED);
    assertThat(thrown.getMessage())
        .as(told)
        .contains(PLACE, "resume()")
        .contains(fault == Fault.FULL ? "Make room" : "See to the disk");
    return true;
  }

  @AfterEach
  void nearlyEveryFaultWasTold() {
    assertThat(survived).isLessThanOrEqualTo(SURVIVED);
  }

  @ParameterizedTest
  @CsvSource({"ERROR,1,NONE", "FULL,1,NONE", "ERROR,2,GZIP", "FULL,1,GZIP"})
  void whateverOperationFailsTheNextExportEndsIt(Fault fault, int slices, Compression compression) {
    rows(5);
    Export export = export(slices, compression);
    int operation = first();
    for (boolean struck = true; struck; operation += STEP) {
      MemoryDisk disk = new MemoryDisk();
      struck = fails(export, disk, operation, fault);
      run(export, disk);
      checkComplete(disk, fault + " at operation " + operation);
    }
    System.out.println(operation - 2 * STEP + " operations");
  }

  /** What came is to be kept then, which may fail in turn. */
  @Test
  void everythingIsClosedWhereTheListBreaksOffToo() {
    rows(1);
    Export export = export(1, Compression.NONE);
    emulator.set(Switch.FAULT_500, "1");
    int operation = 0;
    for (boolean struck = true; struck; ) {
      MemoryDisk disk = new MemoryDisk();
      disk.failAt(++operation, Fault.FULL);
      Throwable thrown = catchThrowable(() -> run(export, disk));
      struck = disk.operations() >= operation;
      assertThat(thrown).isInstanceOfAny(ArchiveException.class, StreamException.class);
      checkClosed(disk, "operation " + operation);
    }
    System.out.println(operation - 1 + " operations");
  }

  /** What was not forced may be lost or not, bytes and names each. */
  @ParameterizedTest
  @CsvSource({"1,NONE", "2,NONE", "1,GZIP"})
  void aPowerCutCostsOnlyWhatWasNotNoted(int slices, Compression compression) {
    rows(5);
    Export export = export(slices, compression);
    int tried = 0;
    int operation = first();
    for (boolean struck = true; struck; operation += STEP) {
      MemoryDisk disk = new MemoryDisk();
      struck = fails(export, disk, operation, Fault.DEAD);
      tried += endFromWhatIsLeft(export, disk, "power cut at operation " + operation);
    }
    System.out.println(operation - 2 * STEP + " operations, " + tried + " different remains");
  }

  /** What a power cut left is brought to its end in two steps, too. */
  @Test
  void aPowerCutMayBeFollowedByAnother() {
    rows(5);
    Export export = export(1, Compression.NONE);
    for (int round = 0; round < 3; round++) {
      MemoryDisk dead = new MemoryDisk();
      int cut = 20 + random.nextInt(60);
      Loss loss = List.of(Loss.values()).get(random.nextInt(Loss.values().length));
      fails(export, dead, cut, Fault.DEAD);
      MemoryDisk start = dead.after(loss);
      int operation = first();
      for (boolean struck = true; struck; operation += STEP) {
        MemoryDisk disk = start.after(Loss.NOTHING);
        struck = fails(export, disk, operation, Fault.DEAD);
        endFromWhatIsLeft(
            export, disk, "power cuts at operation " + cut + " (" + loss + ") and " + operation);
      }
    }
  }

  private int endFromWhatIsLeft(Export export, MemoryDisk disk, String told) {
    Set<Map<String, Integer>> known = new HashSet<>();
    long noted = 0;
    for (Loss loss : Loss.values()) {
      MemoryDisk left = disk.after(loss);
      if (known.add(left.summary())) {
        String what = told + ", lost: " + loss;
        checkWhole(disk, left, what);
        ExportSummary[] summary = new ExportSummary[1];
        Throwable thrown = catchThrowable(() -> summary[0] = run(export, left));
        assertThat(thrown).as(what).isNull();
        checkComplete(left, what);
        long before = summary[0].progress().before();
        noted = loss == Loss.NOTHING ? before : noted;
        assertThat(before)
            .as(what + ": the last note may be lost")
            .isGreaterThanOrEqualTo(noted - 1);
      }
    }
    return known.size();
  }

  /** What has a part's name is durable, also while the manifest does not list it yet. */
  private static void checkWhole(MemoryDisk disk, MemoryDisk left, String told) {
    Map<String, Integer> whole = disk.after(Loss.NOTHING).summary();
    left.summary()
        .forEach(
            (name, content) -> {
              if (name.startsWith(PLACE + "/part-") && !name.endsWith(".tmp")) {
                assertThat(content)
                    .as(told + ": " + name)
                    .isEqualTo(whole.getOrDefault(name, content));
              }
            });
  }

  /** The list of rows that had not ended is made durable, too. */
  @ParameterizedTest
  @CsvSource({"ERROR", "FULL", "DEAD"})
  void anIncrementalExportIsBroughtToItsEnd(Fault fault) {
    rows(6);
    MemoryDisk before = new MemoryDisk();
    Export export = export(1, Compression.NONE).incremental();
    run(export, before);
    for (int i = 2; i < 6; i += 3) {
      emulator.changeExecution(
          expected.get(i), Map.of("state_ui", "Completed", "finished_at", FIRST.plusSeconds(60)));
    }
    Instant now = Instant.now();
    for (int i = 0; i < 3; i++) {
      expected.add(
          emulator.addExecution(
              Map.of(
                  "created_at", now, "playbook", TEXT, "state_ui", i > 0 ? "Running" : "Failed")));
    }
    eventually().until(() -> Instant.now().isAfter(now.plusMillis(5)));
    int operation = first();
    for (boolean struck = true; struck; operation += STEP) {
      String told = fault + " at operation " + operation;
      MemoryDisk disk = before.after(Loss.NOTHING);
      struck = fails(export, disk, operation, fault);
      if (fault == Fault.DEAD) {
        endFromWhatIsLeft(export, disk, told);
      } else {
        run(export, disk);
        checkComplete(disk, told);
      }
    }
    System.out.println(operation - 2 * STEP + " operations");
  }

  /** Its rows may be gone by then, so that no other part takes its place. */
  @Test
  void aPartThatGotItsNameButWasNotNotedIsTakenAway() {
    rows(3);
    Export export = export(1, Compression.NONE).checkpointEvery(NEVER);
    MemoryDisk disk = new MemoryDisk();
    for (int operation = 1;
        !disk.summary().containsKey(PLACE + "/part-0001-000-00000.ndjson");
        operation++) {
      disk = new MemoryDisk();
      assertThat(fails(export, disk, operation, Fault.DEAD)).isTrue();
    }
    expected.forEach(emulator::removeExecution);
    expected.clear();
    MemoryDisk left = disk.after(Loss.NOTHING);
    run(export, left);
    checkComplete(left, "after all rows have gone");
  }

  /** The next export looks again at what had not ended before the cut. */
  @Test
  void rowsThatHadNotEndedAreRememberedOverAPowerCut() {
    rows(5);
    for (int operation = 45; operation < 85; operation += 10) {
      emulator.changeExecution(expected.get(2), Map.of("state_ui", "Running"));
      MemoryDisk disk = new MemoryDisk();
      assertThat(fails(export(1, Compression.NONE), disk, operation, Fault.DEAD)).isTrue();
      MemoryDisk left = disk.after(Loss.BYTES_AND_NAMES);
      run(export(1, Compression.NONE), left);
      emulator.changeExecution(expected.get(2), Map.of("state_ui", "Completed"));
      assertThat(run(export(1, Compression.NONE).incremental(), left).again())
          .as("power cut at operation " + operation)
          .isEqualTo(1);
      checkComplete(left, "power cut at operation " + operation);
    }
  }

  /** The last note is lost, which says that the export has ended. */
  @Test
  void aSliceThatIsDoneIsNotAskedForAgain() {
    rows(5);
    Export export = export(2, Compression.NONE);
    MemoryDisk whole = new MemoryDisk();
    whole.failAt(0, Fault.NONE);
    run(export, whole);
    MemoryDisk disk = new MemoryDisk();
    // The manifest's file is opened, written, forced and renamed, its directory opened and forced;
    // then old lists are looked for.
    assertThat(fails(export, disk, whole.operations() - 6, Fault.DEAD)).isTrue();
    long asked = emulator.count(Operation.LIST);
    MemoryDisk left = disk.after(Loss.BYTES_AND_NAMES);
    run(export, left);
    checkComplete(left, "without the last note");
    assertThat(emulator.count(Operation.LIST)).isEqualTo(asked);
  }

  @Test
  void aDiskThatTakesLittleAtOnceGetsAllTheSame() {
    rows(7);
    MemoryDisk disk = new MemoryDisk();
    disk.mostAtOnce(777);
    run(export(1, Compression.NONE), disk);
    checkComplete(disk, "short writes");
  }
}
