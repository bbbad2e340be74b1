package io.blinkreactor.completion;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** What a process was told to be stored is there after it was killed. */
class FileStoreKillTest {

  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final Path directory;

  FileStoreKillTest(@TempDir Path directory) {
    this.directory = directory;
  }

  /**
   * Every run is found at the last step that was acknowledged, or one further, whose answer was on
   * its way. All rounds share the directory, so that each is also a recovery of the one before.
   */
  @Test
  void nothingAcknowledgedIsLostByAKill() throws Exception {
    long seed = Long.getLong("blinkreactor.seed", System.nanoTime());
    SplittableRandom random = new SplittableRandom(seed);
    int kills = Boolean.getBoolean("blinkreactor.full") ? 50 : 2;
    Map<String, Integer> acknowledged = new HashMap<>();
    for (int kill = 0; kill < kills; kill++) {
      int lines = 1 + random.nextInt(kill % 3 == 0 ? 20 : 1_500);
      String told = "seed " + seed + " kill " + kill + " after " + lines + " lines";
      try (StoreProcess process = StoreProcess.start(directory, "k" + kill)) {
        assertThat(process.line()).as(told).isEqualTo("open");
        String line = "";
        for (int i = 0; line != null; i++) {
          if (i == lines) {
            process.close();
          }
          line = process.line();
          if (line != null && line.contains(" ")) {
            note(acknowledged, line);
          }
        }
      }
      try (PendingStore store = PendingStore.file(directory)) {
        check(store, acknowledged, told);
      }
    }
    assertThat(acknowledged).isNotEmpty();
  }

  private static void note(Map<String, Integer> acknowledged, String line) {
    String[] words = line.split(" ", -1);
    acknowledged.put(words[1], StoreProcess.STEPS.indexOf(words[0]));
  }

  private static void check(PendingStore store, Map<String, Integer> acknowledged, String told) {
    Map<String, PendingRun> pending =
        requireNonNull(store.pending("ws").collectMap(PendingRun::correlationId).block(PATIENCE));
    Set<String> gone = new HashSet<>();
    acknowledged.forEach(
        (id, step) -> {
          PendingRun run = pending.get(id);
          if (run == null) {
            assertThat(step).as("%s: %s is not pending", told, id).isGreaterThanOrEqualTo(2);
            gone.add(id);
            return;
          }
          int found = run.signalledAt() != null ? 2 : run.executionId() != null ? 1 : 0;
          assertThat(found).as("%s: %s", told, id).isBetween(step, step + 1);
        });
    Flux.fromIterable(gone)
        .flatMap(
            id ->
                Mono.zip(store.signal(id, Instant.now()), store.finish(id, Instant.now()))
                    .doOnNext(
                        answers -> {
                          String name = told + ": " + id;
                          assertThat(answers.getT1()).as(name).isEqualTo(CallbackReceipt.DUPLICATE);
                          assertThat(answers.getT2()).as(name).isFalse();
                        }))
        .blockLast(PATIENCE);
  }
}
