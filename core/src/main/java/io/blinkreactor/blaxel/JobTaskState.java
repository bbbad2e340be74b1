package io.blinkreactor.blaxel;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A state of a task, which the vendor calls its status. The set is open: the documented values are
 * constants, and any other is kept as it came. Equal without regard to case; {@code completed}
 * equals {@link #SUCCEEDED}, as for executions.
 */
public final class JobTaskState {

  /** Not told. */
  public static final JobTaskState UNSPECIFIED = new JobTaskState("unspecified");

  /** Waits for its turn. */
  public static final JobTaskState PENDING = new JobTaskState("pending");

  /** Being brought up; the vendor does not say more. */
  public static final JobTaskState RECONCILING = new JobTaskState("reconciling");

  /** Ended with an error, its retries included. */
  public static final JobTaskState FAILED = new JobTaskState("failed");

  /** Ended well. */
  public static final JobTaskState SUCCEEDED = new JobTaskState("succeeded");

  /** Runs. */
  public static final JobTaskState RUNNING = new JobTaskState("running");

  /** Ended by somebody. */
  public static final JobTaskState CANCELLED = new JobTaskState("cancelled");

  private static final List<JobTaskState> KNOWN =
      List.of(UNSPECIFIED, PENDING, RECONCILING, FAILED, SUCCEEDED, RUNNING, CANCELLED);

  private static final Set<JobTaskState> TERMINAL = Set.of(FAILED, SUCCEEDED, CANCELLED);

  private final String name;
  private final String meaning;

  private JobTaskState(String name) {
    this.name = name;
    String lower = name.toLowerCase(Locale.ROOT);
    this.meaning = lower.equals("completed") ? "succeeded" : lower;
  }

  /**
   * Takes the vendor's word.
   *
   * @param name the state as it came, of any case
   * @return the state, which keeps that spelling
   */
  public static JobTaskState of(String name) {
    requireNonNull(name, "name");
    for (JobTaskState known : KNOWN) {
      if (known.name.equals(name)) {
        return known;
      }
    }
    return new JobTaskState(name);
  }

  /** {@return the vendor's word, spelt as it came} */
  public String name() {
    return name;
  }

  /** {@return whether a task in this state has ended; false for states that are not known} */
  public boolean isTerminal() {
    return TERMINAL.contains(this);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof JobTaskState that && meaning.equals(that.meaning);
  }

  @Override
  public int hashCode() {
    return meaning.hashCode();
  }

  /** {@return the vendor's word} */
  @Override
  public String toString() {
    return name;
  }
}
