package io.blinkreactor.blinkops;

import io.blinkreactor.JsonValue;
import io.blinkreactor.internal.json.Document;
import io.blinkreactor.internal.json.Shape;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One run of a workflow in full (schema {@code PlaybookExecutionWithSubflowNames} of the vendor's
 * current pages): all that a list shows, and inputs, event and names. A workflow's output is not
 * among the members that the vendor documents here.
 */
public final class ExecutionDetails extends Execution {

  static final Shape SHAPE = new Shape(Execution.SHAPE);

  private static final Shape.Field<String> DISPLAY_NAME = SHAPE.text("display_name");
  private static final Shape.Field<Long> DURATION = SHAPE.integer("duration");
  private static final Shape.Field<JsonValue> EVENT = SHAPE.json("event");
  private static final Shape.Field<String> INPUT_VALUES_ORIGIN_EXEC_ID =
      SHAPE.text("input_values_origin_exec_id");
  private static final Shape.Field<JsonValue> INPUTS = SHAPE.json("inputs");
  private static final Shape.Field<String> PACK_ID = SHAPE.text("pack_id");
  private static final Shape.Field<Boolean> PLAYBOOK_DELETED = SHAPE.bool("playbook_deleted");
  private static final Shape.Field<String> PLAYBOOK_NAME = SHAPE.text("playbook_name");
  private static final Shape.Field<String> SCHEDULED_TRIGGER_TIMEZONE =
      SHAPE.text("scheduled_trigger_timezone");
  private static final Shape.Field<Map<String, String>> SUBFLOWS_REFERENCE_TO_NAME_MAPPING =
      SHAPE.texts("subflows_reference_to_name_mapping");

  private ExecutionDetails(Document document) {
    super(document);
  }

  /**
   * Reads an execution in full, for example in a test.
   *
   * @param json a JSON object
   * @return the execution
   * @throws IllegalArgumentException if the text is not a JSON object
   */
  public static ExecutionDetails parse(String json) {
    return decode(json.getBytes(StandardCharsets.UTF_8));
  }

  static ExecutionDetails decode(byte[] json) {
    return new ExecutionDetails(SHAPE.decode(json));
  }

  /** {@return its name for display, or null} */
  public @Nullable String displayName() {
    return document.get(DISPLAY_NAME);
  }

  /** {@return milliseconds it took, or null} */
  public @Nullable Long duration() {
    return document.get(DURATION);
  }

  /** {@return the payload of the event that triggered it, or null} */
  public @Nullable JsonValue event() {
    return document.get(EVENT);
  }

  /** {@return the execution that its inputs were taken from, or null} */
  public @Nullable String inputValuesOriginExecId() {
    return document.get(INPUT_VALUES_ORIGIN_EXEC_ID);
  }

  /** {@return its inputs, or null} */
  public @Nullable JsonValue inputs() {
    return document.get(INPUTS);
  }

  /** {@return the workflow's pack, or null} */
  public @Nullable String packId() {
    return document.get(PACK_ID);
  }

  /** {@return whether the workflow is deleted, or null} */
  public @Nullable Boolean playbookDeleted() {
    return document.get(PLAYBOOK_DELETED);
  }

  /** {@return the workflow's name, or null} */
  public @Nullable String playbookName() {
    return document.get(PLAYBOOK_NAME);
  }

  /** {@return the time zone of its schedule, such as {@code Europe/Paris}, or null} */
  public @Nullable String scheduledTriggerTimezone() {
    return document.get(SCHEDULED_TRIGGER_TIMEZONE);
  }

  /** {@return names of subflows by reference, or null} */
  public @Nullable Map<String, String> subflowsReferenceToNameMapping() {
    return document.get(SUBFLOWS_REFERENCE_TO_NAME_MAPPING);
  }
}
