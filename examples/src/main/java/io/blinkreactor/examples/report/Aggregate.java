package io.blinkreactor.examples.report;

import static java.util.Objects.requireNonNullElse;

import io.blinkreactor.blinkops.Execution;
import io.blinkreactor.blinkops.ExecutionState;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/** Counts runs as they come by; keeps none of them. */
final class Aggregate {

  /** How many playbooks, and how many error codes, are told apart. */
  static final int KEYS = 2_000;

  /** How many of them are shown. */
  static final int SHOWN = 20;

  /** A time before or after is not taken for one. */
  private static final Instant EARLIEST = Instant.parse("2000-01-01T00:00:00Z");

  private static final Instant LATEST = Instant.parse("2100-01-01T00:00:00Z");

  private final States states = new States();
  private final Timeline timeline = new Timeline();
  private final Trends trends = new Trends();
  private final Map<String, Playbook> playbooks = new HashMap<>();
  private final Map<String, ErrorCode> codes = new HashMap<>();
  private final Playbook otherPlaybooks = new Playbook("other playbooks", null);
  private final ErrorCode otherCodes = new ErrorCode("");
  private long runs;
  private long finished;
  private long failed;
  private long timeless;
  private long unmeasured;
  private long backwards;

  void add(Execution run) {
    ExecutionState state = run.effectiveState();
    boolean ended = run.isFinished();
    Instant started = plausible(run.startedAt());
    Instant created = plausible(run.createdAt());
    Instant time = created == null ? started : created;
    runs++;
    finished += ended ? 1 : 0;
    int index = states.add(state);
    Playbook playbook = playbook(run);
    playbook.run(ended, state.equals(ExecutionState.COMPLETED));
    playbook.name(name(run), time == null ? Instant.MIN : time);
    if (time == null) {
      timeless++;
    } else {
      timeline.add(time, index);
      int[] trend = playbook.trend();
      if (trend != null) {
        trends.add(trend, time);
      }
    }
    if (ended) {
      measure(playbook, started, plausible(run.finishedAt()));
    }
    countFailure(run, state, playbook, time == null ? Instant.MIN : time);
  }

  private static @Nullable Instant plausible(@Nullable Instant time) {
    return time == null || time.isBefore(EARLIEST) || !time.isBefore(LATEST) ? null : time;
  }

  private Playbook playbook(Execution run) {
    String id = requireNonNullElse(run.playbookId(), "");
    String key = Names.cut(id.isBlank() ? name(run) : id, 200);
    Playbook known = playbooks.get(key);
    if (known != null) {
      return known;
    } else if (playbooks.size() >= KEYS) {
      return otherPlaybooks;
    }
    Playbook added = new Playbook(key, trends.trend());
    playbooks.put(key, added);
    return added;
  }

  private static String name(Execution run) {
    String last = requireNonNullElse(run.lastPlaybookName(), "");
    return last.isBlank() ? requireNonNullElse(run.name(), "") : last;
  }

  private void measure(Playbook playbook, @Nullable Instant started, @Nullable Instant ended) {
    if (started == null || ended == null) {
      unmeasured++;
    } else if (ended.isBefore(started)) {
      backwards++;
    } else {
      playbook.duration(Duration.between(started, ended).toMillis());
    }
  }

  private void countFailure(Execution run, ExecutionState state, Playbook playbook, Instant time) {
    Map<String, String> details = requireNonNullElse(run.errorDetails(), Map.of());
    String code = Names.cut(requireNonNullElse(details.get("error_code"), "").strip(), 100);
    if (code.isEmpty()
        && !state.equals(ExecutionState.FAILED)
        && !state.equals(ExecutionState.TIMEOUT)) {
      return;
    }
    failed++;
    ErrorCode known = codes.get(code);
    if (known == null) {
      known = codes.size() < KEYS ? new ErrorCode(code) : otherCodes;
      if (known != otherCodes) {
        codes.put(code, known);
      }
    }
    known.run(playbook, requireNonNullElse(details.get("message"), ""), time);
  }

  Model model(Instant made, boolean complete) {
    States.Bands bands = states.bands();
    Map<Playbook, String> labels = labels();
    Map<Playbook, Long> p95 = new HashMap<>();
    playbooks.values().forEach(each -> p95.put(each, each.p95()));
    return new Model(
        made,
        complete,
        runs,
        timeline.first(),
        timeline.last(),
        finished,
        bands.states(),
        timeline.model(bands.bandOf(), bands.states().size()),
        top(
            Comparator.comparing((Playbook p) -> -p.runs()),
            labels,
            (playbook, label) -> playbook.busy(label, trends),
            false),
        top(
            Comparator.comparing((Playbook p) -> -p95.getOrDefault(p, 0L)),
            labels,
            Playbook::durations,
            true),
        failed,
        topCodes(labels),
        new Model.Gaps(
            timeless,
            runs - finished,
            unmeasured,
            backwards,
            bands.grouped(),
            otherPlaybooks.runs() > 0 ? KEYS : 0,
            otherCodes.runs() > 0 ? KEYS : 0));
  }

  /** The playbooks' names; where several have the same, with a part of the id. */
  private Map<Playbook, String> labels() {
    Set<String> once = new HashSet<>();
    Set<String> twice = new HashSet<>();
    for (Playbook each : playbooks.values()) {
      if (!once.add(each.label())) {
        twice.add(each.label());
      }
    }
    Map<Playbook, String> labels = new HashMap<>();
    for (Playbook each : playbooks.values()) {
      String label = each.label();
      labels.put(
          each, twice.contains(label) ? label + " (" + Names.cut(each.id(), 8) + ")" : label);
    }
    labels.put(otherPlaybooks, otherPlaybooks.id());
    return labels;
  }

  private <T> Model.Top<T> top(
      Comparator<Playbook> order,
      Map<Playbook, String> labels,
      BiFunction<Playbook, String, T> row,
      boolean measured) {
    List<Playbook> sorted =
        new ArrayList<>(
            playbooks.values().stream().filter(p -> !measured || p.measured() > 0).toList());
    sorted.sort(order.thenComparing(Playbook::label).thenComparing(Playbook::id));
    int shown = Math.min(SHOWN, sorted.size());
    List<T> rows =
        sorted.subList(0, shown).stream()
            .map(each -> row.apply(each, labels.getOrDefault(each, each.label())))
            .toList();
    Playbook rest = new Playbook("", null);
    sorted.subList(shown, sorted.size()).forEach(rest::add);
    rest.add(otherPlaybooks);
    boolean none = measured ? rest.measured() == 0 : rest.runs() == 0;
    return new Model.Top<>(
        rows, sorted.size() - shown, otherPlaybooks.runs() == 0, none ? null : row.apply(rest, ""));
  }

  private Model.Top<Model.Failure> topCodes(Map<Playbook, String> labels) {
    List<ErrorCode> sorted = new ArrayList<>(codes.values());
    sorted.sort(
        Comparator.comparing((ErrorCode each) -> -each.runs()).thenComparing(ErrorCode::code));
    int shown = Math.min(SHOWN, sorted.size());
    ErrorCode rest = new ErrorCode("");
    sorted.subList(shown, sorted.size()).forEach(rest::add);
    rest.add(otherCodes);
    return new Model.Top<>(
        sorted.subList(0, shown).stream().map(each -> each.model(p -> label(labels, p))).toList(),
        sorted.size() - shown,
        otherCodes.runs() == 0,
        rest.runs() == 0 ? null : rest.model(p -> label(labels, p)));
  }

  private static String label(Map<Playbook, String> labels, Playbook playbook) {
    return labels.getOrDefault(playbook, playbook.label());
  }
}
