package io.blinkreactor.testkit;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Makes up plausible members of executions, all of them from the seed. */
final class MadeUp {
  private static final List<String> NAMES =
      List.of(
          "Rotate access keys",
          "Triage \"urgent\" alerts",
          "Überprüfe C:\\Benutzer\tliste",
          "封鎖可疑的 IP 🚫",
          "Onboard new hire </script>",
          "Close stale tickets\nweekly",
          "Revoke sessions");
  private static final List<String> FAILURES =
      List.of("step timed out", "HTTP 502 from upstream", "missing permission \"ec2:Describe*\"");

  private final Seed seed;
  private final Settings settings;
  private final Map<String, Long> numbers = new ConcurrentHashMap<>();

  MadeUp(Seed seed, Settings settings) {
    this.seed = seed;
    this.settings = settings;
  }

  /** Finished executions of the thirty days before the given day, oldest first. */
  List<Row> history(int rows, String workspace, Instant now) {
    long end = now.truncatedTo(ChronoUnit.DAYS).toEpochMilli();
    long step = Math.max(1, Duration.ofDays(30).toMillis() / Math.max(1, rows));
    long start = end - step * rows;
    List<Row> history = new ArrayList<>();
    long createdAt = start;
    for (int i = 0; i < rows; i++) {
      SplittableRandom random = seed.random("history", i);
      if (i == 0 || random.nextDouble() > 0.08) {
        createdAt = Math.max(createdAt, start + step * i + random.nextLong(step));
      }
      int playbook = random.nextInt(NAMES.size());
      String playbookId = playbookId(playbook);
      long number = nextNumber(playbookId);
      Row row = draft(Seed.uuid(random), workspace, playbookId, playbook, number, createdAt);
      history.add(row.with(endOf(row, outcome("history.outcome", i), createdAt, random, i)));
    }
    return history;
  }

  String playbookId(int playbook) {
    return seed.uuid("playbook", playbook);
  }

  /** The next execution number of a workflow, unique together with it. */
  long nextNumber(String playbookId) {
    return numbers.merge(playbookId, 1L, Long::sum);
  }

  String outcome(String purpose, long index) {
    return seed.pick(settings.weights(Switch.RUN_OUTCOMES), purpose, index);
  }

  private Map<Field, @Nullable Object> endOf(
      Row row, String state, long createdAt, SplittableRandom random, long index) {
    long queued = random.nextLong(400);
    long took = 20 + (long) (Math.pow(random.nextDouble(), 4) * 600_000);
    Map<Field, @Nullable Object> end = ended(row, state, createdAt + queued + took, index);
    end.put(Field.STARTED_AT, createdAt + queued);
    end.put(Field.TOP_EXECUTION_STARTED_AT, createdAt + queued);
    end.put(Field.NET_RUNTIME_MS, took);
    end.put(Field.DURATION, took);
    return end;
  }

  /** What changes in a row when its run ends. */
  Map<Field, @Nullable Object> ended(Row row, String state, long at, long index) {
    Map<Field, @Nullable Object> end = new EnumMap<>(Field.class);
    end.put(Field.STATE_UI, state);
    end.put(Field.FINISHED_AT, at);
    end.put(Field.UPDATED_AT, at);
    long took = row.get(Field.STARTED_AT) instanceof Long started ? Math.max(0, at - started) : 0;
    end.put(Field.NET_RUNTIME_MS, took);
    end.put(Field.DURATION, took);
    boolean failed = state.equals("Failed") || state.equals("Timeout");
    if (failed) {
      String message = FAILURES.get(seed.random("failure", index).nextInt(FAILURES.size()));
      end.put(
          Field.ERROR_DETAILS,
          Map.of("message", message, "error_code", "E" + (1000 + index % 9000)));
    }
    if (state.equals("Cancelled")) {
      end.put(Field.CANCEL_REASON, "cancelled by user");
    }
    end.put(Field.STEP_RESULTS, Map.of("step_1", 0, "step_2", 0, "step_3", failed ? 1 : 0));
    return end;
  }

  /** A row that has not begun, with every member that is known by then. */
  Row draft(
      String id, String workspace, String playbookId, int playbook, long number, long createdAt) {
    String name = NAMES.get(Math.floorMod(playbook, NAMES.size()));
    String user = "user-" + Math.floorMod(playbook, 3) + "@example.com";
    Map<Field, @Nullable Object> row = new EnumMap<>(Field.class);
    row.put(Field.ID, id);
    row.put(Field.APP_ID, "");
    row.put(Field.ASYNC_PARENT_EXECUTION_ID, "");
    row.put(Field.CANCEL_REASON, "");
    row.put(Field.CREATED_AT, createdAt);
    row.put(Field.CREATED_BY, user);
    row.put(Field.CTRL_ID, "ctrl-1");
    row.put(Field.DRAFT_EXECUTION_NUMBER, 0L);
    row.put(Field.ENGINE_V2_COMPILE_ERROR, "");
    row.put(Field.ENGINE_VERSION, "v2");
    row.put(Field.ERROR_DETAILS, Map.of());
    row.put(Field.EXECUTION_DEPTH, 0L);
    row.put(Field.EXECUTION_NUMBER, number);
    row.put(Field.LAST_PLAYBOOK_NAME, name);
    row.put(Field.NAME, name);
    row.put(Field.NET_RUNTIME_MS, 0L);
    row.put(Field.PARENT_EXECUTION_ID, "");
    row.put(Field.PLAYBOOK, "version: \"2\"\nsteps:\n  - id: step_1\n    action: http.get\n");
    row.put(Field.PLAYBOOK_ID, playbookId);
    row.put(Field.RUNNER_CLUSTER_VERSION, "1.29");
    row.put(Field.RUNNER_GROUP_ID, "default");
    row.put(Field.RUNNER_ID, "");
    row.put(Field.RUNNER_VERSION, "3.12.0");
    row.put(Field.STEP_RESULTS, Map.of());
    row.put(Field.TENANT_ID, "tenant-1");
    row.put(Field.TEST_SESSION_ID, "");
    row.put(Field.TIMEOUT, 7_200_000L);
    row.put(Field.TOP_EXECUTION_ID, id);
    row.put(Field.TRIGGER_TYPE, settings.text(Switch.TRIGGER_TYPE_VALUE));
    row.put(Field.TYPE, settings.text(Switch.TYPE_VALUE));
    row.put(Field.UPDATED_AT, createdAt);
    row.put(Field.UPDATED_BY, user);
    row.put(Field.VERSION, "7");
    row.put(Field.WITH_CONCURRENCY_LIMIT, playbook % 2 == 0);
    row.put(Field.WORKSPACE_ID, workspace);
    row.put(Field.DISPLAY_NAME, name);
    row.put(Field.DURATION, 0L);
    row.put(Field.EVENT, Map.of());
    row.put(Field.INPUT_VALUES_ORIGIN_EXEC_ID, "");
    row.put(Field.INPUTS, Map.of());
    row.put(Field.PACK_ID, "pack-1");
    row.put(Field.PLAYBOOK_DELETED, false);
    row.put(Field.PLAYBOOK_NAME, name);
    row.put(Field.SCHEDULED_TRIGGER_TIMEZONE, "Etc/UTC");
    row.put(Field.SUBFLOWS_REFERENCE_TO_NAME_MAPPING, Map.of("step_2", "Notify ✉"));
    return Row.of(row);
  }

  Row added(Map<String, ?> members, String workspace, Instant now, long index) {
    Map<Field, @Nullable Object> given = given(members);
    SplittableRandom random = seed.random("added", index);
    int playbook = random.nextInt(NAMES.size());
    long createdAt = given.get(Field.CREATED_AT) instanceof Long at ? at : now.toEpochMilli();
    String playbookId =
        given.get(Field.PLAYBOOK_ID) instanceof String id ? id : playbookId(playbook);
    Row row =
        draft(
            Seed.uuid(random), workspace, playbookId, playbook, nextNumber(playbookId), createdAt);
    String state = given.get(Field.STATE_UI) instanceof String text ? text : "Completed";
    if (isFinal(state)) {
      row = row.with(endOf(row, state, createdAt, random, index));
    } else {
      Map<Field, @Nullable Object> going = new EnumMap<>(Field.class);
      going.put(Field.STATE_UI, state);
      going.put(Field.STARTED_AT, createdAt);
      going.put(Field.TOP_EXECUTION_STARTED_AT, createdAt);
      row = row.with(going);
    }
    if (given.get(Field.ID) instanceof String id && !given.containsKey(Field.TOP_EXECUTION_ID)) {
      given.put(Field.TOP_EXECUTION_ID, id);
    }
    return row.with(given);
  }

  /** Members by their JSON names, checked. */
  static Map<Field, @Nullable Object> given(Map<String, ?> members) {
    Map<Field, @Nullable Object> given = new EnumMap<>(Field.class);
    members.forEach((key, value) -> given.put(field(key), value(key, value)));
    return given;
  }

  static boolean isFinal(String state) {
    return List.of("Completed", "Failed", "Cancelled", "Timeout", "Skipped").contains(state);
  }

  /** The steps of an execution, in the order in which they ran. */
  List<Map<String, @Nullable Object>> steps(Row row, View view) {
    List<Map<String, @Nullable Object>> steps = new ArrayList<>();
    String id = row.text(Field.ID);
    boolean over = isFinal(row.text(Field.STATE_UI));
    boolean failed = row.text(Field.STATE_UI).equals("Failed");
    for (int i = 1; i <= 3; i++) {
      boolean last = i == 3;
      Map<String, @Nullable Object> step = new LinkedHashMap<>();
      step.put("id", seed.uuid("step." + id, i));
      step.put("step_id", "step_" + i);
      step.put("execution_id", id);
      step.put("state", last && !over ? "Running" : last && failed ? "Failed" : "OK");
      step.put("started_at", view.value(row, Field.STARTED_AT));
      if (!last || over) {
        step.put("finished_at", view.value(row, over ? Field.FINISHED_AT : Field.STARTED_AT));
      }
      step.put("input_parameters", Map.of("url", "https://example.com/" + i));
      if (last && failed) {
        step.put("error_data", row.get(Field.ERROR_DETAILS));
      } else if (!last || over) {
        step.put("output_data", Map.of("status", 200));
      }
      step.put("tenant_id", row.text(Field.TENANT_ID));
      steps.add(view.withUnknown(step));
    }
    return steps;
  }

  /** The output parameters of a run: they echo its inputs. */
  static Map<String, @Nullable Object> outputs(Row row) {
    Map<String, @Nullable Object> outputs = new LinkedHashMap<>();
    outputs.put("result", "done " + row.text(Field.ID));
    outputs.put("echo", row.get(Field.INPUTS));
    return outputs;
  }

  private static Field field(String key) {
    Field field = Field.of(key);
    if (field == null) {
      throw new IllegalArgumentException("The vendor documents no execution member " + key + ".");
    }
    return field;
  }

  private static @Nullable Object value(String key, @Nullable Object value) {
    Object normal =
        value instanceof Instant instant
            ? (Object) instant.toEpochMilli()
            : value instanceof Integer number ? (Object) number.longValue() : value;
    boolean fits =
        normal == null
            || switch (field(key).type) {
              case STRING -> normal instanceof String;
              case INT, TIME -> normal instanceof Long;
              case BOOL -> normal instanceof Boolean;
              case OBJECT -> normal instanceof Map;
            };
    if (!fits) {
      throw new IllegalArgumentException(
          "The execution member " + key + " can't be " + value + ".");
    }
    return normal;
  }
}
