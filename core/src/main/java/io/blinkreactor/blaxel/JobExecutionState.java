package io.blinkreactor.blaxel;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A state of a job execution, which the vendor calls its status. The set is open: the documented
 * values are constants, and any other is kept as it came. Equal without regard to case; {@code
 * completed}, which the vendor's prose and tests use, equals {@link #SUCCEEDED}.
 */
public final class JobExecutionState {

  /** Waits for capacity. */
  public static final JobExecutionState QUEUED = new JobExecutionState("queued");

  /** Accepted, not running yet. */
  public static final JobExecutionState PENDING = new JobExecutionState("pending");

  /** Runs. */
  public static final JobExecutionState RUNNING = new JobExecutionState("running");

  /** Being cancelled: tasks in progress go on to their end, no new ones start. */
  public static final JobExecutionState CANCELLING = new JobExecutionState("cancelling");

  /** Ended by somebody. */
  public static final JobExecutionState CANCELLED = new JobExecutionState("cancelled");

  /** Ended with an error. */
  public static final JobExecutionState FAILED = new JobExecutionState("failed");

  /** Ended well. */
  public static final JobExecutionState SUCCEEDED = new JobExecutionState("succeeded");

  /**
   * Ended by its time limit. That it ends an execution follows from its meaning; the vendor's own
   * clients overlook it and wait on.
   */
  public static final JobExecutionState TIMEOUT = new JobExecutionState("timeout");

  private static final List<JobExecutionState> KNOWN =
      List.of(QUEUED, PENDING, RUNNING, CANCELLING, CANCELLED, FAILED, SUCCEEDED, TIMEOUT);

  private static final Set<JobExecutionState> TERMINAL =
      Set.of(CANCELLED, FAILED, SUCCEEDED, TIMEOUT);

  private final String name;
  private final String meaning;

  private JobExecutionState(String name) {
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
  public static JobExecutionState of(String name) {
    requireNonNull(name, "name");
    for (JobExecutionState known : KNOWN) {
      if (known.name.equals(name)) {
        return known;
      }
    }
    return new JobExecutionState(name);
  }

  /** {@return the vendor's word, spelt as it came} */
  public String name() {
    return name;
  }

  /** {@return whether an execution in this state has ended; false for states that are not known} */
  public boolean isTerminal() {
    return TERMINAL.contains(this);
  }

  /** The one word for all spellings. */
  String meaning() {
    return meaning;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof JobExecutionState that && meaning.equals(that.meaning);
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
