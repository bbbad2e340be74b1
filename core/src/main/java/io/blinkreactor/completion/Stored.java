package io.blinkreactor.completion;

import static java.util.Objects.requireNonNull;

import io.blinkreactor.StoreException;
import io.blinkreactor.StoreException.Reason;
import java.time.Instant;
import java.util.function.Supplier;
import org.slf4j.Logger;

/** What the stores of this package decide and say alike. */
final class Stored {

  private static final long LAST_SECOND = Instant.parse("9999-12-31T23:59:59Z").getEpochSecond();

  private Stored() {}

  /** Since 1970. */
  static long millis(String name, Instant time) {
    long seconds = requireNonNull(time, name).getEpochSecond();
    if (seconds < 0 || seconds > LAST_SECOND) {
      throw new IllegalArgumentException("'" + name + "' is not between 1970 and the year 9999.");
    }
    return time.toEpochMilli();
  }

  static void checkLife(PendingRun run, StoreOptions options) {
    if (run.deadlineMillis() - run.registeredMillis() > options.recordLife().toMillis()) {
      throw new IllegalArgumentException(
          "The run's deadline comes more than the record life of "
              + options.recordLife()
              + " after its registration: set a shorter timeout, or a longer 'recordLife'.");
    }
  }

  static void checkSecretName(String name) {
    if (requireNonNull(name, "name").isEmpty()) {
      throw new IllegalArgumentException("The name of a secret is not empty.");
    }
  }

  static byte[] generate(String name, Supplier<byte[]> generator) {
    byte[] secret = requireNonNull(generator.get(), "secret");
    if (secret.length == 0) {
      throw new IllegalArgumentException("The generator of '" + name + "' answered no bytes.");
    }
    return secret.clone();
  }

  static IllegalStateException known(PendingRun run) {
    return new IllegalStateException(
        "A run with the correlation id " + run.correlationId() + " is known already.");
  }

  static StoreException full(StoreOptions options) {
    return new StoreException(
        Reason.FULL,
        options.maxPending() + " runs are pending, as many as the store may hold.",
        "Start fewer runs at a time, or set a higher 'maxPending'.",
        null);
  }

  static StoreException closed() {
    return new StoreException(
        Reason.CLOSED,
        "The store of pending runs was closed.",
        "Close it after everything that uses it.",
        null);
  }

  static void logDropped(Logger log, int runs, StoreOptions options) {
    if (runs > 0) {
      log.warn(
          "Dropped {} pending runs that had not been seen to end within {} of their registration",
          runs,
          options.recordLife());
    }
  }
}
