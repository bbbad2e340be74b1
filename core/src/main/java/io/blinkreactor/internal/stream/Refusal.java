package io.blinkreactor.internal.stream;

/** What a server's refusal of a page says about the server. */
public sealed interface Refusal {

  /** The feature that {@link Rung#CURSOR} needs. */
  String CURSORS = "cursors";

  /**
   * It takes smaller pages only.
   *
   * @param most the largest, in rows
   */
  record Limit(int most) implements Refusal {}

  /**
   * It lacks something.
   *
   * @param feature what, in the vendor's room's own words
   */
  record Without(String feature) implements Refusal {}

  /** It does not know the cursor any more. */
  record TokenGone() implements Refusal {}
}
