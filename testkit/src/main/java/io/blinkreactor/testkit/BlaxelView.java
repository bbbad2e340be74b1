package io.blinkreactor.testkit;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How Blaxel rows look on the wire under the present switches. */
final class BlaxelView {
  static final String UNDOCUMENTED_STATUS = "evicted";
  private static final Map<String, DateTimeFormatter> TIMES =
      Map.of(
          "millis", format("uuuu-MM-dd'T'HH:mm:ss.SSSX"),
          "seconds", format("uuuu-MM-dd'T'HH:mm:ssX"),
          "nanos", format("uuuu-MM-dd'T'HH:mm:ss.nnnnnnnnnX"),
          "offset", format("uuuu-MM-dd'T'HH:mm:ss.SSSxxx"),
          "text", format("uuuu-MM-dd HH:mm:ss.SSS xx 'UTC'"));

  private final Settings settings;
  private final Seed seed;
  private final DateTimeFormatter times;
  private final String spelling;
  private final String envForm;
  private final boolean unknownMembers;

  BlaxelView(Settings settings, Seed seed) {
    this.settings = settings;
    this.seed = seed;
    times =
        TIMES.getOrDefault(settings.text(BlaxelSwitch.TIME_FORMAT), DateTimeFormatter.ISO_INSTANT);
    spelling = settings.text(BlaxelSwitch.STATUS_SPELLING);
    envForm = settings.text(BlaxelSwitch.ENV_FORM);
    unknownMembers = settings.on(BlaxelSwitch.UNKNOWN_MEMBERS);
  }

  private static DateTimeFormatter format(String pattern) {
    return DateTimeFormatter.ofPattern(pattern, Locale.ROOT).withZone(ZoneOffset.UTC);
  }

  Map<String, @Nullable Object> item(BlaxelRow row) {
    Map<String, @Nullable Object> members = execution(row);
    switch (settings.text(BlaxelSwitch.LIST_TASKS)) {
      case "empty" -> members.put("tasks", List.of());
      case "absent" -> members.remove("tasks");
      default -> {}
    }
    return members;
  }

  Map<String, @Nullable Object> execution(BlaxelRow row) {
    Map<String, @Nullable Object> members = new LinkedHashMap<>();
    members.put("metadata", withUnknown(merged(metadata(row), row.given().get("metadata"))));
    members.put("spec", withUnknown(merged(spec(row), row.given().get("spec"))));
    members.put("stats", merged(stats(row), row.given().get("stats")));
    members.put("status", status(row));
    members.put("tasks", tasks(row));
    for (String key : List.of("stats", "status", "tasks")) {
      if (row.given().containsKey(key) && row.given().get(key) == null) {
        members.remove(key);
      }
    }
    return withUnknown(members);
  }

  List<?> tasks(BlaxelRow row) {
    if (row.given().get("tasks") instanceof List<?> given) {
      return given;
    }
    List<Map<String, @Nullable Object>> tasks = new ArrayList<>();
    for (int i = 0; i < row.tasks(); i++) {
      tasks.add(task(row, i));
    }
    return tasks;
  }

  Map<String, @Nullable Object> withUnknown(Map<String, @Nullable Object> members) {
    return unknownMembers ? UnknownMembers.addTo(members) : members;
  }

  private String status(BlaxelRow row) {
    boolean odd =
        seed.chance(settings.share(BlaxelSwitch.STATUS_UNKNOWN), "status.unknown." + row.id(), 0);
    return spelled(odd ? UNDOCUMENTED_STATUS : row.status());
  }

  private String spelled(String status) {
    return switch (spelling) {
      case "upper" -> status.toUpperCase(Locale.ROOT);
      case "completed" -> status.equals("succeeded") ? "completed" : status;
      default -> status;
    };
  }

  private Map<String, @Nullable Object> metadata(BlaxelRow row) {
    Map<String, @Nullable Object> members = new LinkedHashMap<>();
    members.put("cluster", "us-pdx-1");
    time(members, "completedAt", row.completedAt());
    time(members, "createdAt", row.createdAt());
    time(members, "deletedAt", row.deletedAt());
    time(members, "expiredAt", row.expiredAt());
    members.put("id", row.id());
    members.put("job", row.job());
    time(members, "startedAt", row.startedAt());
    time(members, "updatedAt", row.updatedAt());
    members.put("workspace", row.workspace());
    return members;
  }

  private Map<String, @Nullable Object> spec(BlaxelRow row) {
    Map<String, @Nullable Object> members = new LinkedHashMap<>();
    members.put("envOverride", Map.of("REGION", "****", "NOTE \"☃\"", "****"));
    members.put("memoryOverride", 1024 << row.index() % 3);
    members.put("parallelism", parallelism(row));
    List<Map<String, @Nullable Object>> tasks = new ArrayList<>();
    for (int i = 0; i < row.tasks(); i++) {
      Map<String, @Nullable Object> task = new LinkedHashMap<>();
      task.put("metadata", Map.of("name", "task-" + i));
      task.put("spec", taskSpec(row));
      tasks.add(task);
    }
    members.put("tasks", tasks);
    members.put("timeout", 900 + 300 * (int) (row.index() % 10));
    return members;
  }

  private static int parallelism(BlaxelRow row) {
    return 1 + (int) (row.index() % 4);
  }

  private static Map<String, Object> taskSpec(BlaxelRow row) {
    return Map.of("maxRetries", (int) (row.index() % 3), "timeout", "30m");
  }

  private static Map<String, @Nullable Object> stats(BlaxelRow row) {
    int cancelled = 0;
    int failed = 0;
    int running = 0;
    int succeeded = 0;
    for (int i = 0; i < row.tasks(); i++) {
      switch (taskStatus(row, i)) {
        case "cancelled" -> cancelled++;
        case "failed" -> failed++;
        case "running" -> running++;
        case "succeeded" -> succeeded++;
        default -> {}
      }
    }
    Map<String, @Nullable Object> members = new LinkedHashMap<>();
    members.put("cancelled", cancelled);
    members.put("failure", failed);
    members.put("retried", (int) (failed * (row.index() % 3)));
    members.put("running", running);
    members.put("success", succeeded);
    members.put("total", row.tasks());
    return members;
  }

  private static String taskStatus(BlaxelRow row, int i) {
    boolean taken = i < parallelism(row) && row.startedAt() != null;
    return switch (row.status()) {
      case "queued" -> "pending";
      case "pending" -> i == 0 ? "reconciling" : "pending";
      case "running" -> taken ? "running" : "pending";
      case "cancelling" -> taken ? "running" : "cancelled";
      case "cancelled" -> taken ? "succeeded" : "cancelled";
      case "failed", "timeout" -> i == row.tasks() - 1 ? "failed" : "succeeded";
      case "succeeded" -> "succeeded";
      default -> "unspecified";
    };
  }

  private Map<String, @Nullable Object> task(BlaxelRow row, int i) {
    String status = taskStatus(row, i);
    boolean begun = List.of("running", "succeeded", "failed").contains(status);
    boolean over = List.of("cancelled", "succeeded", "failed").contains(status);
    Map<String, @Nullable Object> metadata = new LinkedHashMap<>();
    time(metadata, "completedAt", over ? row.completedAt() : null);
    time(metadata, "createdAt", row.createdAt());
    metadata.put("name", "task-" + i);
    time(metadata, "scheduledAt", row.createdAt());
    time(metadata, "startedAt", begun ? row.startedAt() : null);
    time(metadata, "updatedAt", row.updatedAt());
    Map<String, @Nullable Object> condition = new LinkedHashMap<>();
    condition.put("executionReason", status.equals("failed") ? "NON_ZERO_EXIT_CODE" : "");
    condition.put(
        "message",
        status.equals("failed")
            ? row.status().equals("timeout") ? "took longer than 30m" : "exited with code 1"
            : "");
    condition.put("reason", status.equals("failed") ? "Failed" : "");
    condition.put("severity", status.equals("failed") ? "ERROR" : "INFO");
    condition.put("state", over ? "SUCCEEDED" : "PENDING");
    condition.put("type", "Completed");
    Map<String, @Nullable Object> task = new LinkedHashMap<>();
    task.put("conditions", List.of(condition));
    task.put("metadata", metadata);
    task.put("spec", taskSpec(row));
    task.put("status", spelled(status));
    return withUnknown(task);
  }

  private void time(Map<String, @Nullable Object> members, String key, @Nullable Instant at) {
    if (at != null) {
      members.put(key, times.format(at));
    }
  }

  private Map<String, @Nullable Object> merged(
      Map<String, @Nullable Object> made, @Nullable Object given) {
    if (given instanceof Map<?, ?> chosen) {
      chosen.forEach(
          (key, value) -> {
            if (value == null) {
              made.remove(String.valueOf(key));
            } else {
              made.put(String.valueOf(key), value);
            }
          });
    }
    if (made.get("envOverride") instanceof Map<?, ?> env && isText(made)) {
      made.put("envOverride", Json.text(env));
    }
    return made;
  }

  private boolean isText(Map<String, @Nullable Object> spec) {
    return switch (envForm) {
      case "object" -> false;
      case "string" -> true;
      // Any bit that differs from execution to execution will do.
      default -> spec.get("parallelism") instanceof Integer number && number % 2 == 0;
    };
  }
}
