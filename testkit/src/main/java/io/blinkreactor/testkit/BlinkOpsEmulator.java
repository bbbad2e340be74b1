package io.blinkreactor.testkit;

import static java.util.Objects.requireNonNull;

import java.time.Clock;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.netty.http.client.HttpClient;
import reactor.netty.resources.ConnectionProvider;
import reactor.netty.resources.LoopResources;

/**
 * The executions part of the BlinkOps REST API on a local port, with an invented history and runs
 * that end and call back. It refuses what the vendor does not document, misbehaves as its switches
 * say, and knows the truth that a client is to be compared with. Every chance comes from its seed.
 *
 * <p>All methods may be called from any thread; {@link #close()} and {@link Builder#start()} block.
 */
public final class BlinkOpsEmulator implements AutoCloseable {

  private final Seed seed;
  private final Clock clock;
  private final Api.Access access;
  private final String workspace;
  private final Settings settings;
  private final Executions<Row> executions = new Executions<>();
  private final MadeUp madeUp;
  private final RequestLog<Operation> log = new RequestLog<>();
  private final Runs runs;
  private final CallbackSender callbacks;
  private final AtomicLong added = new AtomicLong();
  private final AtomicBoolean closed = new AtomicBoolean();

  private final @Nullable Scheduler ownTimers;
  private final LoopResources loops = LoopResources.create("blinkops-emulator", 2, true);
  private final ConnectionProvider pool =
      ConnectionProvider.builder("blinkops-emulator-callbacks")
          .maxConnections(500)
          .pendingAcquireMaxCount(-1)
          .maxIdleTime(Duration.ofSeconds(1))
          .build();
  private final LocalServer server;

  private BlinkOpsEmulator(Builder builder) {
    seed = new Seed(builder.seed);
    clock = builder.clock;
    settings = builder.settings.copy();
    ownTimers =
        builder.scheduler == null ? Schedulers.newSingle("blinkops-emulator-timers", true) : null;
    Scheduler timers = builder.scheduler == null ? requireNonNull(ownTimers) : builder.scheduler;
    SplittableRandom secrets = seed.random("access", 0);
    String key = builder.apiKey != null ? builder.apiKey : Seed.secret(secrets);
    workspace = builder.workspace != null ? builder.workspace : seed.uuid("workspace", 0);
    Set<String> allowed = new LinkedHashSet<>(builder.workspaces);
    allowed.add(workspace);
    access = new Api.Access(key, Seed.secret(secrets), Set.copyOf(allowed));
    madeUp = new MadeUp(seed, settings);
    for (Row row : madeUp.history(builder.history, workspace, clock.instant())) {
      executions.add(row.text(Field.ID), row, true);
    }
    HttpClient client =
        HttpClient.create(pool).runOn(loops).disableRetry(true).followRedirect(false);
    callbacks = new CallbackSender(settings, seed, clock, timers, client, key);
    runs = new Runs(settings, seed, clock, executions, madeUp, callbacks, timers);
    Api api =
        new Api(
            access,
            settings,
            executions,
            new ExecutionPages(executions, settings, seed),
            madeUp,
            runs,
            log,
            clock,
            timers);
    Wire<Operation> wire = new Wire<>(api, settings, seed, log, clock, timers);
    server = LocalServer.start(builder.host, builder.port, loops, wire::handle);
  }

  /**
   * {@return a builder of an emulator on a free port, with no history and every switch at its
   * default}
   */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * {@return the bare address, such as {@code http://127.0.0.1:8080}; the API lives below {@code
   * /api/v1}}
   */
  public String baseUrl() {
    return server.baseUrl();
  }

  /** {@return the API key that may do everything} */
  public String apiKey() {
    return access.key();
  }

  /** {@return an API key that the emulator knows and answers with 403} */
  public String forbiddenKey() {
    return access.forbiddenKey();
  }

  /** {@return the id of the workspace that holds the history} */
  public String workspace() {
    return workspace;
  }

  /** {@return the seed of every chance} */
  public long seed() {
    return seed.value();
  }

  /** {@return all requests so far, in order of arrival} */
  public List<RecordedRequest> requests() {
    return log.requests(RecordedRequest::of);
  }

  /**
   * Calls a listener on the arrival of each request from now on, before it is answered. A test can
   * change the history with it at certain requests, and not at certain times.
   *
   * @param listener called on a thread of the emulator; must not block; replaces any earlier one
   */
  public void onRequest(Consumer<RecordedRequest> listener) {
    log.onArrival(entry -> listener.accept(RecordedRequest.of(entry)));
  }

  /** {@return all runs started over the API so far, in order of acceptance} */
  public List<RecordedRun> runs() {
    return runs.recorded();
  }

  /**
   * {@return the run of an execution, or null if the API did not start it}
   *
   * @param executionId the execution's id
   */
  public @Nullable RecordedRun run(String executionId) {
    return runs.recorded(executionId);
  }

  /** {@return all callbacks that were sent so far and answered, refused or given up} */
  public List<RecordedCallback> callbacks() {
    return callbacks.sent();
  }

  /** {@return a sentence for each request that strayed from the vendor's documents} */
  public List<String> violations() {
    return log.violations();
  }

  /**
   * {@return how many requests of an operation came so far}
   *
   * @param operation the operation
   */
  public long count(Operation operation) {
    return log.count(operation);
  }

  /**
   * Turns a switch from now on; what was decided before stays.
   *
   * @param which the switch
   * @param value its value as text
   * @throws IllegalArgumentException if the switch does not take the value
   */
  public void set(Switch which, String value) {
    settings.set(which, value);
  }

  /**
   * Adds one execution to the history.
   *
   * @param members documented members by their JSON names; times as {@code Instant} or epoch
   *     milliseconds, a null leaves a member out, and missing ones are made up
   * @return the execution's id
   * @throws IllegalArgumentException if a member is undocumented or of a wrong type, or the id is
   *     taken
   */
  public String addExecution(Map<String, ?> members) {
    Row row = madeUp.added(members, workspace, clock.instant(), added.getAndIncrement());
    executions.add(row.text(Field.ID), row, true);
    return row.text(Field.ID);
  }

  /**
   * Removes one execution, as the vendor's retention does.
   *
   * @param id the execution's id
   * @return whether it was there
   */
  public boolean removeExecution(String id) {
    return executions.remove(id);
  }

  /**
   * Changes members of one execution, as happens while it goes on.
   *
   * @param id the execution's id
   * @param members documented members but the id by their JSON names; times as {@code Instant} or
   *     epoch milliseconds, and a null takes a member out
   * @return whether it was there
   * @throws IllegalArgumentException if a member is undocumented, of a wrong type, or the id
   */
  public boolean changeExecution(String id, Map<String, ?> members) {
    if (members.containsKey(Field.ID.key)) {
      throw new IllegalArgumentException("An execution keeps its id.");
    }
    Slot<Row> slot = executions.find(id);
    if (slot == null) {
      return false;
    }
    slot.put(slot.row().with(MadeUp.given(members)));
    return true;
  }

  /**
   * Ends a run now, whatever was planned.
   *
   * @param executionId the execution's id
   * @param stateUi its end state
   * @throws NoSuchElementException if the API did not start such a run
   * @throws IllegalStateException if it has ended already
   */
  public void completeRun(String executionId, String stateUi) {
    Run run = runs.find(executionId);
    if (run == null) {
      throw new NoSuchElementException("The API started no run " + executionId + ".");
    }
    if (!runs.end(run, stateUi)) {
      throw new IllegalStateException("The run " + executionId + " has ended already.");
    }
  }

  /**
   * {@return what the API would answer now to a request for one execution}
   *
   * @param id the execution's id, in any workspace
   * @throws NoSuchElementException if the API would answer 404
   */
  public Map<String, @Nullable Object> execution(String id) {
    Slot<Row> slot = executions.find(id);
    if (slot == null || !slot.readable()) {
      throw new NoSuchElementException("There is no execution " + id + ".");
    }
    return new View(settings).detail(slot.row());
  }

  /** {@return how many client connections are open now} */
  public int openConnections() {
    return server.openConnections();
  }

  /**
   * Stops serving, drops connections, timers and callbacks, and waits some seconds at most for
   * that.
   */
  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    runs.dispose();
    server.close();
    if (ownTimers != null) {
      ownTimers.dispose();
    }
    pool.disposeLater().block(LocalServer.CLOSE_PATIENCE);
    LocalServer.dispose(loops);
  }

  /** Sets up an emulator. Not safe for many threads. */
  public static final class Builder {
    private long seed = Long.getLong("blinkreactor.testkit.seed", 1);
    private String host = "127.0.0.1";
    private int port;
    private @Nullable String apiKey;
    private @Nullable String workspace;
    private List<String> workspaces = List.of();
    private Clock clock = Clock.systemUTC();
    private @Nullable Scheduler scheduler;
    private int history;
    private final Settings settings = new Settings(Switch.values());

    private Builder() {}

    /**
     * Sets the seed; the default is 1, or the system property {@code blinkreactor.testkit.seed}.
     *
     * @param value the seed
     * @return this builder
     */
    public Builder seed(long value) {
      seed = value;
      return this;
    }

    /**
     * Sets the address to listen on.
     *
     * @param value host name or address, by default 127.0.0.1
     * @return this builder
     */
    public Builder host(String value) {
      host = value;
      return this;
    }

    /**
     * Sets the port to listen on.
     *
     * @param value port number, by default 0 for a free one
     * @return this builder
     */
    public Builder port(int value) {
      port = value;
      return this;
    }

    /**
     * Sets the API key that may do everything.
     *
     * @param value the key, by default one made from the seed
     * @return this builder
     */
    public Builder apiKey(String value) {
      apiKey = value;
      return this;
    }

    /**
     * Sets the workspace that holds the history.
     *
     * @param value the workspace's id, by default one made from the seed
     * @return this builder
     */
    public Builder workspace(String value) {
      workspace = value;
      return this;
    }

    /**
     * Allows further workspaces, which have no history; all others answer 403.
     *
     * @param values the workspaces' ids
     * @return this builder
     */
    public Builder workspaces(String... values) {
      workspaces = List.of(values);
      return this;
    }

    /**
     * Sets the clock that all times come from. What waits does so on the {@link #scheduler} all the
     * same.
     *
     * @param value the clock, by default the system's
     * @return this builder
     */
    public Builder clock(Clock value) {
      clock = value;
      return this;
    }

    /**
     * Sets the scheduler on which runs last, answers lag and callbacks are delayed or given up.
     * With a {@code VirtualTimeScheduler}, the test decides when such time passes.
     *
     * @param value the scheduler, by default a thread of the emulator's own; the emulator does not
     *     dispose of it
     * @return this builder
     */
    public Builder scheduler(Scheduler value) {
      scheduler = value;
      return this;
    }

    /**
     * Has finished executions made up, spread over the thirty days before the clock's present day
     * (UTC).
     *
     * @param rows how many, by default none
     * @return this builder
     */
    public Builder history(int rows) {
      history = rows;
      return this;
    }

    /**
     * Turns a switch.
     *
     * @param which the switch
     * @param value its value as text
     * @return this builder
     * @throws IllegalArgumentException if the switch does not take the value
     */
    public Builder set(Switch which, String value) {
      settings.set(which, value);
      return this;
    }

    /**
     * {@return an emulator that listens already; blocks until it does}
     *
     * @throws RuntimeException if the port can't be bound
     */
    public BlinkOpsEmulator start() {
      return new BlinkOpsEmulator(this);
    }
  }
}
