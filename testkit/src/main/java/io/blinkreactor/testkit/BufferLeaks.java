package io.blinkreactor.testkit;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Collects reports of Netty buffers that were dropped without a release, over all tests of a class.
 * Netty reports a buffer only after a garbage collection, which takes longer than most tests, so
 * that is done once, when JUnit closes this.
 *
 * <p>It is a listener, because a detector factory of our own would come too late whenever a buffer
 * class was loaded before us.
 */
@SuppressWarnings("deprecation") // JUnit before 5.13 closes nothing else.
final class BufferLeaks implements ExtensionContext.Store.CloseableResource, AutoCloseable {
  private static final int ROUNDS = 3;
  private static final long PAUSE_NANOS = 5_000_000;

  private final String tests;
  private final ResourceLeakDetector.Level levelBefore = ResourceLeakDetector.getLevel();
  private final ConcurrentLinkedQueue<String> found = new ConcurrentLinkedQueue<>();

  BufferLeaks(String tests) {
    this.tests = tests;
    if (Integer.getInteger("io.netty.leakDetection.samplingInterval", 128) > 1) {
      ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.PARANOID);
    }
    ByteBufUtil.setLeakListener(
        (type, records) -> found.add("a " + type + " was never released; touched at: " + records));
  }

  /** Collects garbage and returns the reports that have come since the last call. */
  List<String> reports() {
    surface();
    List<String> reports = new ArrayList<>();
    for (String next = found.poll(); next != null; next = found.poll()) {
      reports.add(next);
    }
    return reports;
  }

  @Override
  public void close() {
    List<String> reports = reports();
    ByteBufUtil.setLeakListener(null);
    ResourceLeakDetector.setLevel(levelBefore);
    if (!reports.isEmpty()) {
      throw new AssertionError(
          tests
              + " leaked buffers (-D"
              + InvariantsExtension.LEAK_CHECK
              + "=test tells which test did): "
              + String.join("; ", reports));
    }
  }

  /** Netty looks for lost buffers only while it allocates new ones, and only after a collection. */
  private static void surface() {
    for (int round = 0; round < ROUNDS; round++) {
      System.gc();
      LockSupport.parkNanos(PAUSE_NANOS);
      for (ByteBufAllocator allocator :
          List.of(
              ByteBufAllocator.DEFAULT,
              PooledByteBufAllocator.DEFAULT,
              UnpooledByteBufAllocator.DEFAULT)) {
        ByteBuf probe = allocator.directBuffer(16);
        probe.release();
      }
    }
  }
}
