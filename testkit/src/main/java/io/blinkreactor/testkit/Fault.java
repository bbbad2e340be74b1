package io.blinkreactor.testkit;

/**
 * What goes wrong with one request: a pure function of the seed, the operation, its index and the
 * switches.
 */
record Fault(Kind kind, boolean slow) {

  enum Kind {
    NONE,
    RESET,
    TOO_MANY,
    UNAVAILABLE,
    BROKEN,
    CONFLICT,
    RESET_AFTER,
    TRUNCATED,
    GARBAGE,
    STALLED
  }

  static Fault of(Seed seed, Settings settings, Operation operation, long index) {
    boolean execute = operation == Operation.EXECUTE || operation == Operation.EXECUTE_SYNC;
    int first = settings.count(Switch.FAULT_FIRST);
    boolean exempt =
        !settings.allows(Switch.FAULT_OPERATIONS, operation.name())
            || (first > 0 && index >= first);
    Chance chance =
        which ->
            seed.chance(settings.share(which), which.key() + "." + operation, index)
                && (which == Switch.CONFLICT_409 ? execute : !exempt);
    return new Fault(kind(chance), chance.strikes(Switch.FAULT_SLOW));
  }

  private static Kind kind(Chance chance) {
    if (chance.strikes(Switch.FAULT_RESET)) {
      return Kind.RESET;
    }
    if (chance.strikes(Switch.FAULT_429)) {
      return Kind.TOO_MANY;
    }
    if (chance.strikes(Switch.FAULT_503)) {
      return Kind.UNAVAILABLE;
    }
    if (chance.strikes(Switch.FAULT_500)) {
      return Kind.BROKEN;
    }
    if (chance.strikes(Switch.CONFLICT_409)) {
      return Kind.CONFLICT;
    }
    if (chance.strikes(Switch.FAULT_RESET_AFTER)) {
      return Kind.RESET_AFTER;
    }
    if (chance.strikes(Switch.FAULT_TRUNCATED)) {
      return Kind.TRUNCATED;
    }
    if (chance.strikes(Switch.FAULT_GARBAGE)) {
      return Kind.GARBAGE;
    }
    return chance.strikes(Switch.FAULT_STALL) ? Kind.STALLED : Kind.NONE;
  }

  private interface Chance {
    boolean strikes(Switch which);
  }
}
