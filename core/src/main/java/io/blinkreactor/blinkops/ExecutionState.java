package io.blinkreactor.blinkops;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A state of an execution. The vendor documents no list, so the set is open: the known values are
 * constants, and any other is kept as it came. Equal without regard to case.
 *
 * <p>The constants are the values that the vendor's own client of 2026 tests for; that no other
 * state ends a run is an assumption.
 */
public final class ExecutionState {

  /** Ended well. */
  public static final ExecutionState COMPLETED = new ExecutionState("Completed");

  /** Ended with an error. */
  public static final ExecutionState FAILED = new ExecutionState("Failed");

  /** Ended by somebody. */
  public static final ExecutionState CANCELLED = new ExecutionState("Cancelled");

  /** Ended by the vendor's time limit. */
  public static final ExecutionState TIMEOUT = new ExecutionState("Timeout");

  /** Ended without having run. */
  public static final ExecutionState SKIPPED = new ExecutionState("Skipped");

  /**
   * Waits for a person or a long pause, up to 14 days; goes on after that, so it is not terminal.
   */
  public static final ExecutionState PAUSED = new ExecutionState("Paused");

  private static final List<ExecutionState> KNOWN =
      List.of(COMPLETED, FAILED, CANCELLED, TIMEOUT, SKIPPED, PAUSED);

  private static final Set<ExecutionState> TERMINAL =
      Set.of(COMPLETED, FAILED, CANCELLED, TIMEOUT, SKIPPED);

  private final String name;

  private ExecutionState(String name) {
    this.name = name;
  }

  /**
   * Takes the vendor's word.
   *
   * @param name the state as it came, of any case
   * @return the state, which keeps that spelling
   */
  public static ExecutionState of(String name) {
    requireNonNull(name, "name");
    for (ExecutionState known : KNOWN) {
      if (known.name.equals(name)) {
        return known;
      }
    }
    return new ExecutionState(name);
  }

  /** {@return the vendor's word, spelt as it came} */
  public String name() {
    return name;
  }

  /**
   * {@return whether a run in this state has ended; false for {@link #PAUSED} and for states that
   * are not known}
   */
  public boolean isTerminal() {
    return TERMINAL.contains(this);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof ExecutionState that && name.equalsIgnoreCase(that.name);
  }

  @Override
  public int hashCode() {
    return name.toLowerCase(Locale.ROOT).hashCode();
  }

  /** {@return the vendor's word} */
  @Override
  public String toString() {
    return name;
  }
}
