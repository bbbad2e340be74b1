package io.blinkreactor.internal.json;

import org.jspecify.annotations.Nullable;

/** An element of a list, as it was cut out. */
public final class Element {

  private final byte[] json;
  private final Glance.@Nullable Seen seen;

  Element(byte[] json, Glance.@Nullable Seen seen) {
    this.json = json;
    this.seen = seen;
  }

  /** Its own bytes, not a copy; no white space is around them. */
  public byte[] json() {
    return json;
  }

  /**
   * Its members.
   *
   * @param glance the one that the splitter had
   * @throws IllegalArgumentException if it is not an object
   */
  public Glance.Seen seen(Glance glance) {
    return seen == null ? glance.at(json) : seen;
  }
}
