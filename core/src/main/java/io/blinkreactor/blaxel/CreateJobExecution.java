package io.blinkreactor.blaxel;

import static io.blinkreactor.internal.OptionChecks.id;
import static io.blinkreactor.internal.OptionChecks.within;
import static java.util.Objects.requireNonNull;

import io.blinkreactor.JsonValue;
import io.blinkreactor.internal.json.Json;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What to start an execution with. Immutable. Every member is optional (source: schema {@code
 * CreateJobExecutionRequest} of the vendor's specification; the job and the workspace, which it has
 * too, are told by the call itself).
 */
public final class CreateJobExecution {

  /** Shorter values are so common that hiding them would make a refusal unreadable. */
  private static final int SHORTEST_SECRET = 4;

  private static final CreateJobExecution EMPTY = builder().build();

  private final Map<String, Object> members;
  private final List<String> secrets;

  private CreateJobExecution(Map<String, Object> members, List<String> secrets) {
    this.members = members;
    this.secrets = secrets;
  }

  /** {@return a request without any member} */
  public static CreateJobExecution empty() {
    return EMPTY;
  }

  /**
   * A request with tasks.
   *
   * @param tasks the tasks, each a value that is written as a JSON object: a map, a record, a bean,
   *     a {@link JsonValue}
   * @return the request
   */
  public static CreateJobExecution tasks(List<?> tasks) {
    Builder builder = builder();
    tasks.forEach(builder::task);
    return builder.build();
  }

  /** {@return an empty builder} */
  public static Builder builder() {
    return new Builder();
  }

  /** The values of the environment: the vendor masks them, so a refusal must not show them. */
  List<String> secrets() {
    return secrets;
  }

  /** {@return the JSON that is sent} */
  public JsonValue json() {
    return JsonValue.of(members);
  }

  /** {@return the names of the members that are set, without their values} */
  @Override
  public String toString() {
    return "CreateJobExecution" + members.keySet();
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof CreateJobExecution that && that.json().equals(json());
  }

  @Override
  public int hashCode() {
    return json().hashCode();
  }

  /** Collects the members; not for use by several threads. */
  public static final class Builder {

    private final Map<String, Object> members = new LinkedHashMap<>();
    private final List<JsonValue> tasks = new ArrayList<>();
    private List<String> secrets = List.of();

    private Builder() {}

    /**
     * Sets whether the execution may wait for capacity. If not, and there is none, nothing is
     * created and the call fails with {@link io.blinkreactor.RateLimitedException}.
     *
     * @param allow whether it may; true at the vendor by default
     * @return this builder
     */
    public Builder allowQueue(boolean allow) {
      members.put("allowQueue", allow);
      return this;
    }

    /**
     * Sets environment variables beyond, or in place of, the job's own.
     *
     * @param variables values by name
     * @return this builder
     */
    public Builder env(Map<String, String> variables) {
      Map<String, String> copy = new LinkedHashMap<>(variables);
      members.put("env", copy);
      secrets = copy.values().stream().filter(v -> v.length() >= SHORTEST_SECRET).toList();
      return this;
    }

    /**
     * Sets the execution's id, which the vendor makes up otherwise. What it answers to an id that
     * is taken is not documented.
     *
     * @param executionId the id
     * @return this builder
     */
    public Builder executionId(String executionId) {
      members.put("executionId", id(executionId));
      return this;
    }

    /**
     * Sets the memory.
     *
     * @param megabytes at most the job's own, at least 1
     * @return this builder
     */
    public Builder memory(int megabytes) {
      members.put("memory", within("memory", megabytes, 1, Integer.MAX_VALUE));
      return this;
    }

    /**
     * Sets the id of the message, the vendor's {@code id}; what it is used for is not documented.
     *
     * @param messageId the id
     * @return this builder
     */
    public Builder messageId(String messageId) {
      members.put("id", requireNonNull(messageId, "messageId"));
      return this;
    }

    /**
     * Adds a task.
     *
     * @param task a value that is written as a JSON object: a map, a record, a bean, a {@link
     *     JsonValue}
     * @return this builder
     */
    public Builder task(Object task) {
      // Written at once, so that a later change of it has no effect.
      JsonValue json = JsonValue.of(task);
      if (!Json.isObject(json)) {
        throw new IllegalArgumentException("A task must be written as a JSON object.");
      }
      tasks.add(json);
      return this;
    }

    /** {@return the request} */
    public CreateJobExecution build() {
      Map<String, Object> all = new LinkedHashMap<>(members);
      if (!tasks.isEmpty()) {
        all.put("tasks", List.copyOf(tasks));
      }
      return new CreateJobExecution(Collections.unmodifiableMap(all), secrets);
    }
  }
}
