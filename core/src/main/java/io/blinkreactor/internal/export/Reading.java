package io.blinkreactor.internal.export;

import io.blinkreactor.internal.Pace;
import io.blinkreactor.internal.Tally;
import io.blinkreactor.internal.stream.ListStream;
import io.blinkreactor.internal.stream.Range;
import io.blinkreactor.internal.stream.Slices;
import io.blinkreactor.internal.stream.StreamMetrics;
import io.blinkreactor.internal.stream.StreamOptions;
import io.blinkreactor.stream.Checkpointed;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.util.context.Context;

/** The list while it is exported: at its pace, with its costs counted. */
final class Reading {

  /**
   * Reactor's key for what is done with an element that nobody waits for any more. Here that is a
   * row that comes while the reading is ended; it is behind the last checkpoint, so it comes again.
   */
  private static final String NEXT_DROPPED = "reactor.onNextDropped.local";

  private static final Consumer<Object> TOO_LATE = row -> {};

  private final ExportSource source;
  private final Tally tally;
  private final @Nullable Pace pace;

  Reading(ExportSource source, ExportOptions options, Tally tally) {
    this.source = source;
    this.tally = tally;
    this.pace =
        options.requestsPerSecond() > 0
            ? new Pace(options.requestsPerSecond(), source.time())
            : null;
  }

  /** What tells one list from another. */
  String fingerprint() {
    return stream(source.options()).fingerprint();
  }

  /**
   * The rows of a range of times.
   *
   * @param checkpoint where to go on
   * @param end ends it when it completes
   */
  Flux<Checkpointed<Row>> rows(Range range, @Nullable String checkpoint, Mono<Void> end) {
    StreamOptions from = source.options();
    return Flux.defer(
            () -> stream(checkpoint == null ? from : from.resume(checkpoint)).checkpointed(range))
        .takeUntilOther(end)
        .contextWrite(this::counted)
        .contextWrite(context -> context.put(NEXT_DROPPED, TOO_LATE));
  }

  Mono<Slices> slices(Range range, int count) {
    return stream(source.options()).slices(range, count).contextWrite(this::counted);
  }

  private ListStream<Row> stream(StreamOptions options) {
    return new ListStream<>(
        source.listing(),
        options,
        source.memory(),
        new StreamMetrics(source.meters(), tally),
        source.time());
  }

  private Context counted(Context context) {
    Context counting = context.put(Tally.class, tally);
    return pace == null ? counting : counting.put(Pace.class, pace);
  }
}
