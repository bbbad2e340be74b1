package io.blinkreactor.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import io.blinkreactor.benchmarks.stress.PagedFluxStress;
import io.blinkreactor.internal.completion.RunStress;
import java.lang.annotation.Annotation;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;

/**
 * Runs each race a thousand times in this JVM. That takes a second and finds what is plainly wrong;
 * jcstress itself, with its JVM settings and many more rounds, runs with {@code -Pfull}.
 */
class RacesTest {

  private static final int ROUNDS = 300;

  static Stream<Class<?>> races() {
    return Stream.of(PagedFluxStress.class, RunStress.class)
        .flatMap(all -> Arrays.stream(all.getDeclaredClasses()))
        .filter(race -> race.isAnnotationPresent(JCStressTest.class));
  }

  @ParameterizedTest
  @MethodSource("races")
  void everyOutcomeIsAcceptable(Class<?> race) throws Exception {
    List<String> acceptable =
        Arrays.stream(race.getAnnotationsByType(Outcome.class))
            .filter(outcome -> outcome.expect() != Expect.FORBIDDEN)
            .flatMap(outcome -> Arrays.stream(outcome.id()))
            .toList();
    assertThat(acceptable).isNotEmpty();
    List<Method> actors = methods(race, Actor.class);
    Method arbiter = methods(race, Arbiter.class).get(0);
    ExecutorService threads = Executors.newFixedThreadPool(actors.size());
    try {
      for (int round = 0; round < ROUNDS; round++) {
        Object state = race.getConstructor().newInstance();
        AtomicInteger missing = new AtomicInteger(actors.size());
        List<Future<?>> done = new ArrayList<>();
        for (Method actor : actors) {
          done.add(threads.submit(() -> raced(actor, state, missing)));
        }
        for (Future<?> each : done) {
          each.get(20, TimeUnit.SECONDS);
        }
        Object result = arbiter.getParameterTypes()[0].getConstructor().newInstance();
        arbiter.invoke(state, result);
        assertThat(acceptable)
            .as("%s, round %d: outcomes that are acceptable", race.getSimpleName(), round)
            .anyMatch(result.toString()::matches);
      }
    } finally {
      threads.shutdownNow();
    }
  }

  /** All actors spin until the last one is there, so that they start within nanoseconds. */
  @SuppressWarnings("ThreadPriorityCheck") // a turn for the others is all that yield() is for
  private static boolean raced(Method actor, Object state, AtomicInteger missing)
      throws InvocationTargetException, IllegalAccessException {
    missing.decrementAndGet();
    while (missing.get() > 0) {
      Thread.yield(); // on two cores, somebody else may have to get there
    }
    actor.invoke(state);
    return true;
  }

  private static List<Method> methods(Class<?> race, Class<? extends Annotation> kind) {
    List<Method> methods =
        Arrays.stream(race.getMethods())
            .filter(method -> method.isAnnotationPresent(kind))
            .toList();
    assertThat(methods).as("%s with @%s", race.getSimpleName(), kind.getSimpleName()).isNotEmpty();
    return methods;
  }
}
