package io.blinkreactor.blaxel;

import io.blinkreactor.JsonValue;
import io.blinkreactor.internal.json.Document;
import io.blinkreactor.internal.json.Json;
import io.blinkreactor.internal.json.Shape;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One execution of a job (schema {@code JobExecution} of the vendor's specification). Every member
 * may be absent, and is null then. A member of another type than documented, or a time that is not
 * RFC 3339, is null here and found in {@link #unknownMembers()}.
 *
 * <p>Immutable and safe for use by many threads. It keeps the bytes it came as, so that writing it
 * out again changes nothing.
 */
public final class JobExecution {

  private static final Shape META = new Shape();
  private static final Shape.Field<String> CLUSTER = META.text("cluster");
  private static final Shape.Field<Instant> COMPLETED_AT = META.time("completedAt");
  private static final Shape.Field<Instant> CREATED_AT = META.time("createdAt");
  private static final Shape.Field<Instant> DELETED_AT = META.time("deletedAt");
  private static final Shape.Field<Instant> EXPIRED_AT = META.time("expiredAt");
  private static final Shape.Field<String> ID = META.text("id");
  private static final Shape.Field<String> JOB = META.text("job");
  private static final Shape.Field<Instant> STARTED_AT = META.time("startedAt");
  private static final Shape.Field<Instant> UPDATED_AT = META.time("updatedAt");
  private static final Shape.Field<String> WORKSPACE = META.text("workspace");

  private static final Shape WANTED = new Shape();
  private static final Shape.Field<JsonValue> ENV_OVERRIDE = WANTED.json("envOverride");
  private static final Shape.Field<Long> MEMORY_OVERRIDE = WANTED.integer("memoryOverride");
  private static final Shape.Field<Long> PARALLELISM = WANTED.integer("parallelism");
  private static final Shape.Field<List<Document>> SPEC_TASKS =
      WANTED.objects("tasks", JobTask.SHAPE);
  private static final Shape.Field<Long> TIMEOUT = WANTED.integer("timeout");

  private static final Shape COUNTS = new Shape();
  private static final Shape.Field<Long> CANCELLED = COUNTS.integer("cancelled");
  private static final Shape.Field<Long> FAILURE = COUNTS.integer("failure");
  private static final Shape.Field<Long> RETRIED = COUNTS.integer("retried");
  private static final Shape.Field<Long> RUNNING = COUNTS.integer("running");
  private static final Shape.Field<Long> SUCCESS = COUNTS.integer("success");
  private static final Shape.Field<Long> TOTAL = COUNTS.integer("total");

  static final Shape SHAPE = new Shape();
  private static final Shape.Field<Document> METADATA = SHAPE.object("metadata", META);
  private static final Shape.Field<Document> SPEC = SHAPE.object("spec", WANTED);
  private static final Shape.Field<Document> STATS = SHAPE.object("stats", COUNTS);
  private static final Shape.Field<String> STATUS = SHAPE.text("status");
  private static final Shape.Field<List<Document>> TASKS = SHAPE.objects("tasks", JobTask.SHAPE);

  private final Document document;

  private JobExecution(Document document) {
    this.document = document;
  }

  /**
   * Reads an execution, for example from an archive or in a test.
   *
   * @param json a JSON object
   * @return the execution
   * @throws IllegalArgumentException if the text is not a JSON object
   */
  public static JobExecution parse(String json) {
    return decode(json.getBytes(StandardCharsets.UTF_8));
  }

  static JobExecution decode(byte[] json) {
    return new JobExecution(SHAPE.decode(json));
  }

  /** {@return its state, the vendor's {@code status}; one with an empty name if there is none} */
  public JobExecutionState state() {
    String status = document.get(STATUS);
    return JobExecutionState.of(status == null ? "" : status);
  }

  /** {@return whether it has ended; false in a state that is not known} */
  public boolean isFinished() {
    return state().isTerminal();
  }

  /** {@return the cluster it runs on, or null} */
  public @Nullable String cluster() {
    return metadata(CLUSTER);
  }

  /** {@return when it ended, or null} */
  public @Nullable Instant completedAt() {
    return metadata(COMPLETED_AT);
  }

  /** {@return when it was created, or null} */
  public @Nullable Instant createdAt() {
    return metadata(CREATED_AT);
  }

  /** {@return when it was deleted; what that means for lists is not documented, or null} */
  public @Nullable Instant deletedAt() {
    return metadata(DELETED_AT);
  }

  /** {@return when it expired; what that means for lists is not documented, or null} */
  public @Nullable Instant expiredAt() {
    return metadata(EXPIRED_AT);
  }

  /** {@return its id, or null} */
  public @Nullable String id() {
    return metadata(ID);
  }

  /** {@return the job's name, or null} */
  public @Nullable String job() {
    return metadata(JOB);
  }

  /** {@return when it started, or null} */
  public @Nullable Instant startedAt() {
    return metadata(STARTED_AT);
  }

  /** {@return when it was last changed, or null} */
  public @Nullable Instant updatedAt() {
    return metadata(UPDATED_AT);
  }

  /** {@return the workspace, or null} */
  public @Nullable String workspace() {
    return metadata(WORKSPACE);
  }

  /**
   * {@return the environment variables that it was given, their values masked by the vendor, or
   * null} The vendor documents an object but shows a text that holds one; both are read. A value
   * that is not a text is given as its JSON.
   */
  public @Nullable Map<String, String> envOverride() {
    JsonValue value = Members.get(document.get(SPEC), ENV_OVERRIDE);
    return value == null ? null : environment(value);
  }

  /** {@return its memory in megabytes where it differs from the job's, or null} */
  public @Nullable Long memoryOverride() {
    return Members.get(document.get(SPEC), MEMORY_OVERRIDE);
  }

  /** {@return how many tasks may run at a time, or null} */
  public @Nullable Long parallelism() {
    return Members.get(document.get(SPEC), PARALLELISM);
  }

  /** {@return the tasks as they stand in its specification; empty if there are none} */
  public List<JobTask> specTasks() {
    return Members.list(document.get(SPEC), SPEC_TASKS, JobTask::new);
  }

  /** {@return its time limit in seconds, fixed when it was created, or null} */
  public @Nullable Long timeout() {
    return Members.get(document.get(SPEC), TIMEOUT);
  }

  /** {@return how many of its tasks stand where, or null} */
  public @Nullable JobExecutionStats stats() {
    Document stats = document.get(STATS);
    return stats == null
        ? null
        : new JobExecutionStats(
            stats.get(CANCELLED),
            stats.get(FAILURE),
            stats.get(RETRIED),
            stats.get(RUNNING),
            stats.get(SUCCESS),
            stats.get(TOTAL));
  }

  /**
   * {@return its tasks; empty if there are none} Whether lists of executions show them is not
   * documented.
   */
  public List<JobTask> tasks() {
    return Members.list(document, TASKS, JobTask::new);
  }

  /**
   * {@return the members that this version of the library does not know, or not with the type they
   * have, by name; those within another one as {@code metadata.x}} Those of tasks are found there.
   */
  public Map<String, JsonValue> unknownMembers() {
    Map<String, JsonValue> unknown = new LinkedHashMap<>(document.unknown());
    Members.addUnknown(unknown, "metadata", document.get(METADATA));
    Document spec = document.get(SPEC);
    Members.addUnknown(unknown, "spec", spec);
    JsonValue env = Members.get(spec, ENV_OVERRIDE);
    if (env != null && environment(env) == null && !env.text().equals("\"\"")) {
      unknown.put("spec.envOverride", env);
    }
    Members.addUnknown(unknown, "stats", document.get(STATS));
    return Collections.unmodifiableMap(unknown);
  }

  /** {@return the object exactly as the vendor sent it, unknown members included} */
  public JsonValue json() {
    return document.json();
  }

  private <T> @Nullable T metadata(Shape.Field<T> field) {
    return Members.get(document.get(METADATA), field);
  }

  private static @Nullable Map<String, String> environment(JsonValue value) {
    try {
      JsonValue object = Json.isObject(value) ? value : JsonValue.parse(text(value));
      if (!Json.isObject(object)) {
        return null;
      }
      Map<String, String> environment = new LinkedHashMap<>();
      Map<?, ?> members = object.as(Map.class);
      if (members != null) {
        members.forEach(
            (name, v) ->
                environment.put(
                    String.valueOf(name), v instanceof String s ? s : JsonValue.of(v).text()));
      }
      return Collections.unmodifiableMap(environment);
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  private static String text(JsonValue value) {
    String text = value.as(String.class);
    return text == null ? "" : text;
  }

  /** {@return whether the other one is an execution with the same text} */
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof JobExecution that && that.json().equals(json());
  }

  @Override
  public int hashCode() {
    return json().hashCode();
  }

  /** {@return id and state, without the environment or other contents} */
  @Override
  public String toString() {
    return "JobExecution[id=" + id() + ", state=" + state() + "]";
  }
}
