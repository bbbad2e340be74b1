package io.blinkreactor.blinkops;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.blinkreactor.JsonValue;
import io.blinkreactor.export.Archive;
import io.blinkreactor.export.Archive.Verification;
import io.blinkreactor.export.Compression;
import io.blinkreactor.testkit.BulkHistoryServer;
import io.blinkreactor.testkit.Operation;
import io.blinkreactor.testkit.Switch;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Processes that export are killed and followed by others, while rows come, go and change: each row
 * that stayed is there once.
 */
class ExportKillTest extends SwitchTest {

  private static final Duration LONG = Duration.ofMinutes(1);
  private static final boolean FULL = Boolean.getBoolean("blinkreactor.full");
  private static final int KILLS = FULL ? 50 : 2;
  private static final long SEED = Long.getLong("blinkreactor.seed", System.nanoTime());
  private static final int ROWS = 2_000;
  private static final int PAGE = 40;

  /** Changes of the list in one reading, so that each list ends. */
  private static final int STEPS = 50;

  private static final String[] QUICK = {"-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"};

  private final Path dir;
  private final SplittableRandom random = new SplittableRandom(SEED);

  ExportKillTest(@TempDir Path dir) {
    this.dir = dir;
  }

  private ExportProcess.Orders orders(
      Path archive, int slices, Compression compression, long partBytes, Duration checkpointEvery) {
    return new ExportProcess.Orders(
        archive, slices, compression, partBytes, checkpointEvery, PAGE, Duration.ofMillis(5), 0);
  }

  @Test
  void eachRowIsThereOnceHoweverOftenItWasKilled() throws Exception {
    System.out.println("seed " + SEED);
    emulator.set(Switch.FAULT_SLOW, "1");
    emulator.set(Switch.FAULT_SLOW_DELAY, "8ms");
    Drift drift = new Drift(emulator, ROWS, SEED);
    int kills = 0;
    for (int archive = 0; kills < KILLS; archive++) {
      drift.restart();
      int most = Math.min(KILLS - kills, 2 + random.nextInt(5));
      kills += killUntilItIsDone(archive, most, drift);
    }
  }

  /** One archive; answers how often its process was killed. */
  private int killUntilItIsDone(int number, int most, Drift drift) throws Exception {
    ExportProcess.Orders orders =
        orders(
            dir.resolve("archive-" + number),
            1 + random.nextInt(4),
            random.nextBoolean() ? Compression.GZIP : Compression.NONE,
            64 << 10,
            Duration.ofMillis(10 + random.nextInt(90)));
    String told = "seed " + SEED + ", archive " + number + " of " + orders;
    long asked = emulator.count(Operation.LIST);
    int steps = drift.steps();
    int kills = 0;
    long kept = 0;
    long lost = 0;
    ExportProcess.Look last = null;
    while (last == null || !last.done()) {
      int lines = kills == most ? Integer.MAX_VALUE : random.nextInt(150);
      // Some before they write anything.
      long from = random.nextInt(5) == 0 ? 0 : kept + 1;
      try (ExportProcess process =
          ExportProcess.start(
              new ExportProcess.Server(emulator.baseUrl(), emulator.workspace(), emulator.apiKey()),
              orders,
              QUICK)) {
        last = read(process, from, lines, drift);
        if (last != null && last.done()) {
          assertThat(process.await()).as(told).isZero();
          break;
        }
        process.kill();
        assertThat(lines).as(told + ": it ended by itself").isNotEqualTo(Integer.MAX_VALUE);
        List<ExportProcess.Look> rest = process.looks();
        last = rest.isEmpty() ? last : rest.get(rest.size() - 1);
      }
      if (last != null && last.done()) {
        break;
      }
      kills++;
      long now = checkRemains(orders.directory(), told + ", kill " + kills);
      assertThat(now).as(told + ", kill " + kills).isGreaterThanOrEqualTo(kept);
      long cost = Math.max(0, (last == null ? 0 : last.rows()) - now);
      System.out.printf("  kill %d: %,d rows kept, %d lost%n", kills, now, cost);
      kept = now;
      lost += cost;
    }
    long pages = emulator.count(Operation.LIST) - asked;
    System.out.printf(
        "archive %d of %d slices, %s: %d kills, %,d rows, %d pages, %,d rows written twice%n",
        number, orders.slices(), orders.compression(), kills, last.rows(), pages, lost);
    checkDone(orders.directory(), drift, told);
    // At the head a page may hold no more than what one step added.
    long needed = last.rows() / PAGE + 8L * orders.slices() + 4 + drift.steps() - steps;
    assertThat(pages)
        .as(told + ": what was noted is not read again")
        .isLessThanOrEqualTo(needed + lost / PAGE + kills * (4L * orders.slices() + 4));
    return kills;
  }

  /** Reads some lines from a row on, with changes of the list; the last one is the answer. */
  private static ExportProcess.@Nullable Look read(
      ExportProcess process, long from, int lines, Drift drift) throws IOException {
    ExportProcess.Look last = null;
    int left = lines;
    for (int i = 0; left > 0; i++) {
      ExportProcess.Look look = process.look();
      if (look == null || look.done()) {
        return look == null ? last : look;
      }
      last = look;
      left -= look.rows() >= from ? 1 : 0;
      if (i % 4 == 0 && i < 4 * STEPS) {
        drift.step(Drift.Place.ANYWHERE);
      }
    }
    return last;
  }

  /**
   * What a kill leaves: parts as the manifest says, and of each slice one file more at most, which
   * is being written or has just got its name. Answers the rows that the manifest lists.
   */
  private static long checkRemains(Path archive, String told) throws Exception {
    if (!Files.exists(archive.resolve("manifest.json"))) {
      return 0;
    }
    Set<String> others = new TreeSet<>();
    for (Path file : ExportSupport.files(archive)) {
      others.add(file.getFileName().toString());
    }
    others.removeAll(Set.of("manifest.json", "manifest.json.new"));
    long rows = 0;
    for (Map<?, ?> slice : slices(archive)) {
      for (Object each : (List<?>) requireNonNull(slice.get("parts"))) {
        Map<?, ?> part = (Map<?, ?>) each;
        String name = String.valueOf(part.get("name"));
        byte[] bytes = Files.readAllBytes(archive.resolve(name));
        assertThat(HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes)))
            .as(told + ": " + name)
            .isEqualTo(part.get("sha256"));
        rows += number(part.get("rows"));
        others.remove(name);
      }
      if (slice.get("open") instanceof Map<?, ?> open) {
        rows += number(open.get("rows"));
      }
    }
    Map<String, String> bySlice = new HashMap<>();
    for (String name : others) {
      assertThat(name).as(told).matches("part-\\d{4}-\\d{3}-\\d{5}\\.ndjson(\\.gz)?(\\.tmp)?");
      String same = bySlice.put(name.substring(0, "part-0000-000".length()), name);
      assertThat(same).as(told + ": beside " + name).isNull();
      if (!name.endsWith(".tmp")) {
        String text = text(archive.resolve(name));
        assertThat(text).as(told).endsWith("}\n");
        assertThat(ExportSupport.ids(text.lines().toList())).as(told).doesNotContainNull();
      }
    }
    return rows;
  }

  private static String text(Path part) throws IOException {
    try (InputStream file = Files.newInputStream(part);
        InputStream in = part.toString().endsWith(".gz") ? new GZIPInputStream(file) : file) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static List<Map<?, ?>> slices(Path archive) throws IOException {
    Map<?, ?> manifest =
        members(JsonValue.parse(Files.readAllBytes(archive.resolve("manifest.json"))));
    Map<?, ?> run = (Map<?, ?>) ((List<?>) requireNonNull(manifest.get("runs"))).get(0);
    List<Map<?, ?>> slices = new ArrayList<>();
    ((List<?>) requireNonNull(run.get("slices"))).forEach(slice -> slices.add((Map<?, ?>) slice));
    return slices;
  }

  private static long number(@Nullable Object value) {
    return ((Number) requireNonNull(value)).longValue();
  }

  private static void checkDone(Path archive, Drift drift, String told) throws IOException {
    drift.check(ExportSupport.ids(ExportTest.lines(archive)), told);
    Verification found = requireNonNull(Archive.in(archive).verify().block(LONG));
    assertThat(found.faults()).as(told).isEmpty();
    assertThat(found.complete()).as(told).isTrue();
    assertThat(ExportSupport.files(archive))
        .as(told + ": parts and the manifest")
        .hasSize(found.parts() + 1);
  }

  /** The part is never ended, and yet what was noted of it is kept. */
  @Test
  void aKillCostsWhatCameSinceTheLastNoteNotAPart() throws Exception {
    ExportProcess.Orders orders =
        orders(dir.resolve("archive"), 1, Compression.NONE, 256 << 20, Duration.ofMillis(200));
    try (BulkHistoryServer server =
        BulkHistoryServer.builder().rows(1_000_000).latency(Duration.ofMillis(20)).start()) {
      ExportProcess.Server place =
          new ExportProcess.Server(server.baseUrl(), server.workspace(), server.apiKey());
      long before = 0;
      for (int kill = 0; kill < (FULL ? 3 : 1); kill++) {
        TreeSet<Long> noted = new TreeSet<>(Set.of(before));
        List<ExportProcess.Look> looks = new ArrayList<>();
        try (ExportProcess process = ExportProcess.start(place, orders, QUICK)) {
          while (noted.size() <= 3) {
            looks.add(requireNonNull(process.look()));
            noted.add(checkRemains(orders.directory(), "kill " + kill));
          }
          process.kill();
          looks.addAll(process.looks());
        }
        long kept = checkRemains(orders.directory(), "kill " + kill);
        System.out.printf("noted %s, kept %,d%n", noted, kept);
        assertThat(kept).isGreaterThanOrEqualTo(noted.last());
        long goesOnFrom = before;
        assertThat(looks).allMatch(look -> look.rows() == 0 || look.rows() >= goesOnFrom);
        before = kept;
      }
    }
  }
}
