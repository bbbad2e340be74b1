package io.blinkreactor.blinkops;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.blinkreactor.ArchiveException;
import io.blinkreactor.StreamException;
import io.blinkreactor.TimeSource;
import io.blinkreactor.export.Archive;
import io.blinkreactor.export.Archive.Verification;
import io.blinkreactor.export.Compression;
import io.blinkreactor.export.Export;
import io.blinkreactor.export.ExportJob;
import io.blinkreactor.export.ExportSummary;
import io.blinkreactor.testkit.Switch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.Disposable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Archives that something is wrong with, or that another export owns: found out, told, and left
 * alone.
 */
class ArchiveRefusalTest extends ExportSupport {

  private static final Pattern SUMS = Pattern.compile("\"sha256\" : \"([0-9a-f]{64})\"");

  ArchiveRefusalTest(@TempDir Path dir) {
    super(dir);
  }

  @Test
  void aTargetThatIsTakenIsLeftAlone() throws Exception {
    drift(300);
    run(export().toDirectory(archive()));
    byte[] before = Files.readAllBytes(archive().resolve("manifest.json"));
    refused(export().toDirectory(archive()), ArchiveException.Reason.OCCUPIED, "incremental()");
    refused(
        export().resume().compression(Compression.GZIP).toDirectory(archive()),
        ArchiveException.Reason.OTHER_OPTIONS,
        "compression NONE, and not with GZIP");
    refused(
        client
            .executions()
            .find(Rql.where("playbook_id").eq(PLAYBOOK))
            .export()
            .resume()
            .toDirectory(archive()),
        ArchiveException.Reason.OTHER_OPTIONS,
        "another list, workspace or filter");
    Path other = Files.createDirectory(dir.resolve("other"));
    Files.writeString(other.resolve("letter.txt"), "dear");
    refused(export().resume().toDirectory(other), ArchiveException.Reason.OCCUPIED, "no archive");
    assertThat(files(other)).hasSize(1);
    Path file = Files.writeString(dir.resolve("a.ndjson"), "x");
    refused(export().toFile(file), ArchiveException.Reason.OCCUPIED, "exists");
    assertThat(Files.readString(file)).isEqualTo("x");
    assertThat(Files.readAllBytes(archive().resolve("manifest.json"))).isEqualTo(before);
    refused(
        export().resume().from(Instant.EPOCH).toDirectory(archive()),
        ArchiveException.Reason.OTHER_OPTIONS,
        "'from'");
    refused(
        export().resume().to(Instant.EPOCH).toDirectory(archive()),
        ArchiveException.Reason.OTHER_OPTIONS,
        "'to'");
    refused(
        export().incremental().from(Instant.EPOCH).toDirectory(archive()),
        ArchiveException.Reason.OTHER_OPTIONS,
        "'from'");
    for (Path below : List.of(file, file.resolve("x"), file.resolve("x/y"))) {
      refused(export().toDirectory(below), ArchiveException.Reason.OCCUPIED, file + " is a file");
    }
    assertThat(Files.readAllBytes(archive().resolve("manifest.json"))).isEqualTo(before);
    ExportSummary again = run(export().resume().toDirectory(archive()));
    assertThat(again.alreadyDone()).isTrue();
    assertThat(again.rows()).isEqualTo(300);
  }

  @Test
  void anIncrementMaySayAgainWhereItsArchiveBegins() throws Exception {
    Drift drift = drift(300);
    Instant from = Instant.EPOCH.plusMillis(1);
    for (int night = 0; night < 3; night++) {
      run(export().from(from).incremental().toDirectory(archive()));
    }
    run(export().incremental().toDirectory(archive()));
    drift.check(ids(lines(archive())), "seed " + SEED);
  }

  @Test
  void anArchiveWithoutItsManifestIsNoEmptyDirectory() throws Exception {
    drift(300);
    run(export().toDirectory(archive()));
    Files.delete(archive().resolve("manifest.json"));
    List<String> lines = lines(archive());
    for (Export export : List.of(export(), export().resume(), export().incremental())) {
      refused(
          export.toDirectory(archive()),
          ArchiveException.Reason.DAMAGED,
          "it may be an archive that has lost it");
    }
    assertThat(lines(archive())).isEqualTo(lines);
  }

  @Test
  void partsThatAnOlderManifestDoesNotListAreLeftAlone() throws Exception {
    drift(300);
    run(export().toDirectory(archive()));
    byte[] older = Files.readAllBytes(archive().resolve("manifest.json"));
    added(Instant.now(), Map.of());
    awaitAge();
    run(export().incremental().toDirectory(archive()));
    assertThat(lines(archive())).hasSize(301);
    List<String> lines = lines(archive());
    Files.write(archive().resolve("manifest.json"), older);
    refused(
        export().incremental().toDirectory(archive()),
        ArchiveException.Reason.DAMAGED,
        "the manifest does not list it");
    assertThat(lines(archive())).isEqualTo(lines);
  }

  @Test
  void anExportThatWroteNothingIsNotInTheWay() throws Exception {
    Drift drift = drift(300);
    try (BlinkOpsClient mistyped =
        BlinkOpsClient.builder()
            .baseUrl(emulator.baseUrl())
            .apiKey("not-the-key-0123456789")
            .workspace(emulator.workspace())
            .build()) {
      ExportJob refused =
          mistyped
              .executions()
              .find(Rql.where("playbook_id").eq(PLAYBOOK))
              .export()
              .compression(Compression.GZIP)
              .toDirectory(archive());
      assertThatThrownBy(() -> run(refused)).isInstanceOf(StreamException.class);
      run(export().toDirectory(archive()));
      drift.check(ids(lines(archive())), "seed " + SEED);
      ExportJob increment =
          mistyped
              .executions()
              .find(Rql.all())
              .export()
              .lag(Duration.ofMillis(1))
              .incremental()
              .toDirectory(archive());
      assertThatThrownBy(() -> run(increment)).isInstanceOf(StreamException.class);
      assertSound(1);
    }
    assertThat(run(export().resume().toDirectory(archive())).alreadyDone()).isTrue();
    assertSound(1);
    run(export().incremental().toDirectory(archive()));
    drift.check(ids(lines(archive())), "seed " + SEED);
  }

  @Test
  void aManifestCanNotHaveOtherFilesRead() throws Exception {
    drift(300);
    run(export().toDirectory(archive()));
    Path manifest = archive().resolve("manifest.json");
    Path elsewhere = dir.resolve("part-0001-000-00000.ndjson");
    Files.copy(archive().resolve("part-0001-000-00000.ndjson"), elsewhere);
    Files.writeString(
        manifest, Files.readString(manifest).replace("\"part-0001", "\"../part-0001"));
    assertThatThrownBy(() -> Archive.in(archive()).rows().blockLast(LONG))
        .isInstanceOf(ArchiveException.class)
        .hasMessageContaining("do not fit");
    assertThatThrownBy(() -> Archive.in(archive()).verify().block(LONG))
        .isInstanceOf(ArchiveException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"runs\" : null",
        "\"runs\" : [ null ]",
        "\"slices\" : null",
        "\"parts\" : null",
        "\"parts\" : [ { } ]",
        "\"keys\" : null",
        "\"sha256\" : null",
        "\"version\" : 0",
        "\"number\" : 7"
      })
  void aManifestThatLacksSomethingIsDamaged(String member) throws Exception {
    drift(100);
    run(export().toDirectory(archive()));
    JsonNode other = JsonMapper.builder().build().readTree("{" + member + "}");
    String name = other.propertyNames().iterator().next();
    edit(
        manifest ->
            manifest
                .findParents(name)
                .forEach(parent -> ((ObjectNode) parent).set(name, other.get(name))));
    assertThatThrownBy(() -> Archive.in(archive()).verify().block(LONG))
        .isInstanceOfSatisfying(
            ArchiveException.class,
            e -> assertThat(e.reason()).isEqualTo(ArchiveException.Reason.DAMAGED));
    refused(
        export().resume().toDirectory(archive()), ArchiveException.Reason.DAMAGED, "manifest.json");
  }

  /** Also of a run that goes on, whose next part alone may be there without a note. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void partsOfARunThatGoesOnAreLeftAloneToo(boolean blank) throws Exception {
    drift(2_000);
    // The first page lets the test see the manifest before.
    emulator.set(Switch.FAULT_SLOW_DELAY, "1s");
    emulator.set(Switch.FAULT_SLOW, "1");
    ExportJob job = export().partBytes(64 << 10).requestsPerSecond(SLOWLY).toDirectory(archive());
    Disposable running = job.run().subscribe();
    Path manifest = archive().resolve("manifest.json");
    Awaitility.await().until(() -> Files.exists(manifest));
    byte[] older = Files.readAllBytes(manifest);
    assertThat(new String(older, UTF_8)).doesNotContain("part-");
    emulator.set(Switch.FAULT_SLOW, "0");
    if (!blank) {
      job.progress(Duration.ofMillis(5)).filter(p -> p.parts() >= 1).blockFirst(LONG);
      older = Files.readAllBytes(manifest);
    }
    int parts = new String(older, UTF_8).split("part-", -1).length - 1;
    job.progress(Duration.ofMillis(5)).filter(p -> p.parts() >= parts + 3).blockFirst(LONG);
    stopped(job, running);
    assertThat(verified().faults()).isEmpty();
    Files.write(manifest, older);
    List<Path> files = files(archive());
    assertThat(verified().faults())
        .isNotEmpty()
        .allSatisfy(fault -> assertThat(fault).contains("is not in the manifest"));
    refused(
        export().partBytes(64 << 10).resume().toDirectory(archive()),
        ArchiveException.Reason.DAMAGED,
        "the manifest does not list it");
    assertThat(files(archive())).isEqualTo(files);
  }

  @Test
  void anArchiveThatHasLostAPartIsNotGoneOnWith() throws Exception {
    drift(300);
    run(export().partBytes(64 << 10).toDirectory(archive()));
    Path part = archive().resolve("part-0001-000-00001.ndjson");
    byte[] bytes = Files.readAllBytes(part);
    Files.write(part, Arrays.copyOf(bytes, bytes.length - 1));
    for (Export export : List.of(export().resume(), export().incremental())) {
      refused(
          export.toDirectory(archive()),
          ArchiveException.Reason.DAMAGED,
          "bytes in place of " + bytes.length);
    }
    Files.delete(part);
    for (Export export : List.of(export().resume(), export().incremental())) {
      refused(export.toDirectory(archive()), ArchiveException.Reason.DAMAGED, "is gone");
    }
  }

  @Test
  void whatChangedInAPartThatIsBeingWrittenIsFound() throws Exception {
    drift(3_000);
    ExportJob job =
        export()
            .checkpointEvery(Duration.ofMillis(1))
            .requestsPerSecond(SLOWLY)
            .toDirectory(archive());
    Disposable running = job.run().subscribe();
    job.progress(Duration.ofMillis(5)).filter(p -> p.rows() >= 200).blockFirst(LONG);
    stopped(job, running);
    Path tmp = archive().resolve("part-0001-000-00000.ndjson.tmp");
    byte[] whole = Files.readAllBytes(tmp);
    byte[] bytes = whole.clone();
    bytes[1_000] ^= 1;
    Files.write(tmp, bytes);
    assertThat(verified().faults()).singleElement().asString().contains(".tmp has changed");
    refused(
        export().resume().toDirectory(archive()),
        ArchiveException.Reason.DAMAGED,
        ".tmp has changed");
    assertThat(tmp).hasBinaryContent(bytes);
    Files.delete(tmp);
    assertThat(verified().faults()).hasSize(1);
    Files.write(tmp, whole);
    run(export().resume().toDirectory(archive()));
    assertSound(1);
  }

  @Test
  void aPartThatIsGoneIsSaidToWhoReads() throws Exception {
    drift(300);
    run(export().toDirectory(archive()));
    Files.delete(archive().resolve("part-0001-000-00000.ndjson"));
    assertThatThrownBy(() -> Archive.in(archive()).rows().blockLast(LONG))
        .isInstanceOf(ArchiveException.class)
        .hasMessageContaining("part-0001-000-00000.ndjson can't be read");
  }

  @Test
  void whatWasBegunIsGoneOnWithByTheSameOptionsAlone() throws Exception {
    Drift drift = drift(3_000);
    Instant from = Instant.parse("2026-03-01T00:00:00Z");
    ExportJob job = export().from(from).slices(2).requestsPerSecond(SLOWLY).toDirectory(archive());
    Disposable running = job.run().subscribe();
    job.progress(Duration.ofMillis(5)).filter(p -> p.rows() > 200).blockFirst(LONG);
    refused(
        export().from(from).slices(2).resume().toDirectory(archive()),
        ArchiveException.Reason.LOCKED,
        "Another export is writing");
    stopped(job, running);
    refused(
        export().from(from).slices(2).toDirectory(archive()),
        ArchiveException.Reason.OCCUPIED,
        "resume()");
    refused(
        export().from(from).slices(2).incremental().toDirectory(archive()),
        ArchiveException.Reason.OCCUPIED,
        "resume()");
    refused(
        export().from(from.plusSeconds(1)).slices(2).resume().toDirectory(archive()),
        ArchiveException.Reason.OTHER_OPTIONS,
        "'from'");
    refused(
        export().from(from).slices(3).resume().toDirectory(archive()),
        ArchiveException.Reason.OTHER_OPTIONS,
        "slices 2, and not with 3");
    run(export().from(from).slices(2).resume().toDirectory(archive()));
    drift.check(ids(lines(archive())), "seed " + SEED);
    assertSound(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"flip", "cut", "twice", "gone", "stranger", "order", "count"})
  void whatWasChangedIsFound(String how) throws Exception {
    drift(400);
    run(export().partBytes(64 << 10).toDirectory(archive()));
    assertSound(1);
    Path part = files(archive()).get(2);
    List<String> lines = Files.readAllLines(part);
    switch (how) {
      case "flip" ->
          Files.writeString(part, Files.readString(part).replaceFirst("Completed", "completed"));
      case "cut" -> Files.write(part, Arrays.copyOf(Files.readAllBytes(part), 5_000));
      case "gone" -> Files.delete(part);
      case "stranger" -> Files.writeString(archive().resolve("part-0001-000-00099.ndjson"), "");
      case "twice" -> lines.set(1, lines.get(0));
      case "order" -> lines.add(lines.remove(10));
      default -> lines.remove(10);
    }
    if (List.of("twice", "order", "count").contains(how)) {
      // As somebody would who corrects the manifest, too: the rows themselves give it away.
      Files.write(part, lines);
      String manifest = Files.readString(archive().resolve("manifest.json"));
      String was =
          requireNonNull(
              SUMS.matcher(manifest).results().skip(1).findFirst().orElseThrow().group(1));
      String now =
          HexFormat.of()
              .formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(part)));
      Files.writeString(archive().resolve("manifest.json"), manifest.replace(was, now));
    }
    Verification found = verified();
    assertThat(found.isSound()).isFalse();
    assertThat(String.join(" ", found.faults()))
        .containsAnyOf(
            switch (how) {
              case "flip" -> "has changed";
              case "cut" -> "bytes in place of";
              case "gone" -> "is missing";
              case "stranger" -> "is not in the manifest";
              case "twice" -> "is there twice";
              case "order" -> "is out of order";
              default -> "rows in place of";
            });
  }

  /** What an upsert would hide. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whatIsWrittenAgainIsThereOnceInARunAndWasThereBefore(boolean twice) throws Exception {
    Instant start = Instant.now().minus(Duration.ofHours(1));
    Map<String, Object> running = Map.of("state_ui", "Running", "finished_at", 0L);
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      ids.add(added(start.plusSeconds(i), running));
    }
    run(increment());
    ids.forEach(id -> emulator.changeExecution(id, ended("Completed")));
    run(increment());
    Path part = archive().resolve("part-0002-000-00000.ndjson");
    List<String> lines = Files.readAllLines(part);
    assertThat(lines).hasSize(5);
    lines.set(2, twice ? lines.get(1) : lines.get(2).replace(ids.get(2), "not-" + ids.get(2)));
    Files.write(part, lines);
    Verification found = verified();
    assertThat(String.join(" ", found.faults()))
        .contains(twice ? "is there twice" : "no earlier export has it");
  }

  /** Rows that are created until this clock is there again would be taken for archived. */
  @Test
  void anArchiveThatAClockAheadHasWrittenIsNotAddedTo() throws Exception {
    drift(100);
    Clock clock = Clock.offset(Clock.systemUTC(), Duration.ofHours(1));
    try (BlinkOpsClient early =
        BlinkOpsClient.builder()
            .baseUrl(emulator.baseUrl())
            .apiKey(emulator.apiKey())
            .workspace(emulator.workspace())
            .time(TimeSource.of(clock, invariants.scheduler()))
            .build()) {
      run(early.executions().find(Rql.all()).export().toDirectory(archive()));
    }
    byte[] before = Files.readAllBytes(archive().resolve("manifest.json"));
    refused(increment(), ArchiveException.Reason.DAMAGED, "Set the clock");
    assertThat(archive().resolve("manifest.json")).hasBinaryContent(before);
  }

  @ParameterizedTest
  @ValueSource(strings = {"gone", "cut", "changed", "no text"})
  void aListOfWhatHadNotEndedIsNotTakenAsItIs(String how) throws Exception {
    added(Instant.now().minusSeconds(60), Map.of("state_ui", "Running", "finished_at", 0L));
    run(increment());
    Path list = archive().resolve(".blinkreactor").resolve("unfinished-0001-000");
    byte[] bytes = Files.readAllBytes(list);
    switch (how) {
      case "gone" -> Files.delete(list);
      case "cut" -> Files.write(list, new byte[0]);
      case "changed" -> Files.write(list, "x".repeat(bytes.length).getBytes(UTF_8));
      default -> {
        bytes[bytes.length - 5] = (byte) 0xff;
        Files.write(list, bytes);
      }
    }
    assertThat(verified().faults()).singleElement().asString().contains("unfinished-0001-000");
    refused(increment(), ArchiveException.Reason.DAMAGED, "unfinished-0001-000");
    Files.deleteIfExists(list);
    Files.delete(archive().resolve(".blinkreactor").resolve("lock"));
    Files.delete(archive().resolve(".blinkreactor"));
    assertThat(verified().faults()).as("of a copy to be read").isEmpty();
  }

  /** Time that no slice covers would never be read. */
  @ParameterizedTest
  @ValueSource(strings = {"first", "middle", "last"})
  void aManifestThatHasLostASliceIsDamaged(String which) throws Exception {
    drift(500);
    run(export().slices(4).toDirectory(archive()));
    edit(
        manifest -> {
          ArrayNode slices = (ArrayNode) requireNonNull(manifest.at("/runs/0/slices"));
          int last = slices.size() - 1;
          assertThat(last).isGreaterThan(2);
          slices.remove(which.equals("first") ? 0 : which.equals("middle") ? 1 : last);
          for (int i = 0; i < last; i++) {
            ((ObjectNode) slices.get(i)).put("number", i).putArray("parts");
          }
        });
    damaged();
  }

  @Test
  void aManifestThatHasLostTheExportBetweenTwoIsDamaged() throws Exception {
    drift(100);
    for (int i = 0; i < 3; i++) {
      awaitAge();
      run(increment());
    }
    edit(
        manifest -> {
          ArrayNode runs = (ArrayNode) requireNonNull(manifest.at("/runs"));
          runs.remove(1);
          ((ObjectNode) runs.get(1)).put("number", 2);
        });
    damaged();
  }

  @Test
  void aPartWithoutAPlaceToGoOnFromIsDamage() throws Exception {
    drift(2_000);
    breaksOff(export().requestsPerSecond(SLOWLY).toDirectory(archive()), 200);
    edit(manifest -> ((ObjectNode) manifest.at("/runs/0/slices/0")).putNull("checkpoint"));
    damaged();
  }

  private void edit(Consumer<JsonNode> change) throws IOException {
    Path manifest = archive().resolve("manifest.json");
    JsonMapper mapper = JsonMapper.builder().build();
    JsonNode json = mapper.readTree(Files.readString(manifest));
    change.accept(json);
    Files.writeString(manifest, mapper.writeValueAsString(json));
  }

  /** Both whoever reads it and whoever goes on with it are told. */
  private void damaged() {
    assertThatThrownBy(() -> Archive.in(archive()).verify().block(LONG))
        .isInstanceOf(ArchiveException.class)
        .hasMessageContaining("do not fit");
    refused(
        export().resume().toDirectory(archive()), ArchiveException.Reason.DAMAGED, "do not fit");
  }

  @Test
  void aCheckpointThatHasChangedIsDamage() throws Exception {
    drift(2_000);
    breaksOff(export().requestsPerSecond(SLOWLY).toDirectory(archive()), 200);
    Path manifest = archive().resolve("manifest.json");
    Files.writeString(
        manifest,
        Files.readString(manifest).replaceAll("(\"checkpoint\" : \").{9}", "$1AAAAAAAAA"));
    refused(
        export().resume().toDirectory(archive()), ArchiveException.Reason.DAMAGED, "manifest.json");
  }

  /** The names of parts would not sort any more. */
  @Test
  void anArchiveIsFullAfterSoManyExports() throws Exception {
    drift(100);
    run(export().toDirectory(archive()));
    edit(
        manifest -> {
          ArrayNode runs = (ArrayNode) requireNonNull(manifest.at("/runs"));
          for (int i = 2; i <= 9_999; i++) {
            ObjectNode run = ((ObjectNode) runs.get(0)).deepCopy();
            run.put("number", i).set("from", run.get("to"));
            run.putArray("slices");
            runs.add(run);
          }
        });
    assertSound(9_999);
    refused(increment(), ArchiveException.Reason.OCCUPIED, "begin another directory");
  }
}
