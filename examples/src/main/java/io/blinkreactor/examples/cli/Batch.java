package io.blinkreactor.examples.cli;

import io.blinkreactor.AuthenticationException;
import io.blinkreactor.InvalidRequestException;
import io.blinkreactor.NotFoundException;
import io.blinkreactor.PermissionException;
import io.blinkreactor.StoreException;
import io.blinkreactor.TransportException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Starts one run after the other, so many at a time, and sums up how they ended. */
final class Batch {

  /** Whoever read the results has gone. */
  static final class OutputClosedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    OutputClosedException(Throwable cause) {
      super(cause);
    }
  }

  private final Console console;
  private final boolean verbose;
  private final Rules rules;
  private final Map<String, Integer> states = new ConcurrentSkipListMap<>();
  private final AtomicInteger failed = new AtomicInteger();
  private final AtomicInteger worst = new AtomicInteger();
  private final AtomicBoolean stopped = new AtomicBoolean();

  /**
   * What differs between vendors and ways to run.
   *
   * @param vendor where the runs go on
   * @param endedWell whether a final state is a good one
   * @param badRequestStops whether a refused request is the end of all; not where a run that failed
   *     is answered alike
   * @param goOn the command that goes on with what is pending after this process; null if none can
   */
  record Rules(
      String vendor, Predicate<String> endedWell, boolean badRequestStops, @Nullable String goOn) {}

  /** A batch that has not begun. */
  Batch(Console console, boolean verbose, Rules rules) {
    this.rules = rules;
    this.console = console;
    this.verbose = verbose;
  }

  /**
   * Runs them all and answers the exit code. After a failure that all others would meet too, no
   * further is started; those that run are awaited.
   *
   * @param one a run, which answers its final state
   * @param pending the ids of executions that have not ended, as far as they are known
   */
  int run(int count, int concurrency, Mono<String> one, Supplier<List<String>> pending) {
    return run(Flux.range(0, count).map(i -> one), count, concurrency, pending);
  }

  /**
   * As the other, with runs that differ.
   *
   * @param runs so many
   */
  int run(Flux<Mono<String>> runs, int count, int concurrency, Supplier<List<String>> pending) {
    AtomicInteger started = new AtomicInteger();
    try (Console.Registration hook =
            console.signals().onShutdown(() -> interrupted(started.get(), pending.get()));
        Progress progress = new Progress("runs", count, console)) {
      runs.flatMap(
              one ->
                  stopped.get()
                      ? Mono.empty()
                      : one.doOnSubscribe(s -> started.incrementAndGet())
                          .doOnNext(state -> states.merge(state, 1, Integer::sum))
                          .doOnError(
                              error -> !(error instanceof OutputClosedException), this::failed)
                          .onErrorComplete(error -> !(error instanceof OutputClosedException))
                          .doFinally(end -> progress.step())
                          .then(),
              concurrency)
          .blockLast();
    } catch (OutputClosedException readerHasGone) {
      List<String> running = pending.get();
      console.say(
          "stopped: nobody reads the output; %d executions are still running", running.size());
      running.forEach(id -> console.say("  %s", id));
      sayHowToGoOn();
      return Failures.ENDED_OTHERWISE;
    }
    console.say(
        "%d of %d runs ended: %s%s",
        ended(),
        count,
        new TreeMap<>(states),
        failed.get() == 0
            ? ""
            : "; " + failed.get() + " failed, " + (count - started.get()) + " not started");
    if (worst.get() != 0) {
      return worst.get();
    }
    return completed() == count ? 0 : Failures.ENDED_OTHERWISE;
  }

  /** What would happen to every other run too; overload and network faults pass. */
  private boolean stops(Throwable error) {
    if (error instanceof TransportException transport) {
      return !transport.requestSent();
    }
    if (error instanceof StoreException store) {
      return store.reason() != StoreException.Reason.FULL;
    }
    return error instanceof IllegalArgumentException
        || error instanceof AuthenticationException
        || error instanceof PermissionException
        || error instanceof NotFoundException
        || (error instanceof InvalidRequestException && rules.badRequestStops);
  }

  private int completed() {
    return states.entrySet().stream()
        .filter(e -> rules.endedWell.test(e.getKey()))
        .mapToInt(Map.Entry::getValue)
        .sum();
  }

  private int ended() {
    return states.values().stream().mapToInt(Integer::intValue).sum();
  }

  private void failed(Throwable error) {
    failed.incrementAndGet();
    int code = Failures.exitCode(error);
    // Refused by the API goes before network and timeout, and that before everything else.
    worst.accumulateAndGet(code, (a, b) -> rank(a) >= rank(b) ? a : b);
    if (stops(error)) {
      stopped.set(true);
    }
    synchronized (this) {
      Failures.print(error, console.err(), verbose);
    }
  }

  private static int rank(int code) {
    return switch (code) {
      case Failures.REFUSED -> 3;
      case Failures.NETWORK -> 2;
      case 0 -> 0;
      default -> 1;
    };
  }

  private void interrupted(int started, List<String> running) {
    console.say("interrupted: %d executions are still running at %s", running.size(), rules.vendor);
    running.forEach(id -> console.say("  %s", id));
    int others = started - ended() - failed.get() - running.size();
    if (others > 0) {
      console.say(
          "%d more were being started; whether %s runs them is not known", others, rules.vendor);
    }
    sayHowToGoOn();
    // The JVM's own code would differ between the signals.
    console.signals().halt(Failures.INTERRUPTED);
  }

  private void sayHowToGoOn() {
    if (rules.goOn != null) {
      console.say("go on with: %s", rules.goOn);
    }
  }
}
