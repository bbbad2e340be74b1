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

/**
 * Hears of Netty buffers that were dropped without a release. A listener, because a detector
 * factory of our own would come too late whenever a buffer class was loaded before us.
 */
final class BufferLeaks {
  private static final int ROUNDS = 3;
  private static final long PAUSE_NANOS = 5_000_000;

  private final ConcurrentLinkedQueue<String> found = new ConcurrentLinkedQueue<>();
  private ResourceLeakDetector.Level levelBefore = ResourceLeakDetector.Level.SIMPLE;

  void start() {
    levelBefore = ResourceLeakDetector.getLevel();
    ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.PARANOID);
    ByteBufUtil.setLeakListener(
        (type, records) -> found.add("a " + type + " was never released; touched at: " + records));
  }

  List<String> stop() {
    surface();
    ByteBufUtil.setLeakListener(null);
    ResourceLeakDetector.setLevel(levelBefore);
    return new ArrayList<>(found);
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
