package io.blinkreactor.blinkops;

import io.blinkreactor.JsonValue;
import io.blinkreactor.completion.UntrustedPayload;
import io.blinkreactor.internal.completion.Look;
import io.blinkreactor.internal.completion.Vendor;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** What the completion engine needs to know of BlinkOps; a target is a playbook's id, or empty. */
final class RunVendor implements Vendor<ExecutionDetails> {

  /** As many UUIDs as keep the URL under 3.5 KB. */
  private static final int MOST_IDS = 40;

  private static final int SEARCHED_PAGE = 50;

  /** Rows beyond which a search is given up for this time. */
  private static final int MOST_SEARCHED = 1_000;

  private static final List<String> HINTS = List.of("execution_id", "id");

  /** What may become part of a path; the ids of BlinkOps are UUIDs. */
  private static final Pattern ID = Pattern.compile("[A-Za-z0-9_-]{1,64}");

  private final BlinkOpsApi api;

  RunVendor(BlinkOpsApi api) {
    this.api = api;
  }

  @Override
  public String describe(String target) {
    return target.isEmpty() ? "a run started elsewhere" : "a run of playbook " + target;
  }

  @Override
  public Mono<Look<ExecutionDetails>> look(String target, String executionId) {
    return api.get(executionId, false).map(RunVendor::look);
  }

  private static Look<ExecutionDetails> look(ExecutionDetails execution) {
    ExecutionState state = execution.effectiveState();
    // The set of states is open, that of metric tags must not be.
    String outcome = state.isTerminal() ? state.name().toLowerCase(Locale.ROOT) : "other";
    return new Look<>(
        execution,
        execution.playbookId(),
        state.name(),
        outcome,
        execution.isFinished(),
        state.equals(ExecutionState.COMPLETED),
        execution.createdAt(),
        Look.took(execution.createdAt(), execution.finishedAt()));
  }

  @Override
  public Mono<Void> cancel(String target, String executionId) {
    return api.cancel(executionId);
  }

  @Override
  public int mostAtOnce() {
    return MOST_IDS;
  }

  /** A run that the list does not have may be too new or too old for it, so it wants a look. */
  @Override
  public Mono<Set<String>> goingOn(List<String> executionIds) {
    Rql ids =
        Rql.anyOf(executionIds.stream().map(id -> Rql.where("id").eq(id)).toArray(Rql[]::new));
    return api.list(ids.select("id", "state", "finished_at").limit(executionIds.size()))
        .map(
            page -> {
              Set<String> goingOn = new HashSet<>();
              for (Execution execution : page.executions()) {
                String id = execution.id();
                if (id != null && !execution.isFinished()) {
                  goingOn.add(id);
                }
              }
              return goingOn;
            });
  }

  /** The order of a list that can't be sorted by time of creation is close enough. */
  @Override
  public Flux<String> created(String target, Instant from, Instant to) {
    return new Executions(api)
        .find(Rql.where("playbook_id").eq(target).select("id", "created_at"))
        .pageSize(SEARCHED_PAGE)
        .items()
        .takeWhile(execution -> !isBefore(execution, from))
        .take(MOST_SEARCHED)
        .filter(execution -> !isAfter(execution, to))
        .mapNotNull(Execution::id);
  }

  private static boolean isBefore(Execution execution, Instant time) {
    Instant created = execution.createdAt();
    return created != null && created.isBefore(time);
  }

  private static boolean isAfter(Execution execution, Instant time) {
    Instant created = execution.createdAt();
    return created != null && created.isAfter(time);
  }

  @Override
  public @Nullable String hint(UntrustedPayload payload) {
    try {
      Map<?, ?> members = JsonValue.parse(payload.text()).as(Map.class);
      for (String name : HINTS) {
        if (members != null && members.get(name) instanceof String id && ID.matcher(id).matches()) {
          return id;
        }
      }
      return null;
    } catch (IllegalArgumentException noObject) {
      return null;
    }
  }
}
