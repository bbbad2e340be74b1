package io.blinkreactor.testkit;

import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Sinks;

/** One run started over the API. {@link Runs} guards what changes. */
final class Run {
  final long index;
  final String id;
  final String playbookId;
  final String workspace;
  final ExecuteRequest request;
  final RunPlan plan;
  final Instant acceptedAt;
  final Slot<Row> slot;
  final Disposable.Composite timers = Disposables.composite();
  final Sinks.Empty<Void> ended = Sinks.empty();
  final AtomicInteger gets = new AtomicInteger();
  final AtomicInteger callbacksSent = new AtomicInteger();

  /** Callbacks that are planned or on their way. */
  final AtomicInteger callbacksOpen = new AtomicInteger();

  private String state;
  private Set<String> callbackPlan = Set.of();
  private boolean forged;
  private boolean counted;
  private @Nullable Instant finishedAt;

  Run(long index, ExecuteRequest request, RunPlan plan, Instant acceptedAt, Slot<Row> slot) {
    this.index = index;
    this.request = request;
    this.plan = plan;
    this.acceptedAt = acceptedAt;
    this.slot = slot;
    this.id = slot.row().text(Field.ID);
    this.playbookId = slot.row().text(Field.PLAYBOOK_ID);
    this.workspace = slot.row().text(Field.WORKSPACE_ID);
    this.state = plan.outcome();
  }

  boolean isFinished() {
    return finishedAt != null;
  }

  void finish(String endState, Instant at) {
    state = endState;
    finishedAt = at;
    timers.dispose();
  }

  String state() {
    return state;
  }

  /** Whether the run holds one of the workspace's places. */
  boolean isCounted() {
    return counted;
  }

  void count(boolean holdsPlace) {
    counted = holdsPlace;
  }

  /**
   * Settles whether and how the run calls back, once at its start and again at its end, whose state
   * may be another one. Switches that are turned in between don't reach it.
   */
  void planCallbacks(Settings settings) {
    ExecuteRequest.Target target = request.callback();
    if (target == null) {
      return;
    }
    Set<String> words = new LinkedHashSet<>();
    if (!plan.lost() && settings.allows(Switch.CALLBACK_STATES, state)) {
      words.add(plan.early() ? "early" : plan.late() ? "late" : "on-time");
      if (plan.doubled()) {
        words.add("doubled");
      }
    } else {
      words.add(plan.lost() ? "lost" : "silent");
    }
    // Without a header or cookie to get wrong, a stranger's callback would be a genuine one.
    boolean headers = !target.headers().isEmpty() && settings.is(Switch.CALLBACK_HEADERS, "sent");
    boolean cookies = !target.cookies().isEmpty() && settings.is(Switch.CALLBACK_COOKIES, "sent");
    forged = callbackPlan.isEmpty() ? plan.forged() && (headers || cookies) : forged;
    if (forged) {
      words.add("forged");
    }
    callbackPlan = Collections.unmodifiableSet(words);
  }

  boolean callsBack() {
    return !callbackPlan.isEmpty()
        && !callbackPlan.contains("lost")
        && !callbackPlan.contains("silent");
  }

  boolean isForged() {
    return forged;
  }

  RecordedRun record() {
    return new RecordedRun(
        id,
        playbookId,
        workspace,
        state,
        finishedAt != null,
        acceptedAt,
        finishedAt,
        Json.text(request.inputValues()),
        gets.get(),
        callbacksSent.get(),
        callbackPlan,
        finishedAt != null && callbacksOpen.get() == 0);
  }
}
