package io.blinkreactor.blaxel;

import io.blinkreactor.blaxel.ListPart.End;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One page of an execution's tasks.
 *
 * @param tasks the tasks, in the vendor's order
 * @param nextCursor the cursor of the next page; null on the last one
 * @param hasMore whether the vendor says that more follow, or null
 * @param total how many there are, or null
 */
public record JobTaskPage(
    List<JobTask> tasks,
    @Nullable String nextCursor,
    @Nullable Boolean hasMore,
    @Nullable Long total) {

  static JobTaskPage of(List<JobTask> tasks, End<JobTask> end) {
    return new JobTaskPage(tasks, end.nextCursor(), end.hasMore(), end.total());
  }
}
