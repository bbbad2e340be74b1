package io.blinkreactor.blinkops;

import io.blinkreactor.JsonValue;
import io.blinkreactor.internal.json.Document;
import io.blinkreactor.internal.json.Shape;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One step of an execution. Every member may be absent, and is null then. The members are the union
 * of the vendor's specification of 2022 and of what its client used in 2026; which of them the
 * vendor sends today is not documented.
 */
public final class ExecutionStep {

  private static final Shape SHAPE = new Shape();

  private static final Shape.Field<String> ID = SHAPE.text("id");
  private static final Shape.Field<String> CMD_ID = SHAPE.text("cmd_id");
  private static final Shape.Field<Instant> CREATED_AT = SHAPE.epochMillis("created_at");
  private static final Shape.Field<String> CREATED_BY = SHAPE.text("created_by");
  private static final Shape.Field<JsonValue> ERROR_DATA = SHAPE.json("error_data");
  private static final Shape.Field<String> EXECUTION_ID = SHAPE.text("execution_id");
  private static final Shape.Field<Instant> FINISHED_AT = SHAPE.epochMillis("finished_at");
  private static final Shape.Field<JsonValue> INPUT_DATA = SHAPE.json("input_data");
  private static final Shape.Field<JsonValue> INPUT_PARAMETERS = SHAPE.json("input_parameters");
  private static final Shape.Field<JsonValue> OUTPUT_DATA = SHAPE.json("output_data");
  private static final Shape.Field<String> RUNNER = SHAPE.text("runner");
  private static final Shape.Field<Instant> STARTED_AT = SHAPE.epochMillis("started_at");
  private static final Shape.Field<String> STATE = SHAPE.text("state");
  private static final Shape.Field<String> STEP_ID = SHAPE.text("step_id");
  private static final Shape.Field<String> SUBFLOW_EXECUTION_ID =
      SHAPE.text("subflow_execution_id");
  private static final Shape.Field<String> TENANT_ID = SHAPE.text("tenant_id");
  private static final Shape.Field<Instant> UPDATED_AT = SHAPE.epochMillis("updated_at");
  private static final Shape.Field<String> UPDATED_BY = SHAPE.text("updated_by");

  private final Document document;

  private ExecutionStep(Document document) {
    this.document = document;
  }

  static ExecutionStep decode(byte[] json) {
    return new ExecutionStep(SHAPE.decode(json));
  }

  /** {@return the row's id, or null} */
  public @Nullable String id() {
    return document.get(ID);
  }

  /** {@return the command's id, or null} */
  public @Nullable String cmdId() {
    return document.get(CMD_ID);
  }

  /** {@return when it was created, or null} */
  public @Nullable Instant createdAt() {
    return document.get(CREATED_AT);
  }

  /** {@return who created it, or null} */
  public @Nullable String createdBy() {
    return document.get(CREATED_BY);
  }

  /** {@return the step's error, or null} */
  public @Nullable JsonValue errorData() {
    return document.get(ERROR_DATA);
  }

  /** {@return the execution it belongs to, or null} */
  public @Nullable String executionId() {
    return document.get(EXECUTION_ID);
  }

  /** {@return when it ended, or null} */
  public @Nullable Instant finishedAt() {
    return document.get(FINISHED_AT);
  }

  /** {@return its input, as the vendor named it in 2022, or null} */
  public @Nullable JsonValue inputData() {
    return document.get(INPUT_DATA);
  }

  /** {@return its input, as the vendor's client of 2026 names it, or null} */
  public @Nullable JsonValue inputParameters() {
    return document.get(INPUT_PARAMETERS);
  }

  /** {@return its output, or null} */
  public @Nullable JsonValue outputData() {
    return document.get(OUTPUT_DATA);
  }

  /** {@return the runner, or null} */
  public @Nullable String runner() {
    return document.get(RUNNER);
  }

  /** {@return when it started, or null} */
  public @Nullable Instant startedAt() {
    return document.get(STARTED_AT);
  }

  /** {@return its state; the values are not documented, or null} */
  public @Nullable String state() {
    return document.get(STATE);
  }

  /** {@return the step's id in the workflow, or null} */
  public @Nullable String stepId() {
    return document.get(STEP_ID);
  }

  /** {@return the execution that it started, or null} */
  public @Nullable String subflowExecutionId() {
    return document.get(SUBFLOW_EXECUTION_ID);
  }

  /** {@return the tenant, or null} */
  public @Nullable String tenantId() {
    return document.get(TENANT_ID);
  }

  /** {@return when it was last changed, or null} */
  public @Nullable Instant updatedAt() {
    return document.get(UPDATED_AT);
  }

  /** {@return who changed it last, or null} */
  public @Nullable String updatedBy() {
    return document.get(UPDATED_BY);
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

  /** {@return step id and state, without inputs or outputs} */
  @Override
  public String toString() {
    return "ExecutionStep[stepId=" + stepId() + ", state=" + state() + "]";
  }
}
