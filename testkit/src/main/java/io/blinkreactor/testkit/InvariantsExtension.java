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
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import reactor.core.publisher.Hooks;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * Fails a test that left something behind: a signal dropped by Reactor, a task on the tracked
 * scheduler, or a watched count that does not come down to zero. A Netty buffer that was never
 * released fails the class, after its last test; with the system property {@code
 * blinkreactor.testkit.leak-check=test} it fails the test, at the cost of a garbage collection
 * after each.
 *
 * <p>Reactor's and Netty's hooks are global, so tests with this extension must not run side by side
 * in one JVM. Checks run after the test's own {@code AfterEach} methods.
 */
public final class InvariantsExtension implements BeforeEachCallback, AfterEachCallback {
  static final String LEAK_CHECK = "blinkreactor.testkit.leak-check";

  private static final Namespace NAMESPACE = Namespace.create(InvariantsExtension.class);
  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final long POLL_NANOS = 2_000_000;

  private final Duration patience;
  private final Map<String, IntSupplier> watched = new LinkedHashMap<>();
  private final ConcurrentLinkedQueue<String> droppedValues = new ConcurrentLinkedQueue<>();
  private final ConcurrentLinkedQueue<Throwable> droppedErrors = new ConcurrentLinkedQueue<>();
  private @Nullable TrackedScheduler scheduler;

  /** Creates an extension that watches nothing in particular yet. */
  public InvariantsExtension() {
    this(PATIENCE);
  }

  InvariantsExtension(Duration patience) {
    this.patience = patience;
  }

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
   * Returns a scheduler of two threads for the test that runs.
   *
   * <p>When the test has ended, a task that is due may still run; one that waits for its time must
   * be disposed of within 5 seconds. The scheduler is disposed after that check.
   *
   * @return the scheduler, the same for the whole test
   * @throws IllegalStateException outside a test
   */
  public Scheduler scheduler() {
    return tracked();
  }

  /**
   * Returns how many tasks are scheduled on {@link #scheduler()} and have neither run nor been
   * disposed.
   *
   * @return the number of such tasks
   * @throws IllegalStateException outside a test
   */
  public int liveTasks() {
    return tracked().liveTasks();
  }

  @Override
  public void beforeEach(ExtensionContext context) {
    droppedValues.clear();
    droppedErrors.clear();
    Hooks.onErrorDropped(droppedErrors::add);
    Hooks.onNextDropped(value -> droppedValues.add(String.valueOf(value)));
    leaks(context);
    scheduler = new TrackedScheduler(Schedulers.newParallel("invariants", 2, true));
  }

  @Override
  public void afterEach(ExtensionContext context) {
    List<String> broken = new ArrayList<>();
    for (Map.Entry<String, IntSupplier> watch : watched.entrySet()) {
      await(watch.getKey(), watch.getValue(), broken);
    }
    watched.clear();
    TrackedScheduler used = scheduler;
    if (used != null) {
      int left = used.tasksLeft(patience);
      if (left != 0) {
        broken.add(left + " live tasks");
      }
      used.dispose();
      scheduler = null;
    }
    Hooks.resetOnErrorDropped();
    Hooks.resetOnNextDropped();
    if ("test".equals(System.getProperty(LEAK_CHECK))) {
      broken.addAll(leaks(context).reports());
    }
    droppedValues.forEach(value -> broken.add("value dropped: " + value));
    droppedErrors.forEach(error -> broken.add("error dropped: " + error));
    if (!broken.isEmpty()) {
      AssertionError failure =
          new AssertionError(
              context.getDisplayName() + " left something behind: " + String.join("; ", broken));
      droppedErrors.forEach(failure::addSuppressed);
      throw failure;
    }
  }

  private TrackedScheduler tracked() {
    TrackedScheduler present = scheduler;
    if (present == null) {
      throw new IllegalStateException("There is a tracked scheduler only while a test runs.");
    }
    return present;
  }

  /** Those of the outermost class, which JUnit closes after the last test in it. */
  private static BufferLeaks leaks(ExtensionContext test) {
    ExtensionContext outermost = test;
    for (ExtensionContext each = test; each != null; each = each.getParent().orElse(null)) {
      if (each.getTestClass().isPresent()) {
        outermost = each;
      }
    }
    String name = outermost.getDisplayName();
    return outermost
        .getStore(NAMESPACE)
        .getOrComputeIfAbsent(BufferLeaks.class, key -> new BufferLeaks(name), BufferLeaks.class);
  }

  private void await(String name, IntSupplier count, List<String> broken) {
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
