package io.blinkreactor.internal.export;

import io.blinkreactor.TimeSource;
import io.blinkreactor.export.ExportJob;
import io.blinkreactor.export.ExportProgress;
import io.blinkreactor.export.ExportSummary;
import io.blinkreactor.internal.OptionChecks;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * A run of an export, and looks at it. Cancelling stops the work in order: the files are brought to
 * an end first, so it goes on for a moment after.
 */
final class Job implements ExportJob {

  /** What is run: stops soon after the signal, having closed all that it opened. */
  interface Work {
    Mono<ExportSummary> run(Mono<Void> stop);
  }

  private static final Logger log = LoggerFactory.getLogger(Job.class);

  private final TimeSource time;
  private final Function<ExportMeter, Work> work;
  private final Sinks.Many<Started> started = Sinks.many().replay().latest();

  /** A run that has begun. */
  private record Started(ExportMeter meter, Sinks.Empty<Void> ended) {}

  Job(TimeSource time, Function<ExportMeter, Work> work) {
    this.time = time;
    this.work = work;
  }

  @Override
  public Mono<ExportSummary> run() {
    return Mono.create(
        sink -> {
          Started now = new Started(new ExportMeter(time), Sinks.empty());
          AtomicBoolean cancelled = new AtomicBoolean();
          Sinks.Empty<Void> stop = Sinks.empty();
          sink.onCancel(
              () -> {
                cancelled.set(true);
                stop.tryEmitEmpty();
              });
          started.emitNext(now, Sinks.EmitFailureHandler.busyLooping(Duration.ofSeconds(1)));
          Mono.defer(() -> work.apply(now.meter()).run(stop.asMono()))
              .contextWrite(sink.contextView())
              .doOnTerminate(now.ended()::tryEmitEmpty)
              .subscribe(
                  sink::success,
                  error -> {
                    if (cancelled.get()) {
                      log.warn("An export that was cancelled did not stop in order", error);
                    } else {
                      sink.error(error);
                    }
                  },
                  sink::success);
        });
  }

  @Override
  public Flux<ExportProgress> progress(Duration every) {
    OptionChecks.positive("every", every);
    return started
        .asFlux()
        .next()
        .flatMapMany(
            now ->
                Flux.interval(every, time.timers())
                    .onBackpressureDrop()
                    .takeUntilOther(now.ended().asMono())
                    .map(tick -> now.meter().progress())
                    .concatWith(Mono.fromSupplier(now.meter()::progress)));
  }
}
