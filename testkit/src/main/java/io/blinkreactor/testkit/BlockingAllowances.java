package io.blinkreactor.testkit;

import reactor.blockhound.BlockHound;
import reactor.blockhound.integration.BlockHoundIntegration;

/**
 * Tells BlockHound, where it is present, which blocking calls of libraries do no harm on an event
 * loop. It is found by itself. None of our own code is in it.
 */
public final class BlockingAllowances implements BlockHoundIntegration {

  /** Called by the service loader. */
  public BlockingAllowances() {}

  /**
   * Adds the allowances.
   *
   * @param builder of BlockHound's agent
   */
  @Override
  public void applyTo(BlockHound.Builder builder) {
    builder
        // Threads that allocate at once get more magazines, under a lock that is held for the
        // swap of an array; Netty allows itself no such call.
        .allowBlockingCallsInside("io.netty.buffer.AdaptivePoolingAllocator", "allocate")
        // The reader of a class is made once, under a lock; the first few readers of one class may
        // meet there.
        .allowBlockingCallsInside(
            "tools.jackson.databind.deser.DeserializerCache", "_createAndCacheValueDeserializer")
        // The iterator of toIterable() and toStream() is woken under a lock that is held for that
        // alone.
        .allowBlockingCallsInside(
            "reactor.core.publisher.BlockingIterable$SubscriberIterator", "signalConsumer")
        // The TCK's subscriber hands elements to its test through a queue with a lock.
        .allowBlockingCallsInside("org.reactivestreams.tck.TestEnvironment$Receptacle", "add")
        .allowBlockingCallsInside("org.reactivestreams.tck.TestEnvironment$Receptacle", "complete");
  }
}
