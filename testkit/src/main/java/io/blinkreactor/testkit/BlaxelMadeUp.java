package io.blinkreactor.testkit;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** Makes up plausible Blaxel executions, all of them from the seed. */
final class BlaxelMadeUp {
  private static final Duration RETENTION = Duration.ofDays(60);
  private static final Set<String> TIMES =
      Set.of("completedAt", "createdAt", "deletedAt", "expiredAt", "startedAt", "updatedAt");
  private static final Map<String, Class<?>> EXECUTION =
      Map.of(
          "metadata", Map.class,
          "spec", Map.class,
          "stats", Map.class,
          "status", String.class,
          "tasks", List.class);
  private static final Map<String, Class<?>> METADATA =
      Map.of(
          "cluster", String.class,
          "completedAt", Instant.class,
          "createdAt", Instant.class,
          "deletedAt", Instant.class,
          "expiredAt", Instant.class,
          "id", String.class,
          "job", String.class,
          "startedAt", Instant.class,
          "updatedAt", Instant.class,
          "workspace", String.class);
  private static final Map<String, Class<?>> SPEC =
      Map.of(
          "envOverride", Object.class,
          "memoryOverride", Integer.class,
          "parallelism", Integer.class,
          "tasks", List.class,
          "timeout", Integer.class);
  private static final Map<String, Class<?>> STATS =
      Map.of(
          "cancelled", Integer.class,
          "failure", Integer.class,
          "retried", Integer.class,
          "running", Integer.class,
          "success", Integer.class,
          "total", Integer.class);

  private final Seed seed;
  private final Settings settings;

  BlaxelMadeUp(Seed seed, Settings settings) {
    this.seed = seed;
    this.settings = settings;
  }

  /** Finished executions of the thirty days before the given day, oldest first. */
  List<BlaxelRow> history(int rows, String workspace, String job, Instant now) {
    long end = now.truncatedTo(ChronoUnit.DAYS).toEpochMilli();
    long step = Math.max(1, Duration.ofDays(30).toMillis() / Math.max(1, rows));
    long start = end - step * rows;
    List<BlaxelRow> history = new ArrayList<>();
    long createdAt = start;
    for (int i = 0; i < rows; i++) {
      SplittableRandom random = seed.random("history", i);
      if (i == 0 || random.nextDouble() > 0.08) {
        createdAt = Math.max(createdAt, start + step * i + random.nextLong(step));
      }
      history.add(
          finished(
              id(random),
              workspace,
              job,
              outcome("history.outcome", i),
              Instant.ofEpochMilli(createdAt),
              random,
              i));
    }
    return history;
  }

  String outcome(String purpose, long index) {
    return seed.pick(settings.weights(BlaxelSwitch.RUN_OUTCOMES), purpose, index);
  }

  static String id(SplittableRandom random) {
    return "exec-" + Seed.uuid(random).replace("-", "").substring(0, 20);
  }

  /** A row that has not begun. */
  BlaxelRow draft(
      String id,
      String workspace,
      String job,
      String status,
      Instant createdAt,
      int tasks,
      long index,
      Map<String, @Nullable Object> given) {
    return new BlaxelRow(
        id,
        job,
        workspace,
        status,
        createdAt,
        null,
        null,
        createdAt,
        createdAt.plus(RETENTION),
        null,
        tasks,
        index,
        given);
  }

  private static BlaxelRow finished(
      String id,
      String workspace,
      String job,
      String status,
      Instant createdAt,
      SplittableRandom random,
      long index) {
    Instant startedAt = createdAt.plusMillis(random.nextLong(400));
    long took = 20 + (long) (Math.pow(random.nextDouble(), 4) * 600_000);
    Instant completedAt = startedAt.plusMillis(took);
    int tasks = 1 + random.nextInt(4);
    return new BlaxelRow(
        id,
        job,
        workspace,
        status,
        createdAt,
        startedAt,
        completedAt,
        completedAt,
        createdAt.plus(RETENTION),
        index % 20 == 19 ? completedAt.plusSeconds(60) : null,
        tasks,
        index,
        Map.of());
  }

  /** A row of a caller's choice; what he does not say is made up. */
  BlaxelRow added(Map<String, ?> members, String workspace, String job, Instant now, long index) {
    check("execution", members, EXECUTION);
    Map<String, @Nullable Object> given = new LinkedHashMap<>(members);
    Map<String, @Nullable Object> metadata = part("metadata", members, METADATA);
    part("spec", members, SPEC);
    part("stats", members, STATS);
    if (members.get("spec") instanceof Map<?, ?> spec
        && spec.get("envOverride") != null
        && !(spec.get("envOverride") instanceof Map)
        && !(spec.get("envOverride") instanceof String)) {
      throw refusal("envOverride", spec.get("envOverride"));
    }
    SplittableRandom random = seed.random("added", index);
    String made = id(random);
    Instant createdAt = metadata.get("createdAt") instanceof Instant at ? at : now;
    String status = members.get("status") instanceof String text ? text : "succeeded";
    BlaxelRow row =
        finished(
            metadata.get("id") instanceof String id ? id : made,
            metadata.get("workspace") instanceof String text ? text : workspace,
            metadata.get("job") instanceof String text ? text : job,
            status,
            createdAt,
            random,
            index);
    boolean ended = BlaxelRow.FINAL.contains(status);
    boolean begun = ended || !List.of("queued", "pending").contains(status);
    Map<String, @Nullable Object> rest = new LinkedHashMap<>(metadata);
    // A null stays, to leave the member out.
    rest.entrySet().removeIf(e -> e.getValue() != null && TIMES.contains(e.getKey()));
    rest.keySet().removeAll(Set.of("id", "job", "workspace"));
    given.put("metadata", rest);
    Instant updated = time(metadata, "updatedAt", ended ? row.updatedAt() : createdAt);
    return new BlaxelRow(
        row.id(),
        row.job(),
        row.workspace(),
        status,
        createdAt,
        time(metadata, "startedAt", begun ? row.startedAt() : null),
        time(metadata, "completedAt", ended ? row.completedAt() : null),
        updated == null ? createdAt : updated,
        time(metadata, "expiredAt", row.expiredAt()),
        time(metadata, "deletedAt", null),
        row.tasks(),
        index,
        given);
  }

  private static @Nullable Instant time(
      Map<String, @Nullable Object> metadata, String key, @Nullable Instant made) {
    return metadata.containsKey(key) ? (Instant) metadata.get(key) : made;
  }

  /** The members of one part of an execution, with its times read. */
  private static Map<String, @Nullable Object> part(
      String key, Map<String, ?> members, Map<String, Class<?>> documented) {
    Map<String, @Nullable Object> part = new LinkedHashMap<>();
    if (members.get(key) instanceof Map<?, ?> map) {
      map.forEach(
          (name, value) ->
              part.put(
                  String.valueOf(name),
                  value instanceof String text && TIMES.contains(String.valueOf(name))
                      ? read(String.valueOf(name), text)
                      : value));
    }
    check(key, part, documented);
    return part;
  }

  private static Instant read(String key, String text) {
    try {
      return OffsetDateTime.parse(text).toInstant();
    } catch (DateTimeException e) {
      throw refusal(key, text);
    }
  }

  private static void check(
      String where, Map<String, ?> members, Map<String, Class<?>> documented) {
    members.forEach(
        (key, value) -> {
          Class<?> type = documented.get(key);
          if (type == null) {
            throw new IllegalArgumentException(
                "The vendor documents no member " + key + " of " + where + ".");
          }
          if (value != null && !type.isInstance(value)) {
            throw refusal(key, value);
          }
        });
  }

  private static IllegalArgumentException refusal(String key, @Nullable Object value) {
    return new IllegalArgumentException("The execution member " + key + " can't be " + value + ".");
  }
}
