package io.blinkreactor.blinkops;

import io.blinkreactor.JsonValue;
import io.blinkreactor.internal.json.Document;
import io.blinkreactor.internal.json.Shape;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One run of a workflow, as a list shows it (schema {@code PlaybookExecution} of the vendor's
 * current pages). Every member may be absent, and is null then; times that the vendor gives as 0
 * are null too. A member of another type than documented is null here and found in {@link
 * #unknownMembers()}.
 *
 * <p>Immutable and safe for use by many threads. It keeps the bytes it came as, so that writing it
 * out again changes nothing.
 */
public sealed class Execution permits ExecutionDetails {

  static final Shape SHAPE = new Shape();

  private static final Shape.Field<String> APP_ID = SHAPE.text("app_id");
  private static final Shape.Field<String> ASYNC_PARENT_EXECUTION_ID =
      SHAPE.text("async_parent_execution_id");
  private static final Shape.Field<String> CANCEL_REASON = SHAPE.text("cancel_reason");
  private static final Shape.Field<Instant> CREATED_AT = SHAPE.epochMillis("created_at");
  private static final Shape.Field<String> CREATED_BY = SHAPE.text("created_by");
  private static final Shape.Field<String> CTRL_ID = SHAPE.text("ctrl_id");
  private static final Shape.Field<Long> DRAFT_EXECUTION_NUMBER =
      SHAPE.integer("draft_execution_number");
  private static final Shape.Field<String> ENGINE_V2_COMPILE_ERROR =
      SHAPE.text("engine_v2_compile_error");
  private static final Shape.Field<String> ENGINE_VERSION = SHAPE.text("engine_version");
  private static final Shape.Field<Map<String, String>> ERROR_DETAILS =
      SHAPE.texts("error_details");
  private static final Shape.Field<Long> EXECUTION_DEPTH = SHAPE.integer("execution_depth");
  private static final Shape.Field<Long> EXECUTION_NUMBER = SHAPE.integer("execution_number");
  private static final Shape.Field<Instant> FINISHED_AT = SHAPE.epochMillis("finished_at");
  private static final Shape.Field<String> ID = SHAPE.text("id");
  private static final Shape.Field<String> LAST_PLAYBOOK_NAME = SHAPE.text("last_playbook_name");
  private static final Shape.Field<String> NAME = SHAPE.text("name");
  private static final Shape.Field<Long> NET_RUNTIME_MS = SHAPE.integer("net_runtime_ms");
  private static final Shape.Field<String> PARENT_EXECUTION_ID = SHAPE.text("parent_execution_id");
  private static final Shape.Field<String> PLAYBOOK = SHAPE.text("playbook");
  private static final Shape.Field<String> PLAYBOOK_ID = SHAPE.text("playbook_id");
  private static final Shape.Field<String> RUNNER_CLUSTER_VERSION =
      SHAPE.text("runner_cluster_version");
  private static final Shape.Field<String> RUNNER_GROUP_ID = SHAPE.text("runner_group_id");
  private static final Shape.Field<String> RUNNER_ID = SHAPE.text("runner_id");
  private static final Shape.Field<String> RUNNER_VERSION = SHAPE.text("runner_version");
  private static final Shape.Field<Instant> STARTED_AT = SHAPE.epochMillis("started_at");
  private static final Shape.Field<String> STATE = SHAPE.text("state");
  private static final Shape.Field<String> STATE_UI = SHAPE.text("state_ui");
  private static final Shape.Field<Map<String, Long>> STEP_RESULTS = SHAPE.integers("step_results");
  private static final Shape.Field<String> TENANT_ID = SHAPE.text("tenant_id");
  private static final Shape.Field<String> TEST_SESSION_ID = SHAPE.text("test_session_id");
  private static final Shape.Field<Long> TIMEOUT = SHAPE.integer("timeout");
  private static final Shape.Field<String> TOP_EXECUTION_ID = SHAPE.text("top_execution_id");
  private static final Shape.Field<Instant> TOP_EXECUTION_STARTED_AT =
      SHAPE.epochMillis("top_execution_started_at");
  private static final Shape.Field<String> TRIGGER_TYPE = SHAPE.text("trigger_type");
  private static final Shape.Field<String> TYPE = SHAPE.text("type");
  private static final Shape.Field<Instant> UPDATED_AT = SHAPE.epochMillis("updated_at");
  private static final Shape.Field<String> UPDATED_BY = SHAPE.text("updated_by");
  private static final Shape.Field<String> VERSION = SHAPE.text("version");
  private static final Shape.Field<Boolean> WITH_CONCURRENCY_LIMIT =
      SHAPE.bool("with_concurrency_limit");
  private static final Shape.Field<String> WORKSPACE_ID = SHAPE.text("workspace_id");

  final Document document;

  Execution(Document document) {
    this.document = document;
  }

  /**
   * Reads an execution, for example from an archive or in a test.
   *
   * @param json a JSON object
   * @return the execution
   * @throws IllegalArgumentException if the text is not a JSON object
   */
  public static Execution parse(String json) {
    return decode(json.getBytes(StandardCharsets.UTF_8));
  }

  static Execution decode(byte[] json) {
    return new Execution(SHAPE.decode(json));
  }

  /** {@return {@link #stateUi()}, else {@link #state()}, else a state with an empty name} */
  public ExecutionState effectiveState() {
    return effective(document.get(STATE_UI), document.get(STATE));
  }

  private static ExecutionState effective(@Nullable String ui, @Nullable String raw) {
    return ExecutionState.of(ui != null ? ui : raw != null ? raw : "");
  }

  /**
   * {@return whether the run has ended: its state is terminal, or it has an end time and is not
   * paused} That an end time ends a run whose state we don't know is an assumption.
   */
  public boolean isFinished() {
    return isFinished(document.get(STATE_UI), document.get(STATE), finishedAt() != null);
  }

  static boolean isFinished(
      @Nullable String stateUi, @Nullable String rawState, boolean hasEndTime) {
    ExecutionState state = effective(stateUi, rawState);
    return state.isTerminal() || (hasEndTime && !state.equals(ExecutionState.PAUSED));
  }

  /** {@return the app's id, or null} */
  public @Nullable String appId() {
    return document.get(APP_ID);
  }

  /** {@return the execution that started this one without waiting for it, or null} */
  public @Nullable String asyncParentExecutionId() {
    return document.get(ASYNC_PARENT_EXECUTION_ID);
  }

  /** {@return why it was cancelled, or null} */
  public @Nullable String cancelReason() {
    return document.get(CANCEL_REASON);
  }

  /**
   * {@return when it was created; the unit, milliseconds, is an assumption that the vendor's client
   * supports for the start and the end, or null}
   */
  public @Nullable Instant createdAt() {
    return document.get(CREATED_AT);
  }

  /** {@return who created it, or null} */
  public @Nullable String createdBy() {
    return document.get(CREATED_BY);
  }

  /** {@return the controller's id, or null} */
  public @Nullable String ctrlId() {
    return document.get(CTRL_ID);
  }

  /** {@return its number among the draft's executions, or null} */
  public @Nullable Long draftExecutionNumber() {
    return document.get(DRAFT_EXECUTION_NUMBER);
  }

  /** {@return the compile error of the workflow engine, or null} */
  public @Nullable String engineV2CompileError() {
    return document.get(ENGINE_V2_COMPILE_ERROR);
  }

  /** {@return the preferred version of the workflow engine, or null} */
  public @Nullable String engineVersion() {
    return document.get(ENGINE_VERSION);
  }

  /**
   * {@return details of the error; the vendor's client uses {@code message} and {@code error_code},
   * or null}
   */
  public @Nullable Map<String, String> errorDetails() {
    return document.get(ERROR_DETAILS);
  }

  /** {@return how deep it is nested in other executions, or null} */
  public @Nullable Long executionDepth() {
    return document.get(EXECUTION_DEPTH);
  }

  /**
   * {@return its number among the workflow's executions, unique together with the playbook id, or
   * null}
   */
  public @Nullable Long executionNumber() {
    return document.get(EXECUTION_NUMBER);
  }

  /** {@return when it ended, or null} */
  public @Nullable Instant finishedAt() {
    return document.get(FINISHED_AT);
  }

  /** {@return its id, a UUID, or null} */
  public @Nullable String id() {
    return document.get(ID);
  }

  /** {@return the workflow's name, kept for display once the workflow is deleted, or null} */
  public @Nullable String lastPlaybookName() {
    return document.get(LAST_PLAYBOOK_NAME);
  }

  /** {@return its name, or null} */
  public @Nullable String name() {
    return document.get(NAME);
  }

  /** {@return milliseconds of run time without pauses, or null} */
  public @Nullable Long netRuntimeMs() {
    return document.get(NET_RUNTIME_MS);
  }

  /** {@return the execution that started this one, or null} */
  public @Nullable String parentExecutionId() {
    return document.get(PARENT_EXECUTION_ID);
  }

  /** {@return the workflow's text, or null} */
  public @Nullable String playbook() {
    return document.get(PLAYBOOK);
  }

  /** {@return the workflow's id, or null} */
  public @Nullable String playbookId() {
    return document.get(PLAYBOOK_ID);
  }

  /** {@return the version of the runner cluster, or null} */
  public @Nullable String runnerClusterVersion() {
    return document.get(RUNNER_CLUSTER_VERSION);
  }

  /** {@return the runner group, or null} */
  public @Nullable String runnerGroupId() {
    return document.get(RUNNER_GROUP_ID);
  }

  /** {@return the runner; may be empty, or null} */
  public @Nullable String runnerId() {
    return document.get(RUNNER_ID);
  }

  /** {@return the runner's version, or null} */
  public @Nullable String runnerVersion() {
    return document.get(RUNNER_VERSION);
  }

  /** {@return when it started, or null} */
  public @Nullable Instant startedAt() {
    return document.get(STARTED_AT);
  }

  /** {@return its raw state; the vocabulary is not documented, or null} */
  public @Nullable ExecutionState state() {
    return state(document.get(STATE));
  }

  /** {@return its state as the vendor's user interface shows it, or null} */
  public @Nullable ExecutionState stateUi() {
    return state(document.get(STATE_UI));
  }

  /** {@return numbers by step; what the keys mean is not documented, or null} */
  public @Nullable Map<String, Long> stepResults() {
    return document.get(STEP_RESULTS);
  }

  /** {@return the tenant, or null} */
  public @Nullable String tenantId() {
    return document.get(TENANT_ID);
  }

  /** {@return the test session, or null} */
  public @Nullable String testSessionId() {
    return document.get(TEST_SESSION_ID);
  }

  /** {@return its time limit in milliseconds, or null} */
  public @Nullable Long timeout() {
    return document.get(TIMEOUT);
  }

  /** {@return the outermost execution, or null} */
  public @Nullable String topExecutionId() {
    return document.get(TOP_EXECUTION_ID);
  }

  /** {@return when the outermost execution started, or null} */
  public @Nullable Instant topExecutionStartedAt() {
    return document.get(TOP_EXECUTION_STARTED_AT);
  }

  /** {@return what triggered it, or null} */
  public @Nullable String triggerType() {
    return document.get(TRIGGER_TYPE);
  }

  /** {@return its type, or null} */
  public @Nullable String type() {
    return document.get(TYPE);
  }

  /** {@return when it was last changed, or null} */
  public @Nullable Instant updatedAt() {
    return document.get(UPDATED_AT);
  }

  /** {@return who changed it last, or null} */
  public @Nullable String updatedBy() {
    return document.get(UPDATED_BY);
  }

  /** {@return the workflow's version, or null} */
  public @Nullable String version() {
    return document.get(VERSION);
  }

  /** {@return whether a concurrency limit applies, or null} */
  public @Nullable Boolean withConcurrencyLimit() {
    return document.get(WITH_CONCURRENCY_LIMIT);
  }

  /** {@return the workspace, or null} */
  public @Nullable String workspaceId() {
    return document.get(WORKSPACE_ID);
  }

  /**
   * {@return the members that this version of the library does not know, or not with the type they
   * have, by name}
   */
  public Map<String, JsonValue> unknownMembers() {
    return document.unknown();
  }

  /** {@return the object exactly as the vendor sent it, unknown members included} */
  public JsonValue json() {
    return document.json();
  }

  private static @Nullable ExecutionState state(@Nullable String name) {
    return name == null ? null : ExecutionState.of(name);
  }

  /** {@return whether the other one is an execution with the same text} */
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Execution that && that.json().equals(json());
  }

  @Override
  public int hashCode() {
    return json().hashCode();
  }

  /** {@return id and state, without inputs or other contents} */
  @Override
  public String toString() {
    return getClass().getSimpleName() + "[id=" + id() + ", state=" + effectiveState() + "]";
  }
}
