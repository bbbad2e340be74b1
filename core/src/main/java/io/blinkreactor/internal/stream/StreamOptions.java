package io.blinkreactor.internal.stream;

import io.blinkreactor.stream.PagingMode;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How a list is read.
 *
 * @param direction which way
 * @param pageSize rows a page
 * @param lookAhead pages to fetch beyond the one that is handed out
 * @param parallel slices of time to read at once; 1: none
 * @param forced the only way to page; null: the best the server allows
 * @param lag how long rows may take to appear: rows younger than this at the start are left out
 *     when reading towards now
 * @param resume text of the checkpoint to go on from
 */
public record StreamOptions(
    Direction direction,
    int pageSize,
    int lookAhead,
    int parallel,
    @Nullable PagingMode forced,
    Duration lag,
    @Nullable String resume) {

  /** Newest first, 100 rows a page (a larger bound is documented, but in doubt). */
  public static final StreamOptions DEFAULTS =
      new StreamOptions(Direction.NEWEST_FIRST, 100, 0, 1, null, Duration.ofSeconds(2), null);

  /** With that direction. */
  public StreamOptions direction(Direction way) {
    return new StreamOptions(way, pageSize, lookAhead, parallel, forced, lag, resume);
  }

  /** With that many rows a page. */
  public StreamOptions pageSize(int rows) {
    return new StreamOptions(direction, rows, lookAhead, parallel, forced, lag, resume);
  }

  /** With that many pages of look-ahead. */
  public StreamOptions lookAhead(int pages) {
    return new StreamOptions(direction, pageSize, pages, parallel, forced, lag, resume);
  }

  /** With that many slices at once. */
  public StreamOptions parallel(int slices) {
    return new StreamOptions(direction, pageSize, lookAhead, slices, forced, lag, resume);
  }

  /** With that way of paging and no other. */
  public StreamOptions forced(PagingMode mode) {
    return new StreamOptions(direction, pageSize, lookAhead, parallel, mode, lag, resume);
  }

  /** With that lag. */
  public StreamOptions lag(Duration time) {
    return new StreamOptions(direction, pageSize, lookAhead, parallel, forced, time, resume);
  }

  /** From that checkpoint on. */
  public StreamOptions resume(String checkpoint) {
    return new StreamOptions(direction, pageSize, lookAhead, parallel, forced, lag, checkpoint);
  }
}
