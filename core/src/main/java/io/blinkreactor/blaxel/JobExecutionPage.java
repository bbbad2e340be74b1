package io.blinkreactor.blaxel;

import io.blinkreactor.blaxel.ListPart.End;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One page of a job's executions.
 *
 * @param executions the executions, in the vendor's order
 * @param contract the contract in which it was answered: {@link Contract#LEGACY}, where the next
 *     page is at the offset behind these executions, or {@link Contract#CURSOR}
 * @param nextCursor the cursor of the next page; null on the last one, and in the legacy contract
 * @param hasMore whether the vendor says that more follow; null in the legacy contract
 * @param total how many there are, whatever was searched for (whether in the job or in the
 *     workspace is not documented); null in the legacy contract
 */
public record JobExecutionPage(
    List<JobExecution> executions,
    Contract contract,
    @Nullable String nextCursor,
    @Nullable Boolean hasMore,
    @Nullable Long total) {

  static JobExecutionPage of(List<JobExecution> executions, End<JobExecution> end) {
    return new JobExecutionPage(
        executions, end.contract(), end.nextCursor(), end.hasMore(), end.total());
  }
}
