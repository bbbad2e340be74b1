package io.blinkreactor.blaxel;

import io.blinkreactor.JsonValue;
import io.blinkreactor.internal.json.Document;
import io.blinkreactor.internal.json.Shape;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One task of an execution. Every member may be absent, and is null then. A member of another type
 * than documented, or a time that is not RFC 3339, is null here and found in {@link
 * #unknownMembers()}.
 *
 * <p>Immutable and safe for use by many threads.
 */
public final class JobTask {

  static final Shape SHAPE = new Shape();

  private static final Shape META = new Shape();
  private static final Shape.Field<Instant> COMPLETED_AT = META.time("completedAt");
  private static final Shape.Field<Instant> CREATED_AT = META.time("createdAt");
  private static final Shape.Field<String> NAME = META.text("name");
  private static final Shape.Field<Instant> SCHEDULED_AT = META.time("scheduledAt");
  private static final Shape.Field<Instant> STARTED_AT = META.time("startedAt");
  private static final Shape.Field<Instant> UPDATED_AT = META.time("updatedAt");

  private static final Shape LIMITS = new Shape();
  private static final Shape.Field<Long> MAX_RETRIES = LIMITS.integer("maxRetries");
  private static final Shape.Field<String> TIMEOUT = LIMITS.text("timeout");

  private static final Shape.Field<List<Document>> CONDITIONS =
      SHAPE.objects("conditions", JobTaskCondition.SHAPE);
  private static final Shape.Field<Document> METADATA = SHAPE.object("metadata", META);
  private static final Shape.Field<Document> SPEC = SHAPE.object("spec", LIMITS);
  private static final Shape.Field<String> STATUS = SHAPE.text("status");

  private final Document document;

  JobTask(Document document) {
    this.document = document;
  }

  /**
   * Reads a task, for example from an archive or in a test.
   *
   * @param json a JSON object
   * @return the task
   * @throws IllegalArgumentException if the text is not a JSON object
   */
  public static JobTask parse(String json) {
    return decode(json.getBytes(StandardCharsets.UTF_8));
  }

  static JobTask decode(byte[] json) {
    return new JobTask(SHAPE.decode(json));
  }

  /** {@return what the vendor has to say about it; empty if it is nothing} */
  public List<JobTaskCondition> conditions() {
    return Members.list(document, CONDITIONS, JobTaskCondition::new);
  }

  /** {@return when it ended, or null} */
  public @Nullable Instant completedAt() {
    return metadata(COMPLETED_AT);
  }

  /** {@return when it was created, or null} */
  public @Nullable Instant createdAt() {
    return metadata(CREATED_AT);
  }

  /** {@return its name, such as {@code task-0}, or null} */
  public @Nullable String name() {
    return metadata(NAME);
  }

  /** {@return when it was scheduled, or null} */
  public @Nullable Instant scheduledAt() {
    return metadata(SCHEDULED_AT);
  }

  /** {@return when it started, or null} */
  public @Nullable Instant startedAt() {
    return metadata(STARTED_AT);
  }

  /** {@return when it was last changed, or null} */
  public @Nullable Instant updatedAt() {
    return metadata(UPDATED_AT);
  }

  /** {@return how often it may be tried again, or null} */
  public @Nullable Long maxRetries() {
    return Members.get(document.get(SPEC), MAX_RETRIES);
  }

  /** {@return its time limit in the vendor's spelling, such as {@code 30m}, or null} */
  public @Nullable String timeout() {
    return Members.get(document.get(SPEC), TIMEOUT);
  }

  /** {@return its state; one with an empty name if there is none} */
  public JobTaskState state() {
    String status = document.get(STATUS);
    return JobTaskState.of(status == null ? "" : status);
  }

  /**
   * {@return the members that this version of the library does not know, or not with the type they
   * have, by name; those within another one as {@code metadata.x}}
   */
  public Map<String, JsonValue> unknownMembers() {
    Map<String, JsonValue> unknown = new LinkedHashMap<>(document.unknown());
    Members.addUnknown(unknown, "metadata", document.get(METADATA));
    Members.addUnknown(unknown, "spec", document.get(SPEC));
    return unknown;
  }

  /** {@return the object exactly as the vendor sent it, unknown members included} */
  public JsonValue json() {
    return document.json();
  }

  private <T> @Nullable T metadata(Shape.Field<T> field) {
    return Members.get(document.get(METADATA), field);
  }

  /** {@return whether the other one is a task with the same text} */
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof JobTask that && that.json().equals(json());
  }

  @Override
  public int hashCode() {
    return json().hashCode();
  }

  /** {@return name and state} */
  @Override
  public String toString() {
    return "JobTask[name=" + name() + ", state=" + state() + "]";
  }
}
