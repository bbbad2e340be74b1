package io.blinkreactor.internal.completion;

import static org.assertj.core.api.Assertions.assertThat;

import io.blinkreactor.TimeSource;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.test.scheduler.VirtualTimeScheduler;

/** The heap of all that is due, beside a list that is searched from end to end. */
class TimersTest {

  private final VirtualTimeScheduler scheduler = VirtualTimeScheduler.create();
  private final TimeSource time = TimeSource.of(Clock.systemUTC(), scheduler);
  private final Timers timers = new Timers(time);
  private final List<Integer> fired = new ArrayList<>();

  private final class Entry extends Timed {
    private final int name;

    /** When the model says it is due, or {@link Timed#NEVER}. */
    private long model = NEVER;

    Entry(int name) {
      this.name = name;
    }

    @Override
    void due() {
      fired.add(name);
    }
  }

  @Test
  void randomChangesFireWhatAListWouldFire() {
    long seed = Long.getLong("blinkreactor.seed", System.nanoTime());
    SplittableRandom random = new SplittableRandom(seed);
    List<Entry> entries = IntStream.range(0, 300).mapToObj(Entry::new).toList();
    for (int step = 0; step < 20_000; step++) {
      String told = "seed " + seed + " step " + step;
      Entry entry = entries.get(random.nextInt(entries.size()));
      int what = random.nextInt(10);
      if (what < 6) {
        // Few distinct times, so that many are due at once; some are past.
        entry.model = time.nanos() + random.nextInt(-2, 50) * 1_000_000L;
        timers.put(entry, entry.model);
      } else if (what < 8) {
        timers.remove(entry);
        entry.model = Timed.NEVER;
      } else if (what < 9) {
        timers.put(entry, Timed.NEVER);
        entry.model = Timed.NEVER;
      } else {
        scheduler.advanceTimeBy(Duration.ofNanos(random.nextInt(5) * 500_000L));
      }
      scheduler.advanceTime();
      List<Integer> expected = new ArrayList<>();
      for (Entry each : entries) {
        if (each.model <= time.nanos()) {
          expected.add(each.name);
          each.model = Timed.NEVER;
        }
      }
      assertThat(fired).as(told).containsExactlyInAnyOrderElementsOf(expected);
      fired.clear();
      long waiting = entries.stream().filter(each -> each.model != Timed.NEVER).count();
      assertThat(timers.size()).as(told).isEqualTo((int) waiting);
    }
    scheduler.advanceTimeBy(Duration.ofSeconds(1));
    assertThat(timers.size()).as("seed " + seed).isZero();
  }

  @Test
  void whatIsDueTogetherComesInOrder() {
    for (int name : new int[] {5, 3, 8, 1, 9, 2, 7}) {
      timers.put(new Entry(name), name);
    }
    scheduler.advanceTimeBy(Duration.ofNanos(20));
    assertThat(fired).containsExactly(1, 2, 3, 5, 7, 8, 9);
  }

  @Test
  void whatIsRemovedIsNotKept() {
    for (int i = 0; i < 100_000; i++) {
      Entry entry = new Entry(i);
      timers.put(entry, Duration.ofDays(15).toNanos() + i);
      timers.remove(entry);
      timers.remove(entry);
    }
    assertThat(timers.size()).isZero();
    scheduler.advanceTimeBy(Duration.ofDays(16));
    assertThat(fired).isEmpty();
  }

  @Test
  void oneThatFailsKeepsNoneFromItsTurn() {
    timers.put(
        new Timed() {
          @Override
          void due() {
            throw new IllegalStateException("on purpose");
          }
        },
        5);
    timers.put(new Entry(1), 6);
    scheduler.advanceTimeBy(Duration.ofNanos(10));
    assertThat(fired).containsExactly(1);
  }

  @Test
  void whatIsClearedDoesNotCome() {
    Entry entry = new Entry(1);
    timers.put(entry, 5);
    timers.clear();
    scheduler.advanceTimeBy(Duration.ofNanos(10));
    assertThat(fired).isEmpty();
    timers.put(entry, 20);
    scheduler.advanceTimeBy(Duration.ofNanos(10));
    assertThat(fired).containsExactly(1);
  }

  @Test
  @Timeout(30)
  void manyThreadsLoseNothing() throws Exception {
    long seed = Long.getLong("blinkreactor.seed", System.nanoTime());
    Timers real = new Timers(TimeSource.system());
    int threads = 4;
    int each = 5_000;
    CountDownLatch all = new CountDownLatch(threads * each);
    AtomicInteger removedFired = new AtomicInteger();
    List<Thread> running = new ArrayList<>();
    for (int t = 0; t < threads; t++) {
      SplittableRandom random = new SplittableRandom(seed + t);
      Thread thread =
          new Thread(
              () -> {
                for (int i = 0; i < each; i++) {
                  Timed stays =
                      new Timed() {
                        @Override
                        void due() {
                          all.countDown();
                        }
                      };
                  Timed goes =
                      new Timed() {
                        @Override
                        void due() {
                          removedFired.incrementAndGet();
                        }
                      };
                  long now = TimeSource.system().nanos();
                  real.put(goes, now + TimeUnit.HOURS.toNanos(1 + random.nextInt(10)));
                  real.put(stays, now + TimeUnit.HOURS.toNanos(1));
                  real.put(stays, now + TimeUnit.MICROSECONDS.toNanos(random.nextInt(20_000)));
                  real.remove(goes);
                }
              });
      running.add(thread);
      thread.start();
    }
    for (Thread thread : running) {
      thread.join();
    }
    assertThat(all.await(10, TimeUnit.SECONDS))
        .as("seed %d: %d have not come", seed, all.getCount())
        .isTrue();
    assertThat(real.size()).as("seed %d", seed).isZero();
    assertThat(removedFired).hasValue(0);
  }
}
