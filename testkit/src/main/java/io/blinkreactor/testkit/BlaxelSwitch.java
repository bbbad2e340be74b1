package io.blinkreactor.testkit;

/**
 * Everything about the Blaxel emulator that can be turned: each constant is one thing that nobody
 * knows about the vendor's server, or one fault. Values are written as those of {@link Switch}.
 */
public enum BlaxelSwitch implements EmulatorSwitch {
  /** UNKNOWN: which list contract is served: by the version header, or one whatever it says. */
  CONTRACT_SERVED(
      "contract.served",
      "auto",
      SwitchValue.choice("auto", "legacy", "cursor"),
      "UNKNOWN: which list contract is served: by the version header, or one whatever it says."),

  /** UNKNOWN: the direction in which the legacy contract sorts by creation time. */
  LEGACY_ORDER(
      "legacy.order",
      "desc",
      SwitchValue.choice("desc", "asc"),
      "UNKNOWN: the direction in which the legacy contract sorts by creation time."),

  /** UNKNOWN: the page size of a list of executions without limit. */
  LIST_DEFAULT_LIMIT(
      "list.default-limit",
      "20",
      SwitchValue.count(1, 100_000),
      "UNKNOWN: the page size of a list of executions without limit."),

  /** UNKNOWN: the largest page size of a list of executions. */
  LIST_MAX_LIMIT(
      "list.max-limit",
      "100",
      SwitchValue.count(1, 100_000),
      "UNKNOWN: the largest page size of a list of executions."),

  /** UNKNOWN: what happens to a limit above the largest. */
  LIST_OVER_MAX(
      "list.over-max",
      "refuse",
      SwitchValue.choice("refuse", "clamp"),
      "UNKNOWN: what happens to a limit above the largest."),

  /** UNKNOWN: what total counts. */
  LIST_TOTAL(
      "list.total",
      "job",
      SwitchValue.choice("job", "workspace", "filtered", "wrong", "absent"),
      "UNKNOWN: what total counts."),

  /** UNKNOWN: how the tasks of an execution look in a list. */
  LIST_TASKS(
      "list.tasks",
      "full",
      SwitchValue.choice("full", "empty", "absent"),
      "UNKNOWN: how the tasks of an execution look in a list."),

  /** UNKNOWN: whether deleted and expired executions can still be listed and read. */
  LIST_DELETED(
      "list.deleted",
      "listed",
      SwitchValue.choice("listed", "gone"),
      "UNKNOWN: whether deleted and expired executions can still be listed and read."),

  /** Share of pages with fewer rows than asked for although more follow. */
  PAGE_SHORT(
      "page.short",
      "0",
      SwitchValue.share(),
      "Share of pages with fewer rows than asked for although more follow."),

  /** Share of pages of the cursor contract without a row although more follow. */
  PAGE_EMPTY(
      "page.empty",
      "0",
      SwitchValue.share(),
      "Share of pages of the cursor contract without a row although more follow."),

  /** UNKNOWN: what a cursor holds: a number of rows to pass over, or the last row's sort key. */
  CURSOR_POSITION(
      "cursor.position",
      "offset",
      SwitchValue.choice("offset", "keyset"),
      "UNKNOWN: what a cursor holds: a number of rows to pass over, or the last row's sort key."),

  /** How long a cursor is good for, by the emulator's clock. */
  CURSOR_LIFETIME(
      "cursor.lifetime",
      "24h",
      SwitchValue.duration(),
      "How long a cursor is good for, by the emulator's clock."),

  /** UNKNOWN: the status of a rejected cursor. */
  CURSOR_REJECTED_STATUS(
      "cursor.rejected-status",
      "400",
      SwitchValue.choice("400", "410"),
      "UNKNOWN: the status of a rejected cursor."),

  /** Share of pages whose next cursor is the one that asked for them. */
  CURSOR_LOOP(
      "cursor.loop",
      "0",
      SwitchValue.share(),
      "Share of pages whose next cursor is the one that asked for them."),

  /** UNKNOWN: the form of nextCursor where there is none. */
  CURSOR_LAST(
      "cursor.last",
      "empty",
      SwitchValue.choice("empty", "absent", "null"),
      "UNKNOWN: the form of nextCursor where there is none."),

  /**
   * Whether hasMore and nextCursor disagree: on the last page, on all before it, or by a cursor to
   * an empty page.
   */
  META_DISAGREE(
      "meta.disagree",
      "none",
      SwitchValue.choice("none", "more-without-cursor", "cursor-without-more", "cursor-on-last"),
      "Whether hasMore and nextCursor disagree: on the last page, on all before it, or by a cursor to an empty page."),

  /** UNKNOWN: how statuses are written; completed stands in for succeeded. */
  STATUS_SPELLING(
      "status.spelling",
      "lower",
      SwitchValue.choice("lower", "upper", "completed"),
      "UNKNOWN: how statuses are written; completed stands in for succeeded."),

  /** Share of executions that show a status which nobody documents. */
  STATUS_UNKNOWN(
      "status.unknown",
      "0",
      SwitchValue.share(),
      "Share of executions that show a status which nobody documents."),

  /** UNKNOWN: how times are written: RFC 3339 in some form, or a text that is none. */
  TIME_FORMAT(
      "time.format",
      "millis",
      SwitchValue.choice("millis", "seconds", "nanos", "offset", "text"),
      "UNKNOWN: how times are written: RFC 3339 in some form, or a text that is none."),

  /** UNKNOWN: whether envOverride is an object or a JSON string. */
  ENV_FORM(
      "env.form",
      "mixed",
      SwitchValue.choice("mixed", "object", "string"),
      "UNKNOWN: whether envOverride is an object or a JSON string."),

  /** How long an execution runs: a duration, a range to draw from, or manual. */
  RUN_DURATION(
      "run.duration",
      "50ms..300ms",
      SwitchValue.runDuration(),
      "How long an execution runs: a duration, a range to draw from, or manual."),

  /** How long an execution is pending before it runs. */
  RUN_PENDING(
      "run.pending",
      "10ms",
      SwitchValue.duration(),
      "How long an execution is pending before it runs."),

  /** Weights of the end statuses an execution may reach. */
  RUN_OUTCOMES(
      "run.outcomes",
      "succeeded=88,failed=7,cancelled=3,timeout=2",
      SwitchValue.weights(),
      "Weights of the end statuses an execution may reach."),

  /** How many executions of a workspace go on at once; further ones are queued or refused. */
  LIMIT_RUNNING(
      "limit.running",
      "40",
      SwitchValue.count(1, 1_000_000),
      "How many executions of a workspace go on at once; further ones are queued or refused."),

  /** How long an execution is cancelling before it is cancelled. */
  CANCEL_DURATION(
      "cancel.duration",
      "50ms",
      SwitchValue.duration(),
      "How long an execution is cancelling before it is cancelled."),

  /** UNKNOWN: the answer to cancelling an execution that has ended. */
  CANCEL_FINISHED(
      "cancel.finished",
      "200",
      SwitchValue.choice("200", "400", "409"),
      "UNKNOWN: the answer to cancelling an execution that has ended."),

  /**
   * UNKNOWN: the answer to creating with an id that is taken; same answers with the execution that
   * has it.
   */
  CREATE_TAKEN_ID(
      "create.taken-id",
      "400",
      SwitchValue.choice("400", "409", "same"),
      "UNKNOWN: the answer to creating with an id that is taken; same answers with the execution that has it."),

  /** UNKNOWN: the answer about a job that is not there; empty answers lists with no row. */
  JOB_UNKNOWN(
      "job.unknown",
      "404",
      SwitchValue.choice("404", "400", "empty"),
      "UNKNOWN: the answer about a job that is not there; empty answers lists with no row."),

  /** UNKNOWN: how long after the start a single read still answers 404. */
  GET_MISSING(
      "get.missing",
      "PT0S",
      SwitchValue.duration(),
      "UNKNOWN: how long after the start a single read still answers 404."),

  /** How long an access token is good for, by the emulator's clock. */
  TOKEN_LIFETIME(
      "token.lifetime",
      "2h",
      SwitchValue.duration(),
      "How long an access token is good for, by the emulator's clock."),

  /** UNKNOWN: whether a token's answer tells its lifetime. */
  TOKEN_EXPIRES_IN(
      "token.expires-in",
      "told",
      SwitchValue.choice("told", "absent"),
      "UNKNOWN: whether a token's answer tells its lifetime."),

  /** UNKNOWN: the form of error bodies; documented takes the gateway's for its own codes. */
  ERROR_BODY(
      "error.body",
      "documented",
      SwitchValue.choice("documented", "gateway", "control-plane", "none"),
      "UNKNOWN: the form of error bodies; documented takes the gateway's for its own codes."),

  /** Whether answers carry members that nobody documents. */
  UNKNOWN_MEMBERS(
      "unknown.members",
      "off",
      SwitchValue.onOff(),
      "Whether answers carry members that nobody documents."),

  /** UNKNOWN: the white space in JSON answers. */
  ELEMENT_FORMAT(
      "element.format",
      "compact",
      SwitchValue.choice("compact", "pretty"),
      "UNKNOWN: the white space in JSON answers."),

  /** UNKNOWN: whether answers are compressed for a client that accepts gzip. */
  WIRE_GZIP(
      "wire.gzip",
      "off",
      SwitchValue.onOff(),
      "UNKNOWN: whether answers are compressed for a client that accepts gzip."),

  /** Share of requests refused with 429, not carried out. */
  FAULT_429(
      "fault.429",
      "0",
      SwitchValue.share(),
      "Share of requests refused with 429, not carried out."),

  /** Share of requests refused with 500, not carried out. */
  FAULT_500(
      "fault.500",
      "0",
      SwitchValue.share(),
      "Share of requests refused with 500, not carried out."),

  /** Share of requests refused with 502, not carried out. */
  FAULT_502(
      "fault.502",
      "0",
      SwitchValue.share(),
      "Share of requests refused with 502, not carried out."),

  /** Share of requests refused with 503, not carried out. */
  FAULT_503(
      "fault.503",
      "0",
      SwitchValue.share(),
      "Share of requests refused with 503, not carried out."),

  /** Share of requests refused with 504, not carried out. */
  FAULT_504(
      "fault.504",
      "0",
      SwitchValue.share(),
      "Share of requests refused with 504, not carried out."),

  /** Share of requests refused with the retryable 404 WORKLOAD_UNAVAILABLE, not carried out. */
  FAULT_UNAVAILABLE(
      "fault.unavailable",
      "0",
      SwitchValue.share(),
      "Share of requests refused with the retryable 404 WORKLOAD_UNAVAILABLE, not carried out."),

  /** Share of requests whose connection is reset, not carried out. */
  FAULT_RESET(
      "fault.reset",
      "0",
      SwitchValue.share(),
      "Share of requests whose connection is reset, not carried out."),

  /** Share of requests that are carried out, then reset without an answer. */
  FAULT_RESET_AFTER(
      "fault.reset-after",
      "0",
      SwitchValue.share(),
      "Share of requests that are carried out, then reset without an answer."),

  /** Share of answers cut in the middle of the body. */
  FAULT_TRUNCATED(
      "fault.truncated",
      "0",
      SwitchValue.share(),
      "Share of answers cut in the middle of the body."),

  /** Share of answers replaced by a 200 that is not JSON. */
  FAULT_GARBAGE(
      "fault.garbage",
      "0",
      SwitchValue.share(),
      "Share of answers replaced by a 200 that is not JSON."),

  /** Share of answers that wait before their headers. */
  FAULT_SLOW(
      "fault.slow", "0", SwitchValue.share(), "Share of answers that wait before their headers."),

  /** How long a slow answer waits. */
  FAULT_SLOW_DELAY(
      "fault.slow.delay", "500ms", SwitchValue.duration(), "How long a slow answer waits."),

  /** Share of answers that stop for a while in the middle of the body. */
  FAULT_STALL(
      "fault.stall",
      "0",
      SwitchValue.share(),
      "Share of answers that stop for a while in the middle of the body."),

  /** How long a stalled answer stops. */
  FAULT_STALL_DELAY(
      "fault.stall.delay", "500ms", SwitchValue.duration(), "How long a stalled answer stops."),

  /** UNKNOWN: the hint in a 429 or 503: seconds, a date, or X-RateLimit-Reset in epoch seconds. */
  FAULT_RETRY_AFTER(
      "fault.retry-after",
      "none",
      SwitchValue.retryAfter(),
      "UNKNOWN: the hint in a 429 or 503: seconds, a date, or X-RateLimit-Reset in epoch seconds."),

  /** Which operations may meet a fault. */
  FAULT_OPERATIONS(
      "fault.operations",
      "all",
      SwitchValue.allOr("operations", SwitchValue.isOneOf(BlaxelOperation.values())),
      "Which operations may meet a fault."),

  /** Only the first so many requests of an operation may meet a fault; 0 is no bound. */
  FAULT_FIRST(
      "fault.first",
      "0",
      SwitchValue.count(0, Integer.MAX_VALUE),
      "Only the first so many requests of an operation may meet a fault; 0 is no bound.");

  private final String key;
  private final String defaultValue;

  // It only holds functions without state.
  @SuppressWarnings("ImmutableEnumChecker")
  private final SwitchValue value;

  private final String description;

  BlaxelSwitch(String key, String defaultValue, SwitchValue value, String description) {
    this.key = key;
    this.defaultValue = defaultValue;
    this.value = value;
    this.description = description;
  }

  /** {@return the switch's dotted name, which does not change when the constant is renamed} */
  @Override
  public String key() {
    return key;
  }

  /** {@return the value it has unless it is set} */
  @Override
  public String defaultValue() {
    return defaultValue;
  }

  /** {@return one sentence that names the unknown or the fault} */
  @Override
  public String description() {
    return description;
  }

  /** {@return words for the values it takes, to follow "takes"} */
  @Override
  public String takes() {
    return value.takes;
  }

  /**
   * {@return the switch of a dotted name}
   *
   * @param key dotted name as {@link #key()} tells it
   * @throws IllegalArgumentException if there is none
   */
  public static BlaxelSwitch of(String key) {
    for (BlaxelSwitch candidate : values()) {
      if (candidate.key.equals(key)) {
        return candidate;
      }
    }
    throw new IllegalArgumentException("There is no switch " + key + ".");
  }

  /**
   * Checks a value without setting it.
   *
   * @param text the value
   * @throws IllegalArgumentException with a sentence that names the key, if the switch does not
   *     take it
   */
  @Override
  public void check(String text) {
    parse(text);
  }

  Object parse(String text) {
    return value.read(key, text);
  }
}
