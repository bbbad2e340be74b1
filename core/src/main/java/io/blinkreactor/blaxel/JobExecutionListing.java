package io.blinkreactor.blaxel;

import io.blinkreactor.ApiException;
import io.blinkreactor.internal.export.Row;
import io.blinkreactor.internal.stream.Direction;
import io.blinkreactor.internal.stream.Listing;
import io.blinkreactor.internal.stream.PageAsk;
import io.blinkreactor.internal.stream.PageFetch;
import io.blinkreactor.internal.stream.Refusal;
import io.blinkreactor.internal.stream.Rung;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * The executions of a job, in whichever contract the vendor answers: by its cursor, or by offset
 * where it has none.
 */
final class JobExecutionListing<T> implements Listing<T> {

  /** The wording is an assumption; one that is not understood is an error that shows it. */
  private static final Pattern LIMIT =
      Pattern.compile(
          "limit must be (?:between \\d+ and|at most|less than or equal to) (\\d{1,9})");

  private final BlaxelApi api;
  private final String job;
  private final @Nullable String search;
  private final Function<byte[], T> decode;
  private final Function<T, @Nullable String> idOf;
  private final Function<T, @Nullable Long> timeOf;

  private JobExecutionListing(
      BlaxelApi api,
      String job,
      @Nullable String search,
      Function<byte[], T> decode,
      Function<T, @Nullable String> idOf,
      Function<T, @Nullable Long> timeOf) {
    this.api = api;
    this.job = job;
    this.search = search;
    this.decode = decode;
    this.idOf = idOf;
    this.timeOf = timeOf;
  }

  static JobExecutionListing<JobExecution> of(BlaxelApi api, String job, @Nullable String search) {
    return new JobExecutionListing<>(
        api, job, search, JobExecution::decode, JobExecution::id, JobRow::createdAt);
  }

  /** As rows for an archive. */
  static JobExecutionListing<Row> rows(BlaxelApi api, String job, @Nullable String search) {
    return new JobExecutionListing<>(api, job, search, JobRow::decode, Row::id, Row::at);
  }

  @Override
  public String name() {
    return BlaxelApi.LIST;
  }

  @Override
  public String identity() {
    return String.join(
        "|",
        "blaxel",
        api.workspace() == null ? "" : api.workspace(),
        job,
        search == null ? "" : search);
  }

  @Override
  public String shape() {
    return "jobs";
  }

  @Override
  public String timeName() {
    return "createdAt";
  }

  @Override
  public List<Rung> rungs(Set<String> missing) {
    return switch (api.contract()) {
      case LEGACY -> List.of(Rung.LOOSE_OFFSET);
      case CURSOR -> List.of(Rung.CURSOR);
      case AUTO ->
          missing.contains(Refusal.CURSORS)
              ? List.of(Rung.LOOSE_OFFSET)
              : List.of(Rung.CURSOR, Rung.LOOSE_OFFSET);
    };
  }

  @Override
  public PageFetch<T> fetch(PageAsk ask) {
    JobPageRequest page;
    if (ask.rung() == Rung.CURSOR) {
      String cursor = ask.token();
      page = cursor == null ? JobPageRequest.first() : JobPageRequest.after(cursor);
    } else {
      page = JobPageRequest.at(ask.skip());
    }
    // The vendor's own order is newest first, and the only one that the legacy contract may have.
    page =
        ask.direction() == Direction.OLDEST_FIRST
            ? page.order(JobExecutionOrder.OLDEST_FIRST)
            : page;
    page = search == null ? page : page.search(search);
    return new Fetch(page.limit(ask.limit()));
  }

  @Override
  public @Nullable String id(T row) {
    return idOf.apply(row);
  }

  @Override
  public @Nullable Long at(T row) {
    return timeOf.apply(row);
  }

  @Override
  public long at(Instant time) {
    return time.toEpochMilli();
  }

  /**
   * That a cursor which is too old is answered 400 is implied by the vendor, not stated; 404 and
   * 410 would mean the same.
   */
  @Override
  public @Nullable Refusal refusal(Throwable error, PageAsk ask) {
    if (error instanceof ApiException api) {
      int status = api.status();
      if (ask.token() != null && (status == 400 || status == 404 || status == 410)) {
        return new Refusal.TokenGone();
      }
      String message = api.call().vendorMessage();
      Matcher limit = LIMIT.matcher(message == null ? "" : message);
      if (status == 400 && limit.find()) {
        return new Refusal.Limit(Integer.parseInt(limit.group(1)));
      }
      if (status == 400 && "invalid_api_version".equals(api.call().identifier())) {
        return new Refusal.Without(Refusal.CURSORS);
      }
    }
    return null;
  }

  @Override
  public Mono<Void> pauseAfter(Throwable fault, int breaks, Duration standstill) {
    return api.transport().pauseAfter(BlaxelApi.LIST, fault, breaks, standstill);
  }

  private final class Fetch implements PageFetch<T> {

    private final JobPageRequest page;
    private ListPart.@Nullable End<T> end;

    Fetch(JobPageRequest page) {
      this.page = page;
    }

    @Override
    public Flux<T> rows() {
      return api.list(job, page, decode)
          .<T>handle(
              (part, sink) -> {
                if (part instanceof ListPart.Element<T> element) {
                  sink.next(element.value());
                } else if (part instanceof ListPart.End<T> last) {
                  end = last;
                }
              });
    }

    @Override
    public End end() {
      ListPart.End<T> last = end;
      return last == null
          ? new End(null, null, null, false)
          : new End(
              last.total(), last.nextCursor(), last.hasMore(), last.contract() == Contract.LEGACY);
    }
  }
}
