package io.blinkreactor.blinkops;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.blinkreactor.ArchiveException;
import io.blinkreactor.export.Archive;
import io.blinkreactor.export.Archive.Verification;
import io.blinkreactor.export.Export;
import io.blinkreactor.export.ExportJob;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.Disposable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Archives whose files have changed or are missing: found out and told. */
class ArchiveDamageTest extends ExportSupport {

  private static final Pattern SUMS = Pattern.compile("\"sha256\" : \"([0-9a-f]{64})\"");

  ArchiveDamageTest(@TempDir Path dir) {
    super(dir);
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
