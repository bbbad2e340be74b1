package io.blinkreactor.blaxel;

import io.blinkreactor.TimeSource;
import io.blinkreactor.TransportException;
import io.blinkreactor.internal.completion.PendingRuns;
import io.blinkreactor.internal.http.ApiCall;
import io.blinkreactor.internal.http.ApiCall.Resend;
import io.blinkreactor.internal.http.HttpTransport;
import io.blinkreactor.internal.json.Shape;
import io.blinkreactor.internal.stream.ServerMemory;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The vendor's operations on job executions: what is sent, and how the answers are read. */
final class BlaxelApi {

  /** The list's name in metrics. */
  static final String LIST = "jobs.list";

  private static final String VERSION_HEADER = "Blaxel-Version";

  /** The version from which on lists are paged by cursor and tasks can be listed. */
  private static final String CURSOR_VERSION = "2026-04-28";

  private static final String EXECUTIONS = "/jobs/{jobId}/executions";
  private static final String EXECUTION = EXECUTIONS + "/{executionId}";

  private static final Shape CREATED = new Shape();
  private static final Shape.Field<String> EXECUTION_ID = CREATED.text("executionId");

  private final HttpTransport transport;
  private final @Nullable String workspace;
  private final Contract contract;
  private final TimeSource time;
  private final @Nullable MeterRegistry meters;
  private final PendingRuns pendingRuns;
  private final ServerMemory serverMemory;

  BlaxelApi(
      HttpTransport transport,
      @Nullable String workspace,
      Contract contract,
      TimeSource time,
      @Nullable MeterRegistry meters,
      PendingRuns pendingRuns,
      ServerMemory serverMemory) {
    this.transport = transport;
    this.workspace = workspace;
    this.contract = contract;
    this.time = time;
    this.meters = meters;
    this.pendingRuns = pendingRuns;
    this.serverMemory = serverMemory;
  }

  BlaxelApi inWorkspace(String other) {
    return new BlaxelApi(transport, other, contract, time, meters, pendingRuns, serverMemory);
  }

  @Nullable String workspace() {
    return workspace;
  }

  TimeSource time() {
    return time;
  }

  @Nullable MeterRegistry meters() {
    return meters;
  }

  PendingRuns pendingRuns() {
    return pendingRuns;
  }

  ServerMemory serverMemory() {
    return serverMemory;
  }

  Contract contract() {
    return contract;
  }

  HttpTransport transport() {
    return transport;
  }

  Mono<JobExecution> get(String job, String id) {
    return transport.send(ready(ApiCall.get("jobs.get", EXECUTION, job, id)), JobExecution::decode);
  }

  Mono<String> create(String job, CreateJobExecution request) {
    return transport.send(
        ready(
            ApiCall.post("jobs.create", Resend.UNSENT_ONLY, EXECUTIONS, job)
                .body(request.json())
                .secrets(request.secrets())),
        body -> {
          String id = CREATED.decode(body).get(EXECUTION_ID);
          if (id == null || id.isBlank()) {
            throw new IllegalArgumentException("The member executionId is missing.");
          }
          return id;
        });
  }

  Mono<JobExecution> cancel(String job, String id) {
    return transport.send(
        ready(ApiCall.delete("jobs.cancel", EXECUTION, job, id)), JobExecution::decode);
  }

  /** One page, read whole. */
  Mono<JobExecutionPage> page(String job, JobPageRequest wanted) {
    return transport
        .send(listCall(job, wanted), whole(JobExecution::decode, JobExecutionPage::of))
        .doOnNext(page -> check(wanted, page.contract()));
  }

  /**
   * One page, whose executions are handed on while it arrives, and behind them its end. It is
   * retried up to the first execution; a fault after that ends it.
   */
  <T> Flux<ListPart<T>> list(String job, JobPageRequest wanted, Function<byte[], T> decode) {
    return transport.stream(
            listCall(job, wanted), () -> new ListReader<>(transport.maxResponseBytes(), decode))
        .doOnNext(part -> check(wanted, part.contract()));
  }

  Mono<JobTaskPage> tasks(String job, String id, int limit, @Nullable String cursor) {
    ApiCall.Builder call =
        ApiCall.get("jobs.tasks", EXECUTION + "/tasks", job, id)
            .header(VERSION_HEADER, CURSOR_VERSION)
            .query("limit", Integer.toString(limit));
    if (cursor != null) {
      call.query("cursor", cursor);
    }
    return transport.send(ready(call), whole(JobTask::decode, JobTaskPage::of));
  }

  private ApiCall listCall(String job, JobPageRequest wanted) {
    Long offset = wanted.offset();
    String misfit =
        wanted.needsCursors() && (contract == Contract.LEGACY || offset != null)
            ? "A cursor, an order or a search belongs to the cursor contract, not to the legacy one with its offsets."
            : offset != null && contract == Contract.CURSOR
                ? "An offset belongs to the legacy contract, not to the cursor contract."
                : null;
    if (misfit != null) {
      throw new IllegalArgumentException(
          misfit + " The vendor would not heed it; see contract(...).");
    }
    ApiCall.Builder call =
        ApiCall.get(LIST, EXECUTIONS, job).query("limit", Integer.toString(wanted.limit()));
    if (contract != Contract.LEGACY && offset == null) {
      call.header(VERSION_HEADER, CURSOR_VERSION);
    }
    if (offset != null) {
      call.query("offset", Long.toString(offset));
    }
    if (wanted.cursor() != null) {
      call.query("cursor", wanted.cursor());
    }
    if (wanted.order() != null) {
      call.query("sort", wanted.order().wire());
    }
    if (wanted.search() != null) {
      call.query("q", wanted.search());
    }
    return ready(call);
  }

  /** Fails where the answer's contract shows that a part of the request was passed over. */
  private void check(JobPageRequest wanted, Contract answered) {
    boolean fits =
        answered == Contract.LEGACY
            ? contract != Contract.CURSOR && !wanted.needsCursors()
            : contract != Contract.LEGACY && wanted.offset() == null;
    if (!fits) {
      boolean legacy = answered == Contract.LEGACY;
      throw new TransportException(
          legacy
              ? "The list was answered in the legacy contract, which heeds no cursor, order or search."
              : "The list was answered in the cursor contract, which heeds no offset.",
          true,
          legacy
              ? "Leave them out"
                  + (contract == Contract.AUTO ? "." : ", and set contract(LEGACY) or none.")
              : "Page by cursor"
                  + (contract == Contract.AUTO ? "." : ", and set contract(CURSOR) or none."),
          null);
    }
  }

  private ApiCall ready(ApiCall.Builder call) {
    if (workspace != null) {
      call.header("X-Blaxel-Workspace", workspace);
    }
    return call.build();
  }

  /** Reads a page at once; the transport has bounded its body already. */
  private static <T, P> Function<byte[], P> whole(
      Function<byte[], T> decode, BiFunction<List<T>, ListPart.End<T>, P> make) {
    return body -> {
      ListReader<T> reader = new ListReader<>(Integer.MAX_VALUE, decode);
      List<T> elements = new ArrayList<>();
      for (ListPart<T> part : reader.feed(body)) {
        if (part instanceof ListPart.Element<T> element) {
          elements.add(element.value());
        }
      }
      return make.apply(List.copyOf(elements), (ListPart.End<T>) reader.end().get(0));
    };
  }
}
