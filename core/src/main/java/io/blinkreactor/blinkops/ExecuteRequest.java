package io.blinkreactor.blinkops;

import io.blinkreactor.JsonValue;
import io.blinkreactor.internal.json.Json;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What to start a workflow with. Immutable. Every member is optional (source: the vendor's page on
 * running a workflow).
 */
public final class ExecuteRequest {

  private static final ExecuteRequest EMPTY = builder().build();

  private final Map<String, Object> members;
  private final List<String> secrets;

  private ExecuteRequest(Map<String, Object> members, List<String> secrets) {
    this.members = members;
    this.secrets = secrets;
  }

  /** {@return a request without inputs} */
  public static ExecuteRequest empty() {
    return EMPTY;
  }

  /**
   * A request with inputs.
   *
   * @param inputs the workflow's inputs by name; any values that JSON can hold
   * @return the request
   */
  public static ExecuteRequest inputs(Map<String, ?> inputs) {
    return builder().inputs(inputs).build();
  }

  /** {@return an empty builder} */
  public static Builder builder() {
    return new Builder(Map.of(), List.of());
  }

  /** {@return a builder that starts with this request} */
  public Builder toBuilder() {
    return new Builder(members, secrets);
  }

  /** What the callback's headers and cookies hold: whoever knows it can pass for the vendor. */
  List<String> secrets() {
    return secrets;
  }

  boolean hasCallback() {
    return members.containsKey("callback");
  }

  /** {@return the JSON that is sent} */
  public JsonValue json() {
    return JsonValue.of(members);
  }

  /** {@return the names of the members that are set, without their values} */
  @Override
  public String toString() {
    return "ExecuteRequest" + members.keySet();
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof ExecuteRequest that && that.json().equals(json());
  }

  @Override
  public int hashCode() {
    return json().hashCode();
  }

  /** Collects the members; not for use by several threads. */
  public static final class Builder {

    private final Map<String, Object> members;
    private List<String> secrets;

    private Builder(Map<String, Object> members, List<String> secrets) {
      this.members = new LinkedHashMap<>(members);
      this.secrets = secrets;
    }

    /**
     * Sets whom the vendor calls when the run has ended. Awaited runs set their own.
     *
     * @param callback the callback
     * @return this builder
     */
    public Builder callback(ExecutionCallback callback) {
      this.secrets = callback.secrets();
      return put("callback", callback.members());
    }

    /**
     * Sets the event of an event-based workflow.
     *
     * @param event a value that is written as a JSON object: a map, a record, a bean, a {@link
     *     JsonValue}
     * @return this builder
     */
    public Builder event(Object event) {
      return put("event", object("event", event));
    }

    /**
     * Sets the workflow's inputs.
     *
     * @param inputs values by name; any that JSON can hold
     * @return this builder
     */
    public Builder inputs(Map<String, ?> inputs) {
      return put("input_values", object("inputs", inputs));
    }

    /**
     * Sets the earlier execution that this one runs again.
     *
     * @param executionId the earlier execution
     * @return this builder
     */
    public Builder pastExecution(String executionId) {
      return put("past_exec_ref", executionId);
    }

    /**
     * Sets the runner group.
     *
     * @param runnerGroup the runner group
     * @return this builder
     */
    public Builder runner(String runnerGroup) {
      return put("runner", runnerGroup);
    }

    /**
     * Sets the kind of trigger; its values are not documented.
     *
     * @param triggerType the kind of trigger
     * @return this builder
     */
    public Builder triggerType(String triggerType) {
      return put("trigger_type", triggerType);
    }

    /** {@return the request} */
    public ExecuteRequest build() {
      return new ExecuteRequest(Collections.unmodifiableMap(new LinkedHashMap<>(members)), secrets);
    }

    private Builder put(String name, Object value) {
      members.put(name, value);
      return this;
    }

    /**
     * Written at once, so that a value that JSON can't hold fails here and a later change of it has
     * no effect.
     */
    private static JsonValue object(String name, Object value) {
      JsonValue json = JsonValue.of(value);
      if (!Json.isObject(json)) {
        throw new IllegalArgumentException("'" + name + "' must be written as a JSON object.");
      }
      return json;
    }
  }
}
