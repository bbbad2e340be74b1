package io.blinkreactor.internal.completion;

import io.blinkreactor.completion.CompletionSource;
import java.util.Locale;

/** Why a run is looked at. */
enum Reason {
  /** A callback came. */
  CALLBACK(CompletionSource.CALLBACK),
  /** A callback came, but the API did not show the end yet. */
  LAG(CompletionSource.CALLBACK),
  /** No callback came for some time. */
  DUE(CompletionSource.RECONCILE),
  /** Somebody waits again. */
  RESUME(CompletionSource.RECONCILE),
  /** The deadline has come. */
  DEADLINE(CompletionSource.RECONCILE);

  private final CompletionSource source;

  Reason(CompletionSource source) {
    this.source = source;
  }

  CompletionSource source() {
    return source;
  }

  String tag() {
    return name().toLowerCase(Locale.ROOT);
  }
}
