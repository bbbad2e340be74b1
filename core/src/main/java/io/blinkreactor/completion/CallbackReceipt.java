package io.blinkreactor.completion;

/** What became of an authenticated callback. */
public enum CallbackReceipt {
  /** It is the run's first, or the run has not been seen to end; it leads to a look at the run. */
  ACCEPTED,
  /** The run has been seen to end already; nothing more happens. */
  DUPLICATE,
  /** No such run is waited for here, for example because nobody waits any more. */
  ORPHAN
}
