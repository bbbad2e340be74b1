package io.blinkreactor.internal.stream;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * What a vendor's room tells about one of its lists.
 *
 * @param <T> rows
 */
public interface Listing<T> {

  /** Its name for metrics, logs and messages. */
  String name();

  /** What a checkpoint is bound to: everything that decides which rows the list has. */
  String identity();

  /** What a server's refusals are remembered by. */
  String shape();

  /** The member that the list is sorted by. */
  String timeName();

  /** By what the list can be read, best first, at a server that lacks some features. */
  List<Rung> rungs(Set<String> missing);

  /** Begins to fetch a page; nothing is sent before its rows are subscribed. */
  PageFetch<T> fetch(PageAsk ask);

  /** The row's id. */
  @Nullable String id(T row);

  /** The row's time, in the vendor's unit. */
  @Nullable Long at(T row);

  /** A time in the vendor's unit. */
  long at(Instant time);

  /** What an error says about the server, if it is a refusal that is known. */
  @Nullable Refusal refusal(Throwable error, PageAsk ask);

  /**
   * Completes when a page that broke off may be asked for again, or fails: with the fault, or
   * because there has been no progress for too long.
   *
   * @param breaks times that it broke off without progress, this one included
   * @param standstill for how long there has been none
   */
  Mono<Void> pauseAfter(Throwable fault, int breaks, Duration standstill);
}
