package io.blinkreactor.blaxel;

import io.blinkreactor.internal.completion.Look;
import io.blinkreactor.internal.completion.Vendor;
import reactor.core.publisher.Mono;

/** What the completion engine needs to know of jobs; a target is a job's name. */
final class JobVendor implements Vendor<JobExecution> {

  private final BlaxelApi api;

  JobVendor(BlaxelApi api) {
    this.api = api;
  }

  @Override
  public String describe(String target) {
    return "a run of job " + target;
  }

  @Override
  public Mono<Look<JobExecution>> look(String target, String executionId) {
    return api.get(target, executionId).map(execution -> look(target, execution));
  }

  private static Look<JobExecution> look(String target, JobExecution execution) {
    JobExecutionState state = execution.state();
    // The set of states is open, that of metric tags must not be.
    String outcome = state.isTerminal() ? state.meaning() : "other";
    return new Look<>(
        execution,
        target,
        state.name(),
        outcome,
        execution.isFinished(),
        state.equals(JobExecutionState.SUCCEEDED),
        execution.createdAt(),
        Look.took(execution.createdAt(), execution.completedAt()));
  }

  @Override
  public Mono<Void> cancel(String target, String executionId) {
    return api.cancel(target, executionId).then();
  }
}
