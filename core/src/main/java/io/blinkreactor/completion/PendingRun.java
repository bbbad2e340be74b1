package io.blinkreactor.completion;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link PendingStore} keeps of a run that has not been seen to end. Immutable. Times are
 * kept to the millisecond.
 *
 * <p>{@link #toBytes} writes it in a form that carries a version, so that every store can share it;
 * what has no member here can go into the {@linkplain #attributes attributes}.
 */
public final class PendingRun {

  /** How far the start of a run has come. */
  public enum Phase {
    /** It is about to be asked for, or being asked for. */
    STARTING,
    /** The vendor has started it, its execution id is known. */
    STARTED,
    /** The request broke after bytes had left: nobody knows whether the vendor has started it. */
    UNKNOWN
  }

  /** The longest id, in bytes of UTF-8. */
  static final int MAX_ID_BYTES = 256;

  /** The attribute that a callback's hint is kept in. */
  private static final String HINT = "callback-hint";

  /** Instead of the time of a signal. */
  static final long NEVER = -1;

  private final String correlationId;
  private final String scope;
  private final String target;
  private final Phase phase;
  private final @Nullable String executionId;
  private final Map<String, String> attributes;

  // In milliseconds, since hundreds of thousands of runs may be pending.
  private final long registeredAt;
  private final long deadline;
  private final long signalledAt;

  private PendingRun(Builder b, Phase phase, @Nullable String executionId, long signalledAt) {
    this.correlationId = b.correlationId;
    this.scope = b.scope;
    this.target = b.target;
    this.phase = phase;
    this.executionId = executionId;
    this.registeredAt = b.registeredAt;
    this.deadline = b.deadline;
    this.signalledAt = signalledAt;
    this.attributes = Map.copyOf(b.attributes);
  }

  private PendingRun(PendingRun run, Phase phase, @Nullable String executionId, long signalledAt) {
    this(run, phase, executionId, signalledAt, run.attributes);
  }

  private PendingRun(
      PendingRun run,
      Phase phase,
      @Nullable String executionId,
      long signalledAt,
      Map<String, String> attributes) {
    this.correlationId = run.correlationId;
    this.scope = run.scope;
    this.target = run.target;
    this.phase = phase;
    this.executionId = executionId;
    this.registeredAt = run.registeredAt;
    this.deadline = run.deadline;
    this.signalledAt = signalledAt;
    this.attributes = attributes;
  }

  /**
   * Starts a run in phase {@link Phase#STARTING}.
   *
   * @param scope what the run belongs to, such as a workspace
   * @param correlationId our id of the run, 1 to 256 bytes
   * @param target what is run, such as the id of a playbook
   * @param registeredAt the wall-clock time of the registration
   * @param deadline the wall-clock time at which waiting ends
   * @return the builder
   * @throws IllegalArgumentException if a time is before 1970 or after the year 9999
   */
  public static Builder builder(
      String scope, String correlationId, String target, Instant registeredAt, Instant deadline) {
    return new Builder(scope, correlationId, target, registeredAt, deadline);
  }

  /**
   * Reads what {@link #toBytes} wrote.
   *
   * @param bytes the record
   * @return the run
   * @throws io.blinkreactor.StoreException if the record is damaged, or of a newer version than
   *     this library knows
   */
  public static PendingRun fromBytes(byte[] bytes) {
    return PendingRunFormat.read(bytes);
  }

  /** {@return the run with its version and a checksum, at most 64 KiB; holds no secret} */
  public byte[] toBytes() {
    return PendingRunFormat.write(this);
  }

  /** {@return our id of the run} */
  public String correlationId() {
    return correlationId;
  }

  /** {@return what the run belongs to, such as a workspace} */
  public String scope() {
    return scope;
  }

  /** {@return what is run, such as the id of a playbook} */
  public String target() {
    return target;
  }

  /** {@return how far its start has come} */
  public Phase phase() {
    return phase;
  }

  /** {@return the vendor's id of the run; null unless the phase is {@link Phase#STARTED}} */
  public @Nullable String executionId() {
    return executionId;
  }

  /** {@return the wall-clock time of the registration} */
  public Instant registeredAt() {
    return Instant.ofEpochMilli(registeredAt);
  }

  /** {@return the wall-clock time at which waiting ends} */
  public Instant deadline() {
    return Instant.ofEpochMilli(deadline);
  }

  /** {@return when the first authenticated callback came, or null if none did} */
  public @Nullable Instant signalledAt() {
    return signalledAt == NEVER ? null : Instant.ofEpochMilli(signalledAt);
  }

  /**
   * {@return the execution id that a callback claimed while none was known, or null}
   *
   * <p>Not to be believed before the vendor has confirmed it.
   */
  public @Nullable String hint() {
    return attributes.get(HINT);
  }

  long registeredMillis() {
    return registeredAt;
  }

  long deadlineMillis() {
    return deadline;
  }

  /** {@link #NEVER} if there was no callback. */
  long signalledMillis() {
    return signalledAt;
  }

  /** {@return whatever else was registered with it; unmodifiable} */
  public Map<String, String> attributes() {
    return attributes;
  }

  /**
   * The same run, started.
   *
   * @param id the vendor's id of the run, 1 to 256 bytes
   * @return the run in phase {@link Phase#STARTED}
   * @throws IllegalArgumentException if the id is empty, too long or not valid Unicode
   * @throws IllegalStateException if it has another execution id
   */
  public PendingRun started(String id) {
    PendingRunFormat.checkId("An execution id", requireNonNull(id, "executionId"));
    if (executionId == null) {
      return new PendingRun(this, Phase.STARTED, id, signalledAt);
    }
    if (!executionId.equals(id)) {
      throw new IllegalStateException("The run has another execution id, " + executionId + ".");
    }
    return this;
  }

  /**
   * The same run, after its start broke.
   *
   * @return the run in phase {@link Phase#UNKNOWN}
   * @throws IllegalStateException if it is known to have started
   */
  public PendingRun startUnknown() {
    if (phase == Phase.STARTED) {
      throw new IllegalStateException("The run is known to have started.");
    }
    return phase == Phase.UNKNOWN
        ? this
        : new PendingRun(this, Phase.UNKNOWN, executionId, signalledAt);
  }

  /**
   * The same run, after a callback.
   *
   * @param at when it came
   * @param hint the execution id that it claims to be of, 1 to 256 bytes, or null
   * @return the run with that time and hint, unless it had one before; the run itself if nothing
   *     changes
   */
  public PendingRun signalled(Instant at, @Nullable String hint) {
    long millis = signalledAt == NEVER ? Stored.millis("at", at) : signalledAt;
    boolean news = hint != null && executionId == null && !attributes.containsKey(HINT);
    if (!news && signalledAt != NEVER) {
      return this;
    }
    Map<String, String> more = attributes;
    if (hint != null && news) {
      PendingRunFormat.checkId("A hint", hint);
      more = new HashMap<>(attributes);
      more.put(HINT, hint);
      more = Map.copyOf(more);
    }
    return new PendingRun(this, phase, executionId, millis, more);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof PendingRun that
        && correlationId.equals(that.correlationId)
        && scope.equals(that.scope)
        && target.equals(that.target)
        && phase == that.phase
        && Objects.equals(executionId, that.executionId)
        && registeredAt == that.registeredAt
        && deadline == that.deadline
        && signalledAt == that.signalledAt
        && attributes.equals(that.attributes);
  }

  @Override
  public int hashCode() {
    return correlationId.hashCode();
  }

  /** {@return scope, ids and phase, without the attributes} */
  @Override
  public String toString() {
    return "PendingRun["
        + scope
        + " "
        + correlationId
        + " "
        + phase
        + (executionId == null ? "" : " " + executionId)
        + (signalledAt == NEVER ? "" : " signalled")
        + "]";
  }

  /** Collects the members of a run; not for use by several threads. */
  public static final class Builder {

    private final String scope;
    private final String correlationId;
    private final String target;
    private final long registeredAt;
    private final long deadline;
    private Map<String, String> attributes = Map.of();
    private @Nullable String executionId;

    private Builder(
        String scope, String correlationId, String target, Instant registeredAt, Instant deadline) {
      this.scope = requireNonNull(scope, "scope");
      this.correlationId = requireNonNull(correlationId, "correlationId");
      this.target = requireNonNull(target, "target");
      this.registeredAt = Stored.millis("registeredAt", registeredAt);
      this.deadline = Stored.millis("deadline", deadline);
    }

    /**
     * Makes it a run that has been started already.
     *
     * @param id the vendor's id of the run, 1 to 256 bytes
     * @return this builder
     */
    public Builder executionId(String id) {
      this.executionId = requireNonNull(id, "executionId");
      return this;
    }

    /**
     * Adds something that has no member of its own. Not for secrets: it is stored as it is.
     *
     * @param name its name
     * @param value its value
     * @return this builder
     */
    public Builder attribute(String name, String value) {
      if (attributes.isEmpty()) {
        attributes = new HashMap<>();
      }
      attributes.put(requireNonNull(name, "name"), requireNonNull(value, "value"));
      return this;
    }

    /**
     * Makes the run.
     *
     * @return the run
     * @throws IllegalArgumentException if the correlation or the execution id is empty or longer
     *     than 256 bytes, if the run takes more than 64 KiB, or if a text is not valid Unicode
     */
    public PendingRun build() {
      PendingRun run =
          new PendingRun(
              this, executionId == null ? Phase.STARTING : Phase.STARTED, executionId, NEVER);
      PendingRunFormat.check(run);
      return run;
    }
  }

  /** The run as the format read it. */
  static PendingRun restored(Builder members, Phase phase, long signalledAt) {
    return new PendingRun(members, phase, members.executionId, signalledAt);
  }
}
