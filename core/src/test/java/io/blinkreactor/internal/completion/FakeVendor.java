package io.blinkreactor.internal.completion;

import io.blinkreactor.ApiException;
import io.blinkreactor.FailedCall;
import io.blinkreactor.completion.UntrustedPayload;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** A vendor whose runs a test makes and ends by hand; counts what it is asked. */
final class FakeVendor implements Vendor<String> {

  private record Made(String target, Instant at) {}

  /** Runs that can be found, newest last. */
  private final Map<String, Made> made = new LinkedHashMap<>();

  private final Map<String, String> ended = new HashMap<>();
  private final Map<String, Duration> took = new HashMap<>();

  /** Each look, by execution id. */
  final List<String> looks = new ArrayList<>();

  /** Each call for several runs. */
  final List<List<String>> shared = new ArrayList<>();

  /** Each search, by target. */
  final List<String> searches = new ArrayList<>();

  /** Runs that only a look of their own shows. */
  final Set<String> unlisted = new HashSet<>();

  int mostAtOnce = 1;

  /** What every call fails with, if anything. */
  @Nullable Throwable failure;

  /** What every call for several runs fails with, if anything. */
  @Nullable Throwable sharedFailure;

  /** Holds each look back until it is let go. */
  Function<Mono<Look<String>>, Mono<Look<String>>> held = look -> look;

  static ApiException refused(int status) {
    return ApiException.of(
        new FailedCall("GET", "/e/{id}", status, null, "no", null, null, 1), null);
  }

  void make(String id, String target, Instant at) {
    made.put(id, new Made(target, at));
  }

  void end(String id, String finalState) {
    ended.put(id, finalState);
  }

  void end(String id, Duration duration) {
    ended.put(id, "Completed");
    took.put(id, duration);
  }

  @Override
  public String describe(String target) {
    return "a run of playbook " + target;
  }

  @Override
  public Mono<Void> cancel(String target, String id) {
    return Mono.fromRunnable(() -> end(id, "Cancelled"));
  }

  @Override
  public Mono<Look<String>> look(String target, String id) {
    looks.add(id);
    return held.apply(failure == null ? Mono.fromSupplier(() -> seen(id)) : Mono.error(failure));
  }

  private Look<String> seen(String id) {
    Made run = made.get(id);
    String now = ended.getOrDefault(id, "Running");
    return new Look<>(
        id + " " + now,
        run == null ? null : run.target(),
        now,
        now,
        ended.containsKey(id),
        now.equals("Completed"),
        run == null ? null : run.at(),
        took.get(id));
  }

  @Override
  public int mostAtOnce() {
    return mostAtOnce;
  }

  @Override
  public Mono<Set<String>> goingOn(List<String> ids) {
    shared.add(ids);
    if (sharedFailure != null) {
      return Mono.error(sharedFailure);
    }
    Set<String> goingOn = new HashSet<>(ids);
    goingOn.removeAll(ended.keySet());
    goingOn.removeAll(unlisted);
    return Mono.just(goingOn);
  }

  @Override
  public Flux<String> created(String target, Instant from, Instant to) {
    return Flux.defer(
        () -> {
          searches.add(target);
          if (failure != null) {
            return Flux.error(failure);
          }
          return Flux.fromStream(
              List.copyOf(made.entrySet()).stream()
                  .filter(e -> e.getValue().target().equals(target))
                  .filter(e -> !e.getValue().at().isBefore(from))
                  .filter(e -> !e.getValue().at().isAfter(to))
                  .map(Map.Entry::getKey));
        });
  }

  @Override
  public @Nullable String hint(UntrustedPayload payload) {
    String text = payload.text();
    return text.startsWith("id=") ? text.substring(3) : null;
  }
}
