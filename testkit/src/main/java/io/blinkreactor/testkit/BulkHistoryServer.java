package io.blinkreactor.testkit;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpHeaderNames;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;
import reactor.netty.resources.LoopResources;

/**
 * A BlinkOps list of any length on a local port, made up while it is read: nothing is kept, so
 * millions of rows cost no memory, and hardly any time. It answers one kind of query, the pages of
 * a walk by {@code created_at} and {@code id}, either way, and 400 to all others. Seven rows share
 * each second, all have ended, and they never change.
 *
 * <p>All methods may be called from any thread; {@link #close()} and {@link Builder#start()} block.
 */
public final class BulkHistoryServer implements AutoCloseable {

  private static final long START = Instant.parse("2026-01-01T00:00:00Z").toEpochMilli();
  private static final int TIES = 7;
  private static final long STEP = 1_000;
  private static final int PIECE = 64 * 1024;
  private static final List<String> ENDS =
      List.of("Completed", "Completed", "Failed", "Completed", "Timeout", "Completed", "Cancelled");

  private final long rows;
  private final Duration latency;
  private final String key;
  private final String workspace;
  private final List<BulkRow> kinds = new ArrayList<>();
  private final AtomicLong pages = new AtomicLong();
  private final AtomicLong sent = new AtomicLong();
  private final AtomicBoolean closed = new AtomicBoolean();
  private final Scheduler timers = Schedulers.newSingle("bulk-history-timers", true);
  private final LoopResources loops = LoopResources.create("bulk-history", 2, true);
  private final LocalServer server;

  private BulkHistoryServer(Builder builder) {
    rows = builder.rows;
    latency = builder.latency;
    Seed seed = new Seed(builder.seed);
    SplittableRandom secrets = seed.random("access", 0);
    key = Seed.secret(secrets);
    workspace = seed.uuid("workspace", 0);
    MadeUp madeUp = new MadeUp(seed, new Settings(Switch.values()));
    for (int i = 0; i < ENDS.size(); i++) {
      kinds.add(BulkRow.of(madeUp, workspace, i, ENDS.get(i), builder.rowBytes));
    }
    server = LocalServer.start("127.0.0.1", 0, loops, this::handle);
  }

  /** {@return a builder of a server of 1,000 rows of 1,400 bytes} */
  public static Builder builder() {
    return new Builder();
  }

  /** {@return the bare address, such as {@code http://127.0.0.1:8080}} */
  public String baseUrl() {
    return server.baseUrl();
  }

  /** {@return the API key to ask with} */
  public String apiKey() {
    return key;
  }

  /** {@return the id of the workspace that has the rows} */
  public String workspace() {
    return workspace;
  }

  /**
   * {@return the id of a row; ids ascend with the rows}
   *
   * @param row its number, from 0 for the oldest
   */
  public String id(long row) {
    return BulkRow.id(row);
  }

  /**
   * {@return when a row was created}
   *
   * @param row its number, from 0 for the oldest
   */
  public Instant createdAt(long row) {
    return Instant.ofEpochMilli(at(row));
  }

  /** {@return how many pages were asked for so far} */
  public long pages() {
    return pages.get();
  }

  /** {@return how many rows were sent so far} */
  public long rowsSent() {
    return sent.get();
  }

  /** {@return how many client connections are open now} */
  public int openConnections() {
    return server.openConnections();
  }

  private static long at(long row) {
    return START + row / TIES * STEP;
  }

  private Publisher<Void> handle(HttpServerRequest request, HttpServerResponse response) {
    Mono<Void> answer = Mono.defer(() -> answer(request, response));
    return latency.isZero() ? answer : Mono.delay(latency, timers).then(answer);
  }

  private Mono<Void> answer(HttpServerRequest request, HttpServerResponse response) {
    if (!key.equals(request.requestHeaders().get("blink-api-key"))) {
      return refuse(response, 401, "unauthorized");
    }
    Route route = Route.of(request.method().name(), request.uri());
    if (route.operation() != Operation.LIST || !workspace.equals(route.workspace())) {
      return refuse(response, 404, "no such route");
    }
    try {
      String q = route.query().getOrDefault("q", List.of("{}")).get(0);
      return page(BulkQuery.parse(q), response);
    } catch (RqlException e) {
      return refuse(response, 400, String.valueOf(e.getMessage()));
    }
  }

  private static Mono<Void> refuse(HttpServerResponse response, int status, String message) {
    byte[] body = Json.bytes(Map.of("message", message, "status", status), false);
    return response
        .status(status)
        .header(HttpHeaderNames.CONTENT_TYPE, "application/json")
        .sendByteArray(Mono.just(body))
        .then();
  }

  private Mono<Void> page(BulkQuery query, HttpServerResponse response) {
    pages.incrementAndGet();
    // Rows that match are those from low on, below high.
    long low = firstAt(query.from());
    long high = Math.min(query.to() == Long.MAX_VALUE ? rows : firstAt(query.to() + 1), rows);
    high = Math.min(query.before() == Long.MAX_VALUE ? rows : firstAt(query.before()), high);
    if (query.ascending()) {
      low = Math.max(low, place(query.at(), query.id(), true));
    } else {
      high = Math.min(high, place(query.at(), query.id(), false));
    }
    long total = Math.max(0, high - low);
    int count = (int) Math.min(query.limit(), total);
    String head =
        "{\"limit\":" + query.limit() + ",\"offset\":0,\"total\":" + total + ",\"results\":[";
    Page page =
        new Page(head, query.ascending() ? low : high - 1, query.ascending() ? 1 : -1, count);
    sent.addAndGet(count);
    return response
        .header(HttpHeaderNames.CONTENT_TYPE, "application/json")
        .header(HttpHeaderNames.CONTENT_LENGTH, String.valueOf(page.length()))
        .send(
            Flux.generate(
                () -> page,
                (rest, sink) -> {
                  sink.next(rest.piece());
                  if (rest.isOver()) {
                    sink.complete();
                  }
                  return rest;
                }))
        .then();
  }

  /** The number of the first row of a time or a later one. */
  private long firstAt(long time) {
    if (time <= START) {
      return 0;
    }
    long steps = Math.min((time - START - 1) / STEP + 1, rows / TIES + 1);
    return Math.min(steps * TIES, rows);
  }

  /**
   * The number of the first row behind a place.
   *
   * @param after whether a row at the very place is before it
   */
  private long place(long time, String id, boolean after) {
    long row = firstAt(time);
    for (; row < rows && at(row) == time; row++) {
      int order = BulkRow.id(row).compareTo(id);
      if (order > 0 || (order == 0 && !after)) {
        break;
      }
    }
    return row;
  }

  /** A page that is being written. For one thread. */
  private final class Page {

    private final byte[] head;
    private final int step;
    private final int count;
    private final int rowLength = kinds.get(0).length();
    private long row;
    private int done = -1;

    Page(String head, long row, int step, int count) {
      this.head = head.getBytes(StandardCharsets.UTF_8);
      this.row = row;
      this.step = step;
      this.count = count;
    }

    long length() {
      return head.length + (long) count * rowLength + Math.max(0, count - 1) + 2;
    }

    boolean isOver() {
      return done == count;
    }

    /** The head, or some rows; with the last comes the end. */
    ByteBuf piece() {
      if (done < 0) {
        done = 0;
        return count > 0
            ? Unpooled.wrappedBuffer(head)
            : Unpooled.wrappedBuffer(head, "]}".getBytes(StandardCharsets.UTF_8));
      }
      int many = Math.min(count - done, Math.max(1, PIECE / rowLength));
      boolean last = done + many == count;
      byte[] piece = new byte[many * (rowLength + 1) + (last ? 1 : 0)];
      int at = 0;
      for (int i = 0; i < many; i++) {
        kinds.get((int) (row % kinds.size())).put(piece, at, row, at(row));
        row += step;
        at += rowLength;
        piece[at++] = ',';
      }
      done += many;
      if (last) {
        piece[at - 1] = ']';
        piece[at] = '}';
      }
      return Unpooled.wrappedBuffer(piece);
    }
  }

  /** Stops serving and drops connections, and waits some seconds at most for that. */
  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    server.close();
    timers.dispose();
    LocalServer.dispose(loops);
  }

  /** Sets up a server. Not safe for many threads. */
  public static final class Builder {

    private static final int MOST_BYTES = 1 << 20;

    private long seed = Long.getLong("blinkreactor.testkit.seed", 1);
    private long rows = 1_000;
    private int rowBytes = 1_400;
    private Duration latency = Duration.ZERO;

    private Builder() {}

    /**
     * Sets how many rows there are.
     *
     * @param value 0 to 2^40, by default 1,000
     * @return this builder
     */
    public Builder rows(long value) {
      if (value < 0 || value > 1L << 40) {
        throw new IllegalArgumentException("There can't be " + value + " rows.");
      }
      rows = value;
      return this;
    }

    /**
     * Sets how long each row is as JSON; the member {@code playbook} is filled up.
     *
     * @param value in bytes, up to 1 MiB, by default 1,400
     * @return this builder
     */
    public Builder rowBytes(int value) {
      if (value > MOST_BYTES) {
        throw new IllegalArgumentException("A row can't have " + value + " bytes.");
      }
      rowBytes = value;
      return this;
    }

    /**
     * Sets how long each page takes to begin.
     *
     * @param value by default zero
     * @return this builder
     */
    public Builder latency(Duration value) {
      latency = value;
      return this;
    }

    /**
     * {@return a server that listens already; blocks until it does}
     *
     * @throws IllegalArgumentException if the rows' members alone are longer than a row
     */
    public BulkHistoryServer start() {
      return new BulkHistoryServer(this);
    }
  }
}
