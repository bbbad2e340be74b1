package io.blinkreactor.blaxel;

import io.blinkreactor.JsonValue;
import io.blinkreactor.internal.json.Document;
import io.blinkreactor.internal.json.Shape;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Something the vendor has to say about a task. Every member may be absent, and is null then; their
 * values are not documented.
 */
public final class JobTaskCondition {

  static final Shape SHAPE = new Shape();

  private static final Shape.Field<String> EXECUTION_REASON = SHAPE.text("executionReason");
  private static final Shape.Field<String> MESSAGE = SHAPE.text("message");
  private static final Shape.Field<String> REASON = SHAPE.text("reason");
  private static final Shape.Field<String> SEVERITY = SHAPE.text("severity");
  private static final Shape.Field<String> STATE = SHAPE.text("state");
  private static final Shape.Field<String> TYPE = SHAPE.text("type");

  private final Document document;

  JobTaskCondition(Document document) {
    this.document = document;
  }

  /** {@return the execution's reason, or null} */
  public @Nullable String executionReason() {
    return document.get(EXECUTION_REASON);
  }

  /** {@return the message, or null} */
  public @Nullable String message() {
    return document.get(MESSAGE);
  }

  /** {@return the reason, or null} */
  public @Nullable String reason() {
    return document.get(REASON);
  }

  /** {@return the severity, or null} */
  public @Nullable String severity() {
    return document.get(SEVERITY);
  }

  /** {@return the condition's own state, or null} */
  public @Nullable String state() {
    return document.get(STATE);
  }

  /** {@return the kind of condition, or null} */
  public @Nullable String type() {
    return document.get(TYPE);
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

  /** {@return type, state and reason} */
  @Override
  public String toString() {
    return "JobTaskCondition[type=" + type() + ", state=" + state() + ", reason=" + reason() + "]";
  }
}
