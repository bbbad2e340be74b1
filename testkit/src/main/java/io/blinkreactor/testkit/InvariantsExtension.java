package io.blinkreactor.testkit;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import reactor.core.publisher.Hooks;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * Fails a test that left something behind: a signal dropped by Reactor, a Netty buffer never
 * released, a task on the tracked scheduler, or a watched count that does not come down to zero.
 *
 * <p>Reactor's and Netty's hooks are global, so tests with this extension must not run side by side
 * in one JVM. What one test loses may come to light in a later one if it is lost after that test's
 * check. Checks run after the test's own {@code AfterEach} methods.
 */
public final class InvariantsExtension implements BeforeEachCallback, AfterEachCallback {
  private static final Duration WATCH_PATIENCE = Duration.ofSeconds(5);

  /** Short: a task that is only waiting must be found out, one that is just running must not. */
  private static final Duration TASK_PATIENCE = Duration.ofMillis(250);

  private static final long POLL_NANOS = 2_000_000;

  private final Map<String, IntSupplier> watched = new LinkedHashMap<>();
  private final ConcurrentLinkedQueue<String> dropped = new ConcurrentLinkedQueue<>();
  private @Nullable BufferLeaks leaks;
  private @Nullable TrackedScheduler scheduler;

  /** Creates an extension that watches nothing in particular yet. */
  public InvariantsExtension() {}

  /**
   * Has a count checked after the test that runs, or after the next one; it gets 5 seconds to come
   * down.
   *
   * @param name words for the failure, such as "open connections"
   * @param mustBecomeZero tells the count; asked from the test's thread
   * @return this extension
   */
  public InvariantsExtension watch(String name, IntSupplier mustBecomeZero) {
    watched.put(name, mustBecomeZero);
    return this;
  }

  /**
   * {@return a scheduler of two threads of the test that runs, on which no task may be left}
   *
   * <p>It is disposed after the check.
   *
   * @throws IllegalStateException outside a test
   */
  public Scheduler scheduler() {
    return tracked();
  }

  /**
   * {@return how many tasks are scheduled on {@link #scheduler()} and have neither run nor been
   * disposed}
   *
   * @throws IllegalStateException outside a test
   */
  public int liveTasks() {
    return tracked().liveTasks();
  }

  @Override
  public void beforeEach(ExtensionContext context) {
    dropped.clear();
    Hooks.onErrorDropped(error -> dropped.add("error dropped: " + error));
    Hooks.onNextDropped(value -> dropped.add("value dropped: " + value));
    BufferLeaks started = new BufferLeaks();
    started.start();
    leaks = started;
    scheduler = new TrackedScheduler(Schedulers.newParallel("invariants", 2, true));
  }

  @Override
  public void afterEach(ExtensionContext context) {
    List<String> broken = new ArrayList<>();
    for (Map.Entry<String, IntSupplier> watch : watched.entrySet()) {
      await(watch.getKey(), watch.getValue(), WATCH_PATIENCE, broken);
    }
    watched.clear();
    TrackedScheduler used = scheduler;
    if (used != null) {
      await("live tasks", used::liveTasks, TASK_PATIENCE, broken);
      used.dispose();
      scheduler = null;
    }
    Hooks.resetOnErrorDropped();
    Hooks.resetOnNextDropped();
    BufferLeaks running = leaks;
    if (running != null) {
      broken.addAll(running.stop());
      leaks = null;
    }
    broken.addAll(dropped);
    if (!broken.isEmpty()) {
      throw new AssertionError(
          context.getDisplayName() + " left something behind: " + String.join("; ", broken));
    }
  }

  private TrackedScheduler tracked() {
    TrackedScheduler present = scheduler;
    if (present == null) {
      throw new IllegalStateException("There is a tracked scheduler only while a test runs.");
    }
    return present;
  }

  private static void await(
      String name, IntSupplier count, Duration patience, List<String> broken) {
    long deadline = System.nanoTime() + patience.toNanos();
    int left = count.getAsInt();
    while (left != 0 && System.nanoTime() - deadline < 0) {
      LockSupport.parkNanos(POLL_NANOS);
      left = count.getAsInt();
    }
    if (left != 0) {
      broken.add(left + " " + name);
    }
  }
}
