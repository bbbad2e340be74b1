package io.blinkreactor.callback;

import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Says once that callbacks seem to lose their seal on the way. */
final class UnsealedWarning {

  /** One may be a person with a browser. */
  static final int ENOUGH = 3;

  private static final Logger log = LoggerFactory.getLogger(UnsealedWarning.class);

  private final SealPlaces places;
  private final AtomicInteger seen = new AtomicInteger();

  UnsealedWarning(SealPlaces places) {
    this.places = places;
  }

  /** A request came with a ticket of ours and nothing where its seal should be. */
  void saw() {
    if (seen.get() < ENOUGH && seen.incrementAndGet() == ENOUGH) {
      log.warn(
          "{} callbacks came to a URL of ours without the seal that belongs to it, or with a body of"
              + " more than {} bytes where it was to be looked for, and were refused."
              + " If BlinkOps sent them, what it was asked to send does not survive the way here:"
              + " set placement(...) of the callback server to something else than {}, such as"
              + " SealPlacement.PATH; \"blinkreactor probe\" shows what arrives. If it did not, a"
              + " stranger knows such a URL, which is of no use without its seal. This is said once.",
          ENOUGH,
          CallbackHandler.UNPROVEN_BYTES,
          places);
    }
  }
}
