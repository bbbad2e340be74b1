package io.blinkreactor.blinkops;

import static org.assertj.core.api.Assertions.assertThat;

import io.blinkreactor.testkit.BlinkOpsEmulator;
import io.blinkreactor.testkit.Operation;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A history that changes while it is read: rows come, go and change their state. Seven of the first
 * rows share each moment. Knows which rows a reading must have seen.
 */
final class Drift {

  /** Where rows come and go. */
  enum Place {
    /** New ones mostly at the head, but some appear late; old ones go from anywhere. */
    ANYWHERE,
    /** New ones at the head, old ones from the tail, as the vendor's retention does. */
    EDGES
  }

  private static final int TIES = 7;
  private static final long STEP = 1_000;
  private static final long START = Instant.parse("2026-03-01T00:00:00Z").toEpochMilli();
  private static final List<String> STATES = List.of("Running", "Paused", "Completed", "Failed");

  private final BlinkOpsEmulator emulator;
  private final SplittableRandom random;

  /** From the oldest to the newest, but for those that appeared late. */
  private final List<String> present = new ArrayList<>();

  private final Set<String> survivors = new HashSet<>();
  private final Set<String> ever = new HashSet<>();
  private long newest = START;
  private int steps;

  Drift(BlinkOpsEmulator emulator, int rows, long seed) {
    this.emulator = emulator;
    this.random = new SplittableRandom(seed);
    for (int i = 0; i < rows; i++) {
      newest = START + i / TIES * STEP;
      add(newest);
    }
    survivors.addAll(present);
  }

  /** Five rows come, five go and five change. */
  synchronized void step(Place place) {
    steps++;
    boolean anywhere = place == Place.ANYWHERE;
    newest += STEP;
    for (int i = 0; i < 5; i++) {
      boolean late = anywhere && i < 2;
      add(late ? START + random.nextLong(newest - START) / STEP * STEP : newest);
      if (present.size() > 5) {
        remove(anywhere ? random.nextInt(present.size()) : 0);
      }
      emulator.changeExecution(
          present.get(random.nextInt(present.size())),
          Map.of("state_ui", STATES.get(random.nextInt(STATES.size())), "updated_at", newest));
    }
  }

  /**
   * Changes the history before each list request is answered, for so many requests: by what is read
   * and not by a clock, so that a slow machine sees the same and every history ends.
   */
  void stepAtEachPage(Place place, int requests) {
    AtomicInteger left = new AtomicInteger(requests);
    emulator.onRequest(
        request -> {
          if (request.operation() == Operation.LIST && left.getAndDecrement() > 0) {
            step(place);
          }
        });
  }

  /** Forgets what was: a new reading must see what is there now. */
  synchronized void restart() {
    steps = 0;
    survivors.clear();
    survivors.addAll(present);
  }

  private void add(long createdAt) {
    String id = emulator.addExecution(Map.of("created_at", createdAt));
    present.add(id);
    ever.add(id);
  }

  private void remove(int index) {
    String id = present.remove(index);
    survivors.remove(id);
    emulator.removeExecution(id);
  }

  /** How often rows have come and gone. */
  synchronized int steps() {
    return steps;
  }

  synchronized int survivors() {
    return survivors.size();
  }

  /** Every row that was there all the time came once, and no other more than once. */
  synchronized void check(List<String> seen, String about) {
    Set<String> once = new HashSet<>();
    List<String> twice = seen.stream().filter(id -> !once.add(id)).toList();
    assertThat(twice).as("%s: came again after %d steps", about, steps).isEmpty();
    checkSeen(once, about);
  }

  /** Every row that was there all the time came, and none that never was. */
  synchronized void checkSeen(Set<String> seen, String about) {
    Set<String> missed = new HashSet<>(survivors);
    missed.removeAll(seen);
    assertThat(missed).as("%s: did not come in %d steps", about, steps).isEmpty();
    Set<String> strange = new HashSet<>(seen);
    strange.removeAll(ever);
    assertThat(strange).as("%s: never were there", about).isEmpty();
  }
}
