package io.blinkreactor.completion;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.blinkreactor.StoreException;
import io.blinkreactor.TimeSource;
import io.blinkreactor.completion.FaultyFiles.Kind;
import io.blinkreactor.completion.FaultyFiles.Write;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.scheduler.Schedulers;

/** Whatever write a machine dies in, what was acknowledged before is found again. */
class FileStoreCrashTest {

  private static final int COMMITS = Boolean.getBoolean("blinkreactor.full") ? 100 : 40;
  private static final Instant NOW = Instant.parse("2026-03-01T00:00:00Z");
  private static final StoreOptions OPTIONS =
      StoreOptions.builder()
          .time(TimeSource.of(Clock.fixed(NOW, ZoneOffset.UTC), Schedulers.boundedElastic()))
          .build();

  private final Path place;
  private final List<Write> writes = new ArrayList<>();
  private final List<Acknowledged> acknowledged = new ArrayList<>();
  private byte[] firstMark = {};

  FileStoreCrashTest(@TempDir Path place) {
    this.place = place;
  }

  /** What was pending after a commit, and how much had been done to the file by then. */
  private record Acknowledged(int writes, Set<String> pending) {}

  @BeforeEach
  void heal() {
    FaultyFiles.heal();
  }

  /** With the first one, MVStore by itself finds older versions. */
  static LongStream seeds() {
    return LongStream.of(36974901875142L, Long.getLong("blinkreactor.seed", System.nanoTime()));
  }

  /**
   * As a kill leaves the file: after each write, in the middle of it, and, since what is not synced
   * has no order, with that write alone. The mark is as at first, so that it gives nothing away.
   */
  @ParameterizedTest
  @MethodSource("seeds")
  void whateverWriteIsTheLastTheLastCommitIsFound(long seed) throws IOException {
    work(new SplittableRandom(seed));
    byte[] synced = {};
    byte[] content = {};
    int next = 0;
    for (int i = 0; i < writes.size(); i++) {
      Write write = writes.get(i);
      String told = "seed " + seed + " write " + i;
      if (next > 0) {
        check(content, next - 1, told);
        check(after(content, write, write.bytes().length() / 2), next - 1, told + " half");
        check(after(synced, write, write.bytes().length()), next - 1, told + " alone");
      }
      content = after(content, write, write.bytes().length());
      synced = write.kind() == Kind.SYNC ? content : synced;
      while (next < acknowledged.size() && acknowledged.get(next).writes() == i + 1) {
        next++;
      }
    }
    assertThat(next).isEqualTo(acknowledged.size()).isGreaterThan(COMMITS);
  }

  /** Registers and finishes, so that much of the file is freed and written over. */
  private void work(SplittableRandom random) throws IOException {
    Path path = Files.createDirectory(place.resolve("work"));
    StoreDirectory directory = StoreDirectory.open(path);
    RunFile.open(directory, OPTIONS, RunFile.Tuning.DEFAULT).close();
    writes.add(new Write(Kind.WRITE, 0, text(directory.runFile())));
    writes.add(new Write(Kind.SYNC, 0, ""));
    FaultyFiles.writes = writes;
    RunFile file = RunFile.open(directory, OPTIONS, new RunFile.Tuning(FaultyFiles.SCHEME, 20));
    List<String> pending = new ArrayList<>();
    firstMark = Files.readAllBytes(path.resolve(StoreDirectory.LOCK_FILE));
    acknowledge(pending);
    int made = 0;
    for (int commit = 0; commit < COMMITS; commit++) {
      for (int change = random.nextInt(16); change >= 0; change--) {
        if (pending.size() > 30 && random.nextInt(5) > 1) {
          boolean oldest = random.nextInt(5) > 0;
          String id = pending.remove(oldest ? 0 : random.nextInt(pending.size()));
          file.finish(id, NOW.toEpochMilli());
        } else {
          String id = "r" + made++;
          pending.add(id);
          file.register(PendingRun.builder("ws", id, "playbook", NOW, NOW.plusSeconds(60)).build());
        }
      }
      file.commit();
      acknowledge(pending);
      if (file.isVeryUntidy() || (file.isUntidy() && random.nextInt(4) == 0)) {
        file.tidy();
      }
    }
    FaultyFiles.writes = null;
    file.abandon();
    directory.close();
  }

  private void acknowledge(List<String> pending) {
    acknowledged.add(new Acknowledged(writes.size(), new TreeSet<>(pending)));
  }

  private void check(byte[] content, int last, String told) throws IOException {
    List<Set<String>> either =
        acknowledged.subList(last, Math.min(last + 2, acknowledged.size())).stream()
            .map(Acknowledged::pending)
            .toList();
    Path path = Files.createDirectories(place.resolve("dead"));
    Files.write(path.resolve(StoreDirectory.RUN_FILE), content);
    Files.write(path.resolve(StoreDirectory.LOCK_FILE), firstMark);
    try (PendingStore store = PendingStore.file(path, OPTIONS)) {
      List<String> found =
          requireNonNull(store.pending("ws").map(PendingRun::correlationId).collectList().block());
      assertThat(either).as(told).contains(new TreeSet<>(found));
    } catch (StoreException e) {
      throw new AssertionError(told, e);
    }
  }

  private static byte[] after(byte[] content, Write write, int length) {
    int at = (int) write.at();
    return switch (write.kind()) {
      case SYNC -> content;
      case CUT -> Arrays.copyOf(content, Math.min(content.length, at));
      case WRITE -> {
        byte[] written = Arrays.copyOf(content, Math.max(content.length, at + length));
        System.arraycopy(bytes(write.bytes()), 0, written, at, length);
        yield written;
      }
    };
  }

  private static String text(Path file) throws IOException {
    return Files.readString(file, StandardCharsets.ISO_8859_1);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }
}
