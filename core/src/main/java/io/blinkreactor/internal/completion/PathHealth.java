package io.blinkreactor.internal.completion;

import java.util.BitSet;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which share of the last runs was found to have ended by a callback. A rule of a firewall that
 * eats all callbacks must not look like slow runs.
 */
final class PathHealth {

  private static final Logger log = LoggerFactory.getLogger(PathHealth.class);

  /** Runs that count. */
  static final int WINDOW = 100;

  /** Fewer say nothing. */
  static final int ENOUGH = 20;

  private static final double POOR = 0.5;
  private static final double GOOD = 0.8;

  private final String scope;
  private final BitSet byCallback = new BitSet(WINDOW);
  private int seen;
  private boolean poor;

  PathHealth(String scope) {
    this.scope = scope;
  }

  synchronized void ended(boolean callback) {
    byCallback.set(seen % WINDOW, callback);
    seen = seen + 1 < 0 ? WINDOW : seen + 1;
    Double share = share();
    if (share == null) {
      return;
    }
    if (!poor && share < POOR) {
      poor = true;
      log.warn(
          "{}: of the last {} runs only {} % were found to have ended by a callback: check that the"
              + " vendor reaches the public URL, and what stands in between",
          scope, Math.min(seen, WINDOW), Math.round(share * 100));
    } else if (poor && share > GOOD) {
      poor = false;
      log.info("{}: callbacks arrive again", scope);
    }
  }

  double shareOrNan() {
    Double share = share();
    return share == null ? Double.NaN : share;
  }

  /** From 0 to 1, or null if too few runs have ended. */
  synchronized @Nullable Double share() {
    return seen < ENOUGH ? null : (double) byCallback.cardinality() / Math.min(seen, WINDOW);
  }
}
