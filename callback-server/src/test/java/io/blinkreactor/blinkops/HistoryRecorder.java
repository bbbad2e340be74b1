package io.blinkreactor.blinkops;

import static java.util.Objects.requireNonNull;

import io.blinkreactor.DeadlineException;
import io.blinkreactor.JsonValue;
import io.blinkreactor.RunException;
import io.blinkreactor.blinkops.HistoryEvent.Outcome;
import io.blinkreactor.blinkops.HistoryEvent.What;
import io.blinkreactor.completion.CallbackReceiver;
import io.blinkreactor.completion.CallbackSink;
import io.blinkreactor.completion.CallbackTarget;
import io.blinkreactor.completion.Completion;
import io.blinkreactor.completion.RunHandle;
import io.blinkreactor.internal.completion.Step;
import io.blinkreactor.testkit.BlinkOpsEmulator;
import io.blinkreactor.testkit.Operation;
import io.blinkreactor.testkit.RecordedCallback;
import io.blinkreactor.testkit.RecordedRequest;
import io.blinkreactor.testkit.RecordedRun;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** Writes down what the library does and what waiters see, and adds the emulator's records. */
final class HistoryRecorder implements Step.Observer, CallbackReceiver {

  private static final Pattern CALLBACK_URL = Pattern.compile("\"url\":\"([^\"]+)\"");

  private final CallbackReceiver receiver;
  private final Queue<HistoryEvent> events = new ConcurrentLinkedQueue<>();
  private final Map<String, String> runsByUrl = new ConcurrentHashMap<>();
  private final Map<String, AtomicInteger> waiters = new ConcurrentHashMap<>();

  /** What was told, to be compared with what the API tells. */
  private record Told(HistoryEvent event, Completion<ExecutionDetails> end) {}

  private final Queue<Told> told = new ConcurrentLinkedQueue<>();

  HistoryRecorder(CallbackReceiver receiver) {
    this.receiver = receiver;
  }

  @Override
  public void passed(Step step, String correlationId, @Nullable String executionId) {
    note(correlationId, new What.Passed(step));
  }

  @Override
  public CallbackTarget target(String scope, String correlationId, Instant expiry) {
    CallbackTarget target = receiver.target(scope, correlationId, expiry);
    runsByUrl.put(target.url().toString(), correlationId);
    return target;
  }

  @Override
  public Disposable attach(String scope, CallbackSink sink) {
    return receiver.attach(scope, sink);
  }

  void handedOut(RunHandle<ExecutionDetails> run) {
    note(run.correlationId(), new What.HandedOut());
  }

  /** Subscribes a waiter; completes when it was told. */
  Mono<Void> waits(RunHandle<ExecutionDetails> run) {
    return Mono.defer(
        () -> {
          Waiter waiter = new Waiter(run.correlationId(), false);
          run.completion().subscribe(waiter);
          return waiter.gone.asMono();
        });
  }

  /** Subscribes a waiter that leaves at once. */
  void waitsAndLeaves(RunHandle<ExecutionDetails> run) {
    run.completion().subscribe(new Waiter(run.correlationId(), true));
  }

  /** Everything so far. */
  List<HistoryEvent> events(BlinkOpsEmulator emulator) {
    List<HistoryEvent> all = new ArrayList<>(events);
    for (Told one : told) {
      What.Told what = (What.Told) one.event().what();
      boolean same =
          JsonValue.of(emulator.execution(one.end().executionId()))
              .equals(one.end().execution().json());
      all.add(
          new HistoryEvent(
              one.event().at(),
              one.event().run(),
              new What.Told(what.waiter(), what.state(), same)));
    }
    Map<String, String> runsByExecution = new HashMap<>();
    for (RecordedRequest request : emulator.requests()) {
      if (request.operation() == Operation.EXECUTE) {
        String run = run(request);
        String execution = request.executionId() == null ? "" : request.executionId();
        runsByExecution.put(execution, run);
        all.add(new HistoryEvent(request.at(), run, new What.Posted(execution, request.status())));
      } else if (request.operation() == Operation.GET) {
        String run = requireNonNull(runsByExecution.get(requireNonNull(request.executionId())));
        all.add(new HistoryEvent(request.at(), run, new What.Got(request.status())));
      }
    }
    for (RecordedRun run : emulator.runs()) {
      if (run.finishedAt() != null) {
        all.add(
            new HistoryEvent(
                run.finishedAt(),
                requireNonNull(runsByExecution.get(run.executionId())),
                new What.Finished(run.stateUi())));
      }
    }
    for (RecordedCallback callback : emulator.callbacks()) {
      all.add(
          new HistoryEvent(
              callback.at(),
              requireNonNull(runsByUrl.get(callback.url())),
              new What.Called(callback.kind(), callback.status())));
    }
    return all;
  }

  private String run(RecordedRequest start) {
    Matcher url = CALLBACK_URL.matcher(start.body());
    if (!url.find()) {
      throw new AssertionError("A start without a callback: " + start.body());
    }
    return requireNonNull(runsByUrl.get(url.group(1)), url.group(1));
  }

  private HistoryEvent note(String run, What what) {
    HistoryEvent event = new HistoryEvent(Instant.now(), run, what);
    events.add(event);
    return event;
  }

  /** Written by hand, since an operator would hide a second signal. */
  private final class Waiter implements CoreSubscriber<Completion<ExecutionDetails>> {

    private final String run;
    private final int number;
    private final boolean leaves;
    private final Sinks.Empty<Void> gone = Sinks.empty();
    private volatile boolean valued;

    Waiter(String run, boolean leaves) {
      this.run = run;
      this.leaves = leaves;
      number = waiters.computeIfAbsent(run, r -> new AtomicInteger()).getAndIncrement();
    }

    @Override
    public void onSubscribe(Subscription subscription) {
      note(run, new What.Waits(number));
      subscription.request(Long.MAX_VALUE);
      if (leaves) {
        subscription.cancel();
        note(run, new What.Left(number));
      }
    }

    @Override
    public void onNext(Completion<ExecutionDetails> end) {
      valued = true;
      What what = new What.Told(number, end.state(), true);
      told.add(new Told(new HistoryEvent(Instant.now(), run, what), end));
    }

    @Override
    public void onError(Throwable error) {
      note(run, new What.Failed(number, outcome(error)));
      gone.tryEmitEmpty();
    }

    @Override
    public void onComplete() {
      if (!valued) {
        note(run, new What.Failed(number, Outcome.NOTHING));
      }
      gone.tryEmitEmpty();
    }

    private static Outcome outcome(Throwable error) {
      if (error instanceof DeadlineException) {
        return Outcome.TIMED_OUT;
      } else if (error instanceof CancellationException) {
        return Outcome.GIVEN_UP;
      } else if (error instanceof RunException lost) {
        return switch (lost.reason()) {
          case START_UNKNOWN -> Outcome.START_UNKNOWN;
          case VANISHED -> Outcome.VANISHED;
          default -> Outcome.OTHER;
        };
      }
      return Outcome.OTHER;
    }
  }
}
