package io.blinkreactor.testkit;

import java.util.Collections;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The documented members of an execution, those of a list row first. */
enum Field {
  ID(Type.STRING),
  APP_ID(Type.STRING),
  ASYNC_PARENT_EXECUTION_ID(Type.STRING),
  CANCEL_REASON(Type.STRING),
  CREATED_AT(Type.TIME),
  CREATED_BY(Type.STRING),
  CTRL_ID(Type.STRING),
  DRAFT_EXECUTION_NUMBER(Type.INT),
  ENGINE_V2_COMPILE_ERROR(Type.STRING),
  ENGINE_VERSION(Type.STRING),
  ERROR_DETAILS(Type.OBJECT),
  EXECUTION_DEPTH(Type.INT),
  EXECUTION_NUMBER(Type.INT),
  FINISHED_AT(Type.TIME),
  LAST_PLAYBOOK_NAME(Type.STRING),
  NAME(Type.STRING),
  NET_RUNTIME_MS(Type.INT),
  PARENT_EXECUTION_ID(Type.STRING),
  PLAYBOOK(Type.STRING),
  PLAYBOOK_ID(Type.STRING),
  RUNNER_CLUSTER_VERSION(Type.STRING),
  RUNNER_GROUP_ID(Type.STRING),
  RUNNER_ID(Type.STRING),
  RUNNER_VERSION(Type.STRING),
  STARTED_AT(Type.TIME),
  STATE(Type.STRING),
  STATE_UI(Type.STRING),
  STEP_RESULTS(Type.OBJECT),
  TENANT_ID(Type.STRING),
  TEST_SESSION_ID(Type.STRING),
  TIMEOUT(Type.INT),
  TOP_EXECUTION_ID(Type.STRING),
  TOP_EXECUTION_STARTED_AT(Type.TIME),
  TRIGGER_TYPE(Type.STRING),
  TYPE(Type.STRING),
  UPDATED_AT(Type.TIME),
  UPDATED_BY(Type.STRING),
  VERSION(Type.STRING),
  WITH_CONCURRENCY_LIMIT(Type.BOOL),
  WORKSPACE_ID(Type.STRING),

  DISPLAY_NAME(Type.STRING),
  DURATION(Type.INT),
  EVENT(Type.OBJECT),
  INPUT_VALUES_ORIGIN_EXEC_ID(Type.STRING),
  INPUTS(Type.OBJECT),
  PACK_ID(Type.STRING),
  PLAYBOOK_DELETED(Type.BOOL),
  PLAYBOOK_NAME(Type.STRING),
  SCHEDULED_TRIGGER_TIMEZONE(Type.STRING),
  SUBFLOWS_REFERENCE_TO_NAME_MAPPING(Type.OBJECT);

  /** Types as the vendor's Go model sees them; a time is an integer there. */
  enum Type {
    STRING("string"),
    INT("int"),
    TIME("int"),
    BOOL("bool"),
    OBJECT("map");

    final String goName;

    Type(String goName) {
      this.goName = goName;
    }
  }

  static final Set<Field> OF_A_LIST = Collections.unmodifiableSet(EnumSet.range(ID, WORKSPACE_ID));

  private static final Map<String, Field> BY_KEY = new HashMap<>();

  static {
    for (Field field : values()) {
      BY_KEY.put(field.key, field);
    }
  }

  final String key;
  final Type type;

  Field(Type type) {
    this.key = name().toLowerCase(Locale.ROOT);
    this.type = type;
  }

  static @Nullable Field of(String key) {
    return BY_KEY.get(key);
  }

  boolean inLists() {
    return OF_A_LIST.contains(this);
  }
}
