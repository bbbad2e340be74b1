package io.blinkreactor.testkit;

import java.time.Clock;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.netty.resources.LoopResources;

/**
 * The job executions part of the Blaxel API on a local port, with an invented history and
 * executions that go on and end. It serves both list contracts, refuses what the vendor does not
 * document, misbehaves as its switches say, and knows the truth that a client is to be compared
 * with. Every chance comes from its seed.
 *
 * <p>All methods may be called from any thread; {@link #close()} and {@link Builder#start()} block.
 */
public final class BlaxelEmulator implements AutoCloseable {
  private final Seed seed;
  private final Clock clock;
  private final BlaxelApi.Access access;
  private final String workspace;
  private final String job;
  private final Settings settings;
  private final Executions<BlaxelRow> executions = new Executions<>();
  private final BlaxelMadeUp madeUp;
  private final BlaxelPages pages;
  private final BlaxelRuns runs;
  private final BlaxelTokens tokens;
  private final RequestLog<BlaxelOperation> log = new RequestLog<>();
  private final AtomicLong added = new AtomicLong();
  private final AtomicBoolean closed = new AtomicBoolean();

  private final Scheduler timers = Schedulers.newSingle("blaxel-emulator-timers", true);
  private final LoopResources loops = LoopResources.create("blaxel-emulator", 2, true);
  private final LocalServer server;

  private BlaxelEmulator(Builder builder) {
    seed = new Seed(builder.seed);
    clock = builder.clock;
    settings = builder.settings.copy();
    workspace = builder.workspace;
    job = builder.job;
    access = access(builder, seed);
    madeUp = new BlaxelMadeUp(seed, settings);
    for (BlaxelRow row : madeUp.history(builder.history, workspace, job, clock.instant())) {
      executions.add(row.id(), row, true);
    }
    pages = new BlaxelPages(executions, settings, seed, clock);
    runs = new BlaxelRuns(settings, seed, clock, executions, madeUp, timers);
    tokens = new BlaxelTokens(seed, settings, clock);
    BlaxelApi api =
        new BlaxelApi(
            access,
            settings,
            seed,
            executions,
            pages,
            runs,
            tokens,
            new BlaxelErrors(settings, clock),
            log);
    Wire<BlaxelOperation> wire = new Wire<>(api, settings, seed, log, clock, timers);
    server = LocalServer.start(builder.host, builder.port, loops, wire::handle);
  }

  private static BlaxelApi.Access access(Builder builder, Seed seed) {
    SplittableRandom secrets = seed.random("access", 0);
    String key = "bl_" + Seed.secret(secrets);
    String forbiddenKey = "bl_" + Seed.secret(secrets);
    String clientId = "client-" + Seed.uuid(secrets);
    String clientSecret = Seed.secret(secrets);
    List<String> workspaces = new ArrayList<>(List.of(builder.workspace));
    workspaces.addAll(builder.workspaces);
    Set<String> jobs = new HashSet<>(builder.jobs);
    jobs.add(builder.job);
    return new BlaxelApi.Access(
        builder.apiKey != null ? builder.apiKey : key,
        forbiddenKey,
        builder.clientId != null ? builder.clientId : clientId,
        builder.clientSecret != null ? builder.clientSecret : clientSecret,
        List.copyOf(workspaces),
        Set.copyOf(jobs));
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
   * /v0}}
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

  /** {@return the client id that can be exchanged for a token} */
  public String clientId() {
    return access.clientId();
  }

  /** {@return the secret that belongs to the client id} */
  public String clientSecret() {
    return access.clientSecret();
  }

  /** {@return the name of the workspace that holds the history} */
  public String workspace() {
    return workspace;
  }

  /** {@return the name of the job that holds the history} */
  public String job() {
    return job;
  }

  /** {@return the seed of every chance} */
  public long seed() {
    return seed.value();
  }

  /** {@return all requests so far, in order of arrival} */
  public List<RecordedBlaxelRequest> requests() {
    return log.requests(RecordedBlaxelRequest::of);
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
  public long count(BlaxelOperation operation) {
    return log.count(operation);
  }

  /**
   * Turns a switch from now on; what was decided before stays.
   *
   * @param which the switch
   * @param value its value as text
   * @throws IllegalArgumentException if the switch does not take the value
   */
  public void set(BlaxelSwitch which, String value) {
    settings.set(which, value);
  }

  /** Makes all tokens issued so far, access tokens and refresh tokens, worthless. */
  public void revokeTokens() {
    tokens.revoke();
  }

  /**
   * Adds one execution to the history.
   *
   * @param members documented members in the shape of the wire, nested as there; times as {@code
   *     Instant} or RFC 3339 text, a null leaves a member out, and missing ones are made up; one
   *     without {@code createdAt} is listed as if it were created now
   * @return the execution's id
   * @throws IllegalArgumentException if a member is undocumented or of a wrong type, or the id is
   *     taken
   */
  public String addExecution(Map<String, ?> members) {
    BlaxelRow row = madeUp.added(members, workspace, job, clock.instant(), added.getAndIncrement());
    executions.add(row.id(), row, true);
    return row.id();
  }

  /**
   * Removes one execution without a trace.
   *
   * @param id the execution's id
   * @return whether it was there
   */
  public boolean removeExecution(String id) {
    return executions.remove(id);
  }

  /**
   * Ends an execution now, whatever was planned.
   *
   * @param id the execution's id
   * @param status its end status
   * @throws NoSuchElementException if there is none
   * @throws IllegalStateException if it has ended already
   */
  public void completeExecution(String id, String status) {
    Slot<BlaxelRow> slot = executions.find(id);
    if (slot == null) {
      throw new NoSuchElementException("There is no execution " + id + ".");
    }
    if (!runs.end(slot, status)) {
      throw new IllegalStateException("The execution " + id + " has ended already.");
    }
  }

  /**
   * {@return what the API would answer now to a request for one execution}
   *
   * @param id the execution's id, in any workspace and job
   * @throws NoSuchElementException if the API would answer 404
   */
  public Map<String, @Nullable Object> execution(String id) {
    Slot<BlaxelRow> slot = executions.find(id);
    if (slot == null || !slot.readable() || !pages.isVisible(slot.row())) {
      throw new NoSuchElementException("There is no execution " + id + ".");
    }
    return new BlaxelView(settings, seed).execution(slot.row());
  }

  /**
   * {@return the ids of all executions of {@link #job()} that a whole walk should meet, newest
   * first; those created at the same moment in reverse order of arrival}
   */
  public List<String> executionIds() {
    return pages.ids(workspace, job);
  }

  /** {@return the ids of the executions created over the API, in order of acceptance} */
  public List<String> createdIds() {
    return runs.created();
  }

  /** {@return how many client connections are open now} */
  public int openConnections() {
    return server.openConnections();
  }

  /** Stops serving, drops connections and timers, and waits some seconds at most for that. */
  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    server.close();
    timers.dispose();
    LocalServer.dispose(loops);
  }

  /** Sets up an emulator. Not safe for many threads. */
  public static final class Builder {
    private long seed = Long.getLong("blinkreactor.testkit.seed", 1);
    private String host = "127.0.0.1";
    private int port;
    private @Nullable String apiKey;
    private @Nullable String clientId;
    private @Nullable String clientSecret;
    private String workspace = "acme";
    private List<String> workspaces = List.of();
    private String job = "nightly-report";
    private List<String> jobs = List.of();
    private Clock clock = Clock.systemUTC();
    private int history;
    private final Settings settings = new Settings(BlaxelSwitch.values());

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
     * Sets the client id that can be exchanged for a token.
     *
     * @param value the client id, by default one made from the seed
     * @return this builder
     */
    public Builder clientId(String value) {
      clientId = value;
      return this;
    }

    /**
     * Sets the secret that belongs to the client id.
     *
     * @param value the secret, by default one made from the seed
     * @return this builder
     */
    public Builder clientSecret(String value) {
      clientSecret = value;
      return this;
    }

    /**
     * Sets the workspace that holds the history; it is also meant when a request names none.
     *
     * @param value the workspace's name, by default acme
     * @return this builder
     */
    public Builder workspace(String value) {
      workspace = value;
      return this;
    }

    /**
     * Allows further workspaces, which have no history; all others answer 403.
     *
     * @param values the workspaces' names
     * @return this builder
     */
    public Builder workspaces(String... values) {
      workspaces = List.of(values);
      return this;
    }

    /**
     * Sets the job that holds the history.
     *
     * @param value the job's name, by default nightly-report
     * @return this builder
     */
    public Builder job(String value) {
      job = value;
      return this;
    }

    /**
     * Adds further jobs, which have no history.
     *
     * @param values the jobs' names
     * @return this builder
     */
    public Builder jobs(String... values) {
      jobs = List.of(values);
      return this;
    }

    /**
     * Sets the clock that all times come from, and the ages of cursors and tokens. Waiting is done
     * in real time all the same.
     *
     * @param value the clock, by default the system's
     * @return this builder
     */
    public Builder clock(Clock value) {
      clock = value;
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
    public Builder set(BlaxelSwitch which, String value) {
      settings.set(which, value);
      return this;
    }

    /**
     * {@return an emulator that listens already; blocks until it does}
     *
     * @throws RuntimeException if it can't listen
     */
    public BlaxelEmulator start() {
      return new BlaxelEmulator(this);
    }
  }
}
