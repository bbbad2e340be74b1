package io.blinkreactor.testkit;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One Blaxel execution in the emulator's own terms, immutable. {@link BlaxelView} says how it looks
 * on the wire and makes up the rest from the index, so that long histories stay small.
 *
 * @param status as documented, whatever the wire shows
 * @param tasks how many tasks it has
 * @param index what the made-up members are worked out from
 * @param given members that a caller has chosen, in the shape of the wire; a null leaves one out
 */
record BlaxelRow(
    String id,
    String job,
    String workspace,
    String status,
    Instant createdAt,
    @Nullable Instant startedAt,
    @Nullable Instant completedAt,
    Instant updatedAt,
    @Nullable Instant expiredAt,
    @Nullable Instant deletedAt,
    int tasks,
    long index,
    Map<String, @Nullable Object> given) {

  static final List<String> FINAL = List.of("succeeded", "failed", "cancelled", "timeout");

  boolean isFinished() {
    return completedAt != null;
  }

  /** Whether it is deleted or expired. */
  boolean isGone(Instant now) {
    return deletedAt != null || (expiredAt != null && !expiredAt.isAfter(now));
  }

  BlaxelRow at(String nextStatus, Instant now) {
    return with(nextStatus, startedAt, completedAt, now);
  }

  BlaxelRow started(Instant now) {
    return with("running", now, null, now);
  }

  BlaxelRow ended(String endStatus, Instant now) {
    return with(endStatus, startedAt, now, now);
  }

  private BlaxelRow with(
      String nextStatus, @Nullable Instant started, @Nullable Instant completed, Instant updated) {
    return new BlaxelRow(
        id,
        job,
        workspace,
        nextStatus,
        createdAt,
        started,
        completed,
        updated,
        expiredAt,
        deletedAt,
        tasks,
        index,
        given);
  }
}
