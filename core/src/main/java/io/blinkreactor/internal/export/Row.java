package io.blinkreactor.internal.export;

import org.jspecify.annotations.Nullable;

/** One element on its way into an archive: its bytes, and what an export must know of it. */
public final class Row {

  private final byte[] json;
  private final @Nullable String id;
  private final @Nullable Long at;
  private final boolean finished;

  /**
   * A row.
   *
   * @param json the element as the vendor sent it; nobody changes it any more
   * @param at when it was created, in epoch milliseconds
   * @param finished whether it has come to its end, so that it changes no more
   */
  public Row(byte[] json, @Nullable String id, @Nullable Long at, boolean finished) {
    this.json = json;
    this.id = id;
    this.at = at;
    this.finished = finished;
  }

  /** The element's own bytes, not a copy. */
  byte[] json() {
    return json;
  }

  /** Its id. */
  public @Nullable String id() {
    return id;
  }

  /** When it was created, in epoch milliseconds. */
  public @Nullable Long at() {
    return at;
  }

  boolean isFinished() {
    return finished;
  }
}
