package io.blinkreactor.completion;

/** What made us look when a run was found to have ended. */
public enum CompletionSource {
  /** An authenticated callback. */
  CALLBACK,
  /**
   * A look of our own, because no callback had come, or the one that came was not followed by an
   * end.
   */
  RECONCILE
}
