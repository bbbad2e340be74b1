package io.blinkreactor.testkit;

/**
 * What goes wrong with one request: a pure function of the seed, the operation, its index and the
 * switches.
 */
record Fault(Kind kind, boolean slow) {

  /** Kinds in the order in which they are tried; the first that strikes is the one. */
  enum Kind {
    NONE(""),
    RESET("fault.reset"),
    TOO_MANY("fault.429", 429, "too many requests"),
    UNAVAILABLE("fault.503", 503, "service unavailable"),
    BROKEN("fault.500", 500, "internal server error"),
    BAD_GATEWAY("fault.502", 502, "bad gateway"),
    GATEWAY_TIMEOUT("fault.504", 504, "gateway timeout"),
    COLD("fault.unavailable", 404, "workload is not available yet"),
    CONFLICT("conflict.409", 409, "can not execute playbook: conflict"),
    RESET_AFTER("fault.reset-after"),
    TRUNCATED("fault.truncated"),
    GARBAGE("fault.garbage"),
    STALLED("fault.stall");

    /** The switch with its share; a vendor that has no such switch does not know the fault. */
    final String key;

    /** The status of a refusal, 0 if the fault is none. */
    final int status;

    final String message;

    Kind(String key) {
      this(key, 0, "");
    }

    Kind(String key, int status, String message) {
      this.key = key;
      this.status = status;
      this.message = message;
    }

    boolean refuses() {
      return status != 0;
    }
  }

  static Fault of(Seed seed, Settings settings, Enum<?> operation, long index) {
    int first = settings.count("fault.first");
    boolean exempt =
        !settings.allows("fault.operations", operation.name()) || (first > 0 && index >= first);
    for (Kind kind : Kind.values()) {
      boolean may = kind == Kind.CONFLICT ? operation.name().startsWith("EXECUTE") : !exempt;
      if (kind != Kind.NONE && may && strikes(seed, settings, kind.key, operation, index)) {
        return new Fault(kind, slow(seed, settings, operation, index, exempt));
      }
    }
    return new Fault(Kind.NONE, slow(seed, settings, operation, index, exempt));
  }

  private static boolean slow(
      Seed seed, Settings settings, Enum<?> operation, long index, boolean exempt) {
    return !exempt && strikes(seed, settings, "fault.slow", operation, index);
  }

  private static boolean strikes(
      Seed seed, Settings settings, String key, Enum<?> operation, long index) {
    return seed.chance(settings.share(key), key + "." + operation, index);
  }
}
