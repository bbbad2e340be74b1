package io.blinkreactor.examples;

import io.blinkreactor.blaxel.BlaxelClient;
import io.blinkreactor.blaxel.CreateJobExecution;
import io.blinkreactor.blaxel.JobExecution;
import io.blinkreactor.blaxel.JobExecutionState;
import io.blinkreactor.blaxel.JobRuns;
import io.blinkreactor.completion.Completion;
import io.blinkreactor.completion.RunHandle;
import java.util.List;
import java.util.Map;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The second vendor: runs a Blaxel job, and then prints the ids of its executions that failed.
 *
 * <p>Takes {@code BL_API_KEY} or {@code BL_CLIENT_CREDENTIALS}, {@code BL_WORKSPACE} and {@code
 * BL_API_URL} from the environment, and the job's name as its argument.
 */
public final class JobsExample {

  private JobsExample() {}

  /**
   * Runs the example.
   *
   * @param args the job's name
   */
  public static void main(String... args) {
    try (BlaxelClient blaxel = BlaxelClient.builder().environment(System.getenv()).build();
        JobRuns runs = blaxel.runs().build()) {
      run(runs, args[0])
          .doOnNext(end -> System.out.println(end.executionId() + " " + end.execution().state()))
          .block();
      failed(blaxel, args[0]).doOnNext(e -> System.out.println(e.id())).blockLast();
    }
  }

  static Flux<JobExecution> failed(BlaxelClient blaxel, String job) {
    // readme: jobs
    Flux<JobExecution> failed =
        blaxel
            .job(job)
            .executions()
            .items()
            .filter(e -> e.state().equals(JobExecutionState.FAILED));
    // readme: end
    return failed;
  }

  static Mono<Completion<JobExecution>> run(JobRuns runs, String job) {
    // readme: run-job
    Mono<Completion<JobExecution>> ended =
        runs.start(job, CreateJobExecution.tasks(List.of(Map.of("input", "a"))))
            .flatMap(RunHandle::completion); // Blaxel calls nobody back, so it is looked at
    // readme: end
    return ended;
  }
}
