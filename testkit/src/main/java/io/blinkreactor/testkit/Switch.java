package io.blinkreactor.testkit;

/**
 * Everything about the emulator that can be turned: each constant is one thing that nobody knows
 * about the vendor's server, or one fault. Values are text, so that they can come from a command
 * line too. Shares lie between 0 and 1; durations are written as {@code PT0.5S}, {@code 500ms} or
 * {@code 2s}.
 */
public enum Switch implements EmulatorSwitch {
  /** How long a run takes: a duration, a range to draw from, or manual. */
  RUN_DURATION(
      "run.duration",
      "50ms..300ms",
      SwitchValue.runDuration(),
      "How long a run takes: a duration, a range to draw from, or manual."),

  /** Weights of the end states a run may reach. */
  RUN_OUTCOMES(
      "run.outcomes",
      "Completed=90,Failed=6,Cancelled=2,Timeout=1,Skipped=1",
      SwitchValue.weights(),
      "Weights of the end states a run may reach."),

  /** Share of runs that pass through Paused for a part of their time. */
  RUN_PAUSE(
      "run.pause",
      "0",
      SwitchValue.share(),
      "Share of runs that pass through Paused for a part of their time."),

  /** How many runs of a workspace go on at once; further ones are queued. */
  LIMIT_RUNNING(
      "limit.running",
      "40",
      SwitchValue.count(1, 1_000_000),
      "How many runs of a workspace go on at once; further ones are queued."),

  /** UNKNOWN: the state_ui of a run that goes on. */
  STATE_UNFINISHED(
      "state.unfinished",
      "Running",
      SwitchValue.name(),
      "UNKNOWN: the state_ui of a run that goes on."),

  /** UNKNOWN: the state_ui of a run that waits for its turn. */
  STATE_QUEUED(
      "state.queued",
      "Pending",
      SwitchValue.name(),
      "UNKNOWN: the state_ui of a run that waits for its turn."),

  /** UNKNOWN: how the raw state is written beside state_ui; absent-ui leaves state_ui out. */
  STATE_RAW(
      "state.raw",
      "same",
      SwitchValue.choice("same", "lower", "upper", "numeric", "absent-ui"),
      "UNKNOWN: how the raw state is written beside state_ui; absent-ui leaves state_ui out."),

  /** UNKNOWN: how long reads still show a run as unfinished after it has ended and called back. */
  STATE_LAG(
      "state.lag",
      "PT0S",
      SwitchValue.duration(),
      "UNKNOWN: how long reads still show a run as unfinished after it has ended and called back."),

  /** UNKNOWN: how long after the start a single read still answers 404. */
  GET_MISSING(
      "get.missing",
      "PT0S",
      SwitchValue.duration(),
      "UNKNOWN: how long after the start a single read still answers 404."),

  /** Share of runs that end and call back before the answer to execute is written. */
  CALLBACK_EARLY(
      "callback.early",
      "0",
      SwitchValue.share(),
      "Share of runs that end and call back before the answer to execute is written."),

  /** Share of runs whose callback is never sent. */
  CALLBACK_LOST(
      "callback.lost", "0", SwitchValue.share(), "Share of runs whose callback is never sent."),

  /** Share of runs whose callback comes late. */
  CALLBACK_LATE(
      "callback.late", "0", SwitchValue.share(), "Share of runs whose callback comes late."),

  /** How late a late callback is. */
  CALLBACK_LATE_DELAY(
      "callback.late.delay", "500ms", SwitchValue.duration(), "How late a late callback is."),

  /** Share of runs whose callback is sent twice. */
  CALLBACK_DOUBLED(
      "callback.doubled", "0", SwitchValue.share(), "Share of runs whose callback is sent twice."),

  /**
   * Share of runs about which a stranger calls back with wrong header values; a request without
   * headers and cookies is left alone.
   */
  CALLBACK_FORGED(
      "callback.forged",
      "0",
      SwitchValue.share(),
      "Share of runs about which a stranger calls back with wrong header values; a request without headers and cookies is left alone."),

  /** UNKNOWN: the form of the callback's body. */
  CALLBACK_BODY(
      "callback.body",
      "metadata",
      SwitchValue.choice("metadata", "nested", "empty", "text", "array", "huge", "invalid-json"),
      "UNKNOWN: the form of the callback's body."),

  /** UNKNOWN: whether the asked method is honoured. */
  CALLBACK_METHOD(
      "callback.method",
      "as-asked",
      SwitchValue.choice("as-asked", "GET", "PUT"),
      "UNKNOWN: whether the asked method is honoured."),

  /** UNKNOWN: whether the asked headers are sent. */
  CALLBACK_HEADERS(
      "callback.headers",
      "sent",
      SwitchValue.choice("sent", "dropped"),
      "UNKNOWN: whether the asked headers are sent."),

  /** UNKNOWN: whether the asked cookies are sent. */
  CALLBACK_COOKIES(
      "callback.cookies",
      "sent",
      SwitchValue.choice("sent", "dropped"),
      "UNKNOWN: whether the asked cookies are sent."),

  /** UNKNOWN: which end states call back. */
  CALLBACK_STATES(
      "callback.states",
      "all",
      SwitchValue.allOr("state names", SwitchValue::isName),
      "UNKNOWN: which end states call back."),

  /** UNKNOWN: how often a callback is sent again that got no 2xx answer. */
  CALLBACK_RETRIES(
      "callback.retries",
      "0",
      SwitchValue.count(0, 100),
      "UNKNOWN: how often a callback is sent again that got no 2xx answer."),

  /** UNKNOWN: the pause before a callback is sent again. */
  CALLBACK_RETRY_DELAY(
      "callback.retry-delay",
      "100ms",
      SwitchValue.duration(),
      "UNKNOWN: the pause before a callback is sent again."),

  /** UNKNOWN: whether callbacks are signed like inbound webhooks are (X-BLINK-SIGNATURE). */
  CALLBACK_SIGNATURE(
      "callback.signature",
      "off",
      SwitchValue.onOff(),
      "UNKNOWN: whether callbacks are signed like inbound webhooks are (X-BLINK-SIGNATURE)."),

  /** UNKNOWN: the unit of the epoch times. */
  TIME_UNIT(
      "time.unit",
      "millis",
      SwitchValue.choice("millis", "seconds", "micros"),
      "UNKNOWN: the unit of the epoch times."),

  /** UNKNOWN: what finished_at is before the end. */
  UNSET_FINISHED_AT(
      "unset.finished-at",
      "absent",
      SwitchValue.choice("absent", "null", "zero"),
      "UNKNOWN: what finished_at is before the end."),

  /** UNKNOWN: the page size of a query without limit. */
  LIST_DEFAULT_LIMIT(
      "list.default-limit",
      "25",
      SwitchValue.count(1, 100_000),
      "UNKNOWN: the page size of a query without limit."),

  /** UNKNOWN: the largest page size. */
  LIST_MAX_LIMIT(
      "list.max-limit", "1000", SwitchValue.count(1, 100_000), "UNKNOWN: the largest page size."),

  /** UNKNOWN: what happens to a limit above the largest. */
  LIST_OVER_MAX(
      "list.over-max",
      "error",
      SwitchValue.choice("error", "clamp"),
      "UNKNOWN: what happens to a limit above the largest."),

  /** UNKNOWN: the order of a query without sort, and of rows that its sort leaves tied. */
  LIST_DEFAULT_ORDER(
      "list.default-order",
      "newest",
      SwitchValue.choice("newest", "oldest", "random"),
      "UNKNOWN: the order of a query without sort, and of rows that its sort leaves tied."),

  /** UNKNOWN: which limit a page names; a requested one that is absent is 0. */
  LIST_LIMIT_ECHO(
      "list.limit-echo",
      "applied",
      SwitchValue.choice("applied", "requested"),
      "UNKNOWN: which limit a page names; a requested one that is absent is 0."),

  /** UNKNOWN: what total counts. */
  LIST_TOTAL(
      "list.total",
      "filtered",
      SwitchValue.choice("filtered", "all", "absent", "wrong"),
      "UNKNOWN: what total counts."),

  /** UNKNOWN: the form of results on an empty page. */
  LIST_EMPTY_RESULTS(
      "list.empty-results",
      "array",
      SwitchValue.choice("array", "null", "absent"),
      "UNKNOWN: the form of results on an empty page."),

  /** UNKNOWN: which members a filter may name. */
  LIST_FIELDS_FILTERABLE(
      "list.fields.filterable",
      "all",
      SwitchValue.allOr("list members", SwitchValue::isListMember),
      "UNKNOWN: which members a filter may name."),

  /** UNKNOWN: which members a sort may name. */
  LIST_FIELDS_SORTABLE(
      "list.fields.sortable",
      "all",
      SwitchValue.allOr("list members", SwitchValue::isListMember),
      "UNKNOWN: which members a sort may name."),

  /** UNKNOWN: which members a select may name. */
  LIST_FIELDS_SELECTABLE(
      "list.fields.selectable",
      "all",
      SwitchValue.allOr("list members", SwitchValue::isListMember),
      "UNKNOWN: which members a select may name."),

  /** UNKNOWN: whether $and is known. */
  RQL_AND("rql.and", "on", SwitchValue.onOff(), "UNKNOWN: whether $and is known."),

  /** UNKNOWN: whether $or is known below the top of the filter. */
  RQL_NESTED_OR(
      "rql.nested-or",
      "on",
      SwitchValue.onOff(),
      "UNKNOWN: whether $or is known below the top of the filter."),

  /** UNKNOWN: whether sort is silently ignored. */
  RQL_IGNORE_SORT(
      "rql.ignore-sort", "off", SwitchValue.onOff(), "UNKNOWN: whether sort is silently ignored."),

  /** UNKNOWN: whether filter is silently ignored. */
  RQL_IGNORE_FILTER(
      "rql.ignore-filter",
      "off",
      SwitchValue.onOff(),
      "UNKNOWN: whether filter is silently ignored."),

  /** UNKNOWN: the status of a refused query. */
  RQL_ERROR_STATUS(
      "rql.error-status",
      "400",
      SwitchValue.count(400, 599),
      "UNKNOWN: the status of a refused query."),

  /** UNKNOWN: the body of a refused query. */
  RQL_ERROR_BODY(
      "rql.error-body",
      "wrapper",
      SwitchValue.choice("wrapper", "text"),
      "UNKNOWN: the body of a refused query."),

  /** UNKNOWN: the status of an accepted execute. */
  EXECUTE_STATUS(
      "execute.status",
      "200",
      SwitchValue.choice("200", "201"),
      "UNKNOWN: the status of an accepted execute."),

  /** Workflow ids that answer 404; every other id is known. */
  EXECUTE_UNKNOWN_PLAYBOOK(
      "execute.unknown-playbook",
      "",
      SwitchValue.ids(),
      "Workflow ids that answer 404; every other id is known."),

  /** UNKNOWN: the answer when a synchronous wait runs out; the run goes on. */
  SYNC_TIMEOUT_ANSWER(
      "sync.timeout-answer",
      "error-408",
      SwitchValue.choice("error-408", "error-504", "accepted"),
      "UNKNOWN: the answer when a synchronous wait runs out; the run goes on."),

  /** UNKNOWN: the answer when a synchronous run does not complete. */
  SYNC_FAILURE_ANSWER(
      "sync.failure-answer",
      "error-400",
      SwitchValue.choice("error-400", "error-500", "output"),
      "UNKNOWN: the answer when a synchronous run does not complete."),

  /** UNKNOWN: the body of a 401 or 403. */
  AUTH_BODY(
      "auth.body",
      "empty",
      SwitchValue.choice("empty", "text", "wrapper"),
      "UNKNOWN: the body of a 401 or 403."),

  /** UNKNOWN: the type of an execution. */
  TYPE_VALUE("type.value", "on_demand", SwitchValue.name(), "UNKNOWN: the type of an execution."),

  /** UNKNOWN: the trigger_type of a run whose request names none. */
  TRIGGER_TYPE_VALUE(
      "trigger-type.value",
      "on_demand",
      SwitchValue.name(),
      "UNKNOWN: the trigger_type of a run whose request names none."),

  /** UNKNOWN: what the keys of step_results are. */
  STEP_RESULTS_KEYS(
      "step-results.keys",
      "ids",
      SwitchValue.choice("ids", "states"),
      "UNKNOWN: what the keys of step_results are."),

  /** UNKNOWN: what the outputs route answers today. */
  OUTPUTS_SHAPE(
      "outputs.shape",
      "execution",
      SwitchValue.choice("execution", "outputs", "gone"),
      "UNKNOWN: what the outputs route answers today."),

  /** UNKNOWN: whether the steps route is there today. */
  STEPS_SHAPE(
      "steps.shape",
      "page",
      SwitchValue.choice("page", "gone"),
      "UNKNOWN: whether the steps route is there today."),

  /** UNKNOWN: the answer to cancelling a run that has ended. */
  CANCEL_FINISHED(
      "cancel.finished",
      "400",
      SwitchValue.choice("400", "200"),
      "UNKNOWN: the answer to cancelling a run that has ended."),

  /** UNKNOWN: the body of an accepted cancel. */
  CANCEL_ANSWER(
      "cancel.answer",
      "string",
      SwitchValue.choice("string", "empty", "object"),
      "UNKNOWN: the body of an accepted cancel."),

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

  /** Share of requests refused with 503, not carried out. */
  FAULT_503(
      "fault.503",
      "0",
      SwitchValue.share(),
      "Share of requests refused with 503, not carried out."),

  /** Share of requests refused with 500, not carried out. */
  FAULT_500(
      "fault.500",
      "0",
      SwitchValue.share(),
      "Share of requests refused with 500, not carried out."),

  /** Share of requests whose connection is reset, not carried out. */
  FAULT_RESET(
      "fault.reset",
      "0",
      SwitchValue.share(),
      "Share of requests whose connection is reset, not carried out."),

  /**
   * Share of requests that are carried out, after which the connection is reset without an answer.
   */
  FAULT_RESET_AFTER(
      "fault.reset-after",
      "0",
      SwitchValue.share(),
      "Share of requests that are carried out, after which the connection is reset without an answer."),

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
      SwitchValue.allOr("operations", SwitchValue.isOneOf(Operation.values())),
      "Which operations may meet a fault."),

  /** Only the first so many requests of an operation may meet a fault; 0 is no bound. */
  FAULT_FIRST(
      "fault.first",
      "0",
      SwitchValue.count(0, Integer.MAX_VALUE),
      "Only the first so many requests of an operation may meet a fault; 0 is no bound."),

  /** Share of executes answered 409, not carried out. */
  CONFLICT_409(
      "conflict.409", "0", SwitchValue.share(), "Share of executes answered 409, not carried out.");

  private final String key;
  private final String defaultValue;

  // It only holds functions without state.
  @SuppressWarnings("ImmutableEnumChecker")
  private final SwitchValue value;

  private final String description;

  Switch(String key, String defaultValue, SwitchValue value, String description) {
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
  public static Switch of(String key) {
    for (Switch candidate : values()) {
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
