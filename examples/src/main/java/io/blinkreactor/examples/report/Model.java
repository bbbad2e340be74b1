package io.blinkreactor.examples.report;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a report says. Every text in it is as it came, so it is escaped where it is written.
 *
 * @param made when the report was made
 * @param complete whether these are all that the archive will have
 * @param runs how many runs there are
 * @param first the first run's time; null if no run has one
 * @param last the last run's time; null if no run has one
 * @param finished how many have ended
 * @param states how many there are of each state, in the order of the chart
 * @param timeline the runs over time, by state
 * @param busiest the playbooks with the most runs
 * @param slowest the playbooks with the longest runs
 * @param failed how many runs failed, timed out or have an error code
 * @param failures these by error code
 * @param gaps what is missing
 */
record Model(
    Instant made,
    boolean complete,
    long runs,
    @Nullable Instant first,
    @Nullable Instant last,
    long finished,
    List<State> states,
    Timeline timeline,
    Top<Busy> busiest,
    Top<Durations> slowest,
    long failed,
    Top<Failure> failures,
    Gaps gaps) {

  /**
   * One band of the chart.
   *
   * @param name the state as it came
   * @param known whether we know what it means
   * @param slot its colour
   * @param runs how many runs are in it
   */
  record State(String name, boolean known, Slot slot, long runs) {}

  /**
   * Runs over time.
   *
   * @param unit what a bar stands for
   * @param bars one after the other without a gap; empty if no run has a time
   */
  record Timeline(Unit unit, List<Bar> bars) {}

  /**
   * One bar of the chart.
   *
   * @param start when its time begins, in UTC
   * @param counts how many runs, in the order of the states
   */
  record Bar(LocalDateTime start, List<Long> counts) {
    long total() {
      return counts.stream().mapToLong(Long::longValue).sum();
    }
  }

  /**
   * The first of a ranking.
   *
   * @param rows the first ones
   * @param others how many more there are; at least as many if not all could be told apart
   * @param all whether that number is exact
   * @param rest the others in one; null if there are none
   */
  record Top<T>(List<T> rows, int others, boolean all, @Nullable T rest) {}

  /**
   * How often a playbook ran.
   *
   * @param name its newest name
   * @param runs how many runs
   * @param finished how many of them have ended
   * @param completed how many of them have ended well
   * @param trend the runs over time, in equal parts of the report's time
   */
  record Busy(String name, long runs, long finished, long completed, List<Integer> trend) {}

  /**
   * How long a playbook's runs took, from start to end.
   *
   * @param name its newest name
   * @param runs how many runs have both
   * @param median the time that half of them took at most
   * @param p95 the time that 95 of 100 took at most
   * @param longest the longest
   */
  record Durations(String name, long runs, Duration median, Duration p95, Duration longest) {}

  /**
   * An error code.
   *
   * @param code the code; empty if there was none
   * @param runs how many runs ended with it
   * @param example the newest run's message; empty if there is none
   * @param playbooks where it happened most often
   * @param morePlaybooks in how many others it happened
   * @param allPlaybooks whether these are all; else there are more
   */
  record Failure(
      String code,
      long runs,
      String example,
      List<Share> playbooks,
      int morePlaybooks,
      boolean allPlaybooks) {}

  /** How many of something a playbook has. */
  record Share(String name, long runs) {}

  /**
   * What is missing.
   *
   * @param timeless runs that say neither when they were created nor when they started
   * @param unfinished runs that have not ended
   * @param unmeasured runs that have ended but do not say when they started or when they ended
   * @param backwards runs that ended before they started
   * @param grouped the names of states that had to share one band
   * @param playbookLimit how many playbooks are told apart; 0 if that was enough
   * @param codeLimit how many error codes are told apart; 0 if that was enough
   */
  record Gaps(
      long timeless,
      long unfinished,
      long unmeasured,
      long backwards,
      List<String> grouped,
      int playbookLimit,
      int codeLimit) {}
}
