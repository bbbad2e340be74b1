package io.blinkreactor.callback;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.blinkreactor.TimeSource;
import io.blinkreactor.blinkops.ExecuteRequest;
import io.blinkreactor.blinkops.ExecutionDetails;
import io.blinkreactor.blinkops.Runs;
import io.blinkreactor.callback.CallbackKeys.Derived;
import io.blinkreactor.callback.CallbackTokens.Expected;
import io.blinkreactor.callback.CallbackTokens.Token;
import io.blinkreactor.completion.CallbackTarget;
import io.blinkreactor.completion.Completion;
import io.blinkreactor.completion.CompletionSource;
import io.blinkreactor.completion.PendingStore;
import io.blinkreactor.completion.RunHandle;
import io.blinkreactor.testkit.Operation;
import io.blinkreactor.testkit.Switch;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** What SECURITY.md promises of tokens, under the numbers of its table of threats. */
class TokenThreatsTest extends AwaitSupport {

  private static final boolean FULL = Boolean.getBoolean("blinkreactor.full");
  private static final String SCOPE = "workspace-1";
  private static final String ID = "AAECAwQFBgcICQoLDA0ODw";
  private static final int FLOOD = FULL ? 5_000 : 1_000;
  private static final Instant EXPIRY = Instant.parse("2100-01-01T00:00:00Z");
  private static final String ALPHABET =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

  // T1: forged callbacks, guessed ids.

  @Test
  void t1GuessesReachNoSink() {
    int count = FULL ? 1_000_000 : 3_000;
    long seed = ThreadLocalRandom.current().nextLong();
    System.out.println("t1GuessesReachNoSink: " + count + " guesses, seed " + seed);
    Random random = new Random(seed);
    CallbackTokens tokens =
        new CallbackTokens(
            CallbackKeys.of(
                CallbackKeys.randomBytes(),
                CallbackKeys.randomBytes(),
                CallbackKeys.randomBytes()));
    RecordingSink sink = new RecordingSink();
    CallbackHandler byHeader = handler(tokens, sink, SealPlacement.HEADER);
    CallbackHandler byAny = handler(tokens, sink, SealPlacement.values());
    List<Token> real = new ArrayList<>();
    for (int i = 0; i < 16; i++) {
      real.add(tokens.make(SCOPE, ID.substring(0, 20) + ALPHABET.charAt(i) + "w", EXPIRY));
    }
    int refused = 0;
    while (refused < count) {
      Token token = real.get(random.nextInt(real.size()));
      String ticket = random.nextInt(3) == 0 ? guess(random, token.ticket()) : token.ticket();
      String seal = guess(random, token.seal());
      boolean genuine = token.equals(new Token(ticket, seal));
      int status =
          random.nextInt(4) > 0
              ? FakeExchange.status(byHeader, SealPlaces.PATH + ticket, seal)
              : anywhere(byAny, random, ticket, seal);
      if (genuine) {
        assertThat(status).as("seed %d", seed).isEqualTo(202);
        sink.calls.clear();
      } else if (status != 404 || !sink.calls.isEmpty()) {
        throw new AssertionError("seed " + seed + ": " + status + " for " + ticket + " " + seal);
      } else {
        refused++;
      }
    }
    System.out.println("t1GuessesReachNoSink: " + refused + " refused");
  }

  private static int anywhere(CallbackHandler handler, Random random, String ticket, String seal) {
    String uri = SealPlaces.PATH + ticket;
    byte[] none = new byte[0];
    return switch (random.nextInt(3)) {
      case 0 -> FakeExchange.status(handler, uri, Map.of("Cookie", "callback_auth=" + seal), none);
      case 1 -> FakeExchange.status(handler, uri + "/" + seal, Map.of(), none);
      default ->
          FakeExchange.status(handler, uri, Map.of(), seal.getBytes(StandardCharsets.ISO_8859_1));
    };
  }

  /** Something like the original: of its form, a bit flipped, cut, lengthened, or noise. */
  private static String guess(Random random, String original) {
    StringBuilder guess = new StringBuilder(original);
    int start = original.indexOf('.') + 1;
    switch (random.nextInt(6)) {
      case 0 -> {
        for (int i = start; i < guess.length(); i++) {
          guess.setCharAt(i, ALPHABET.charAt(random.nextInt(64)));
        }
      }
      case 1, 2 -> {
        int at = random.nextInt(guess.length());
        guess.setCharAt(at, (char) (guess.charAt(at) ^ (1 << random.nextInt(8))));
      }
      case 3 -> guess.setLength(random.nextInt(guess.length()));
      case 4 -> guess.append(ALPHABET.charAt(random.nextInt(64)));
      default -> {
        guess.setLength(0);
        int length = random.nextInt(100);
        for (int i = 0; i < length; i++) {
          guess.append((char) random.nextInt(random.nextInt(4) == 0 ? 0x10000 : 128));
        }
      }
    }
    return guess.toString();
  }

  @Test
  void t1GuessesOverTheWireCostNoStoreCallAndNoLook() throws IOException {
    long seed = ThreadLocalRandom.current().nextLong();
    System.out.println("t1GuessesOverTheWireCostNoStoreCallAndNoLook: seed " + seed);
    Random random = new Random(seed);
    emulator.set(Switch.RUN_DURATION, "manual");
    Queue<String> calls = new ConcurrentLinkedQueue<>();
    try (PendingStore store = counting(PendingStore.memory(), calls);
        Runs runs =
            client.runs().receiver(receiver).store(store).reconcileAfter(PATIENCE).build()) {
      RunHandle<ExecutionDetails> run = start(runs);
      assertThat(calls).as("the store is listened to").isNotEmpty();
      calls.clear();
      CallbackTarget target = target(0);
      String seal = seal(target);
      for (int i = 0; i < 1000; i++) {
        String ticket = ticket(target);
        boolean inTicket = random.nextBoolean();
        String guess = wireSafe(guess(random, inTicket ? ticket : seal));
        if (guess.equals(inTicket ? ticket : seal)) {
          continue;
        }
        String request = RecordingReceiver.request(target, target);
        assertThat(ask(request.replace(inTicket ? ticket : seal, guess)))
            .as("seed %d: %s", seed, guess)
            .isEqualTo(404);
      }
      assertThat(calls).isEmpty();
      assertThat(emulator.count(Operation.GET)).isZero();
      assertThat(counted("rejected") + counted("unsealed") + counted("unknown_key"))
          .isGreaterThan(950);
      assertThat(counted("accepted")).isZero();
      emulator.completeRun(requireNonNull(run.executionId()), "Completed");
      assertThat(requireNonNull(run.completion().block(PATIENCE)).source())
          .isEqualTo(CompletionSource.CALLBACK);
    }
  }

  /** What a request may hold without being another request. */
  private static String wireSafe(String text) {
    return text.replaceAll("[^!-~]|[?#%]", "x");
  }

  private static PendingStore counting(PendingStore store, Queue<String> calls) {
    return (PendingStore)
        Proxy.newProxyInstance(
            PendingStore.class.getClassLoader(),
            new Class<?>[] {PendingStore.class},
            (proxy, method, args) -> {
              calls.add(method.getName());
              return method.invoke(store, args);
            });
  }

  // T2: a stolen token.

  @Test
  void t2AStolenTokenOnlyCausesAFewLooks() throws IOException {
    emulator.set(Switch.RUN_DURATION, "manual");
    try (Runs runs = runs(PATIENCE)) {
      RunHandle<ExecutionDetails> run = start(runs);
      String id = requireNonNull(run.executionId());
      String lie = "{\"execution_id\":\"" + id + "\",\"state\":\"Completed\"}";
      for (int i = 0; i < 300; i++) {
        assertThat(ask(withBody(target(0), lie))).isEqualTo(202);
      }
      Awaitility.await().atMost(PATIENCE).until(() -> emulator.count(Operation.GET) >= 1);
      assertThat(runs.pending()).as("the vendor says it goes on").isOne();
      assertThat(emulator.count(Operation.GET)).as("however often it is said").isLessThan(7);
      emulator.completeRun(id, "Failed");
      Completion<ExecutionDetails> end = requireNonNull(run.completion().block(PATIENCE));
      assertThat(end.execution().effectiveState().name()).isEqualTo("Failed");
    }
  }

  // T3: replay.

  @Test
  void t3ReplaysAfterTheEndHaveNoEffect() throws IOException {
    emulator.set(Switch.RUN_DURATION, "manual");
    try (Runs runs = runs(PATIENCE)) {
      RunHandle<ExecutionDetails> run = start(runs);
      AtomicInteger ends = new AtomicInteger();
      var unused = run.completion().subscribe(end -> ends.incrementAndGet());
      emulator.completeRun(requireNonNull(run.executionId()), "Completed");
      Awaitility.await().atMost(PATIENCE).until(() -> ends.get() == 1);
      long looks = emulator.count(Operation.GET);
      String request = RecordingReceiver.request(target(0), target(0));
      for (int i = 0; i < 200; i++) {
        assertThat(ask(request)).isEqualTo(200);
      }
      assertThat(ends).hasValue(1);
      assertThat(emulator.count(Operation.GET)).isEqualTo(looks);
    }
  }

  // T4: timing.

  @Test
  void t4EveryRefusalCostsOneMac() {
    AtomicInteger macs = new AtomicInteger();
    CallbackKeys keys = CallbackKeys.of(CallbackKeys.randomBytes(), CallbackKeys.randomBytes());
    CallbackTokens tokens =
        new CallbackTokens(keys) {
          @Override
          byte[] mac(Derived key, String scope, String ticket) {
            macs.incrementAndGet();
            return super.mac(key, scope, ticket);
          }
        };
    CallbackTokens others = new CallbackTokens(CallbackKeys.of(CallbackKeys.randomBytes()));
    Token good = tokens.make(SCOPE, ID, EXPIRY);
    Token strange = others.make(SCOPE, ID, EXPIRY);
    Token unserved = tokens.make("nobody's", ID, EXPIRY);
    Token expired = tokens.make(SCOPE, ID, Instant.EPOCH);
    Map<String, Token> asked = new LinkedHashMap<>();
    asked.put("nothing", new Token("", ""));
    asked.put("no form", new Token("x", "y"));
    asked.put("an unknown key", strange);
    asked.put("a scope that nobody serves", unserved);
    asked.put("expired", expired);
    asked.put("another's seal", new Token(good.ticket(), unserved.seal()));
    asked.put("a seal without form", new Token(good.ticket(), "v2.x"));
    asked.put("no seal", new Token(good.ticket(), ""));
    RecordingSink sink = new RecordingSink();
    for (SealPlacement[] places :
        List.of(new SealPlacement[] {SealPlacement.HEADER}, SealPlacement.values())) {
      CallbackHandler handler = handler(tokens, sink, places);
      asked.forEach(
          (name, token) -> {
            macs.set(0);
            String uri = SealPlaces.PATH + token.ticket();
            assertThat(FakeExchange.status(handler, uri, token.seal())).as(name).isEqualTo(404);
            assertThat(macs).as(name).hasValue(1);
          });
    }
    assertThat(sink.calls).isEmpty();
  }

  /**
   * Welch's t test over the times of seals that differ from the right one in the first byte and in
   * the last. A comparison that stops at the first difference shows in every attempt; noise of the
   * machine does not.
   */
  @Test
  @EnabledIfSystemProperty(
      named = "blinkreactor.full",
      matches = "true",
      disabledReason = "Measures microseconds, which takes a machine that does nothing else.")
  void t4WhereASealDiffersDoesNotShowInTheTime() {
    CallbackTokens tokens = new CallbackTokens(CallbackKeys.of(CallbackKeys.randomBytes()));
    Token token = tokens.make(SCOPE, ID, EXPIRY);
    Expected expected = tokens.expected(tokens.read(token.ticket()), SCOPE, token.ticket());
    String right = token.seal();
    // The last character has two bits that say nothing, so the one before it.
    String first = changed(right, 3);
    String last = changed(right, right.length() - 2);
    double t = smallest(expected::fits, first, last);
    System.out.printf("t4: |t| %.2f%n", t);
    assertThat(t).isLessThan(5);
    double leaky = smallest(seal -> stopsAtTheFirstDifference(right, seal), first, last);
    System.out.printf("t4: |t| of a comparison that leaks %.2f%n", leaky);
    assertThat(leaky).as("such a comparison would be found").isGreaterThan(5);
  }

  private static boolean stopsAtTheFirstDifference(String right, String given) {
    for (int i = 0; i < right.length(); i++) {
      if (right.charAt(i) != given.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  private static String changed(String text, int at) {
    char other = text.charAt(at) == 'A' ? 'B' : 'A';
    return text.substring(0, at) + other + text.substring(at + 1);
  }

  /** The smallest |t| of several attempts. */
  private static double smallest(Predicate<String> fits, String one, String other) {
    times(fits, one, other, 200);
    double smallest = Double.MAX_VALUE;
    for (int attempt = 0; attempt < 8 && smallest >= 2; attempt++) {
      smallest = Math.min(smallest, times(fits, one, other, 2000));
    }
    return smallest;
  }

  private static double times(Predicate<String> fits, String one, String other, int samples) {
    double[][] times = new double[2][samples];
    Random random = new Random(7);
    int[] next = new int[2];
    while (next[0] < samples || next[1] < samples) {
      int which = next[0] == samples ? 1 : next[1] == samples ? 0 : random.nextInt(2);
      String seal = which == 0 ? one : other;
      long start = System.nanoTime();
      for (int i = 0; i < 200; i++) {
        if (fits.test(seal)) {
          throw new AssertionError();
        }
      }
      times[which][next[which]++] = System.nanoTime() - start;
    }
    return Math.abs(welch(middle(times[0]), middle(times[1])));
  }

  /** Without what the scheduler and the garbage collector did. */
  private static double[] middle(double[] times) {
    double[] sorted = times.clone();
    Arrays.sort(sorted);
    return Arrays.copyOf(sorted, sorted.length * 8 / 10);
  }

  private static double welch(double[] a, double[] b) {
    return (mean(a) - mean(b)) / Math.sqrt(variance(a) / a.length + variance(b) / b.length);
  }

  private static double mean(double[] values) {
    return Arrays.stream(values).average().orElseThrow();
  }

  private static double variance(double[] values) {
    double mean = mean(values);
    return Arrays.stream(values).map(v -> (v - mean) * (v - mean)).sum() / (values.length - 1);
  }

  // T18: workspaces.

  @ParameterizedTest
  @EnumSource
  void t18ATokenOfOneWorkspaceIsWorthNothingInAnother(SealPlacement place) {
    CallbackTokens tokens = new CallbackTokens(CallbackKeys.of(CallbackKeys.randomBytes()));
    RecordingSink ours = new RecordingSink();
    RecordingSink theirs = new RecordingSink();
    CallbackHandler handler = handler(tokens, ours, place);
    var unused = handler.attach(OTHER_WORKSPACE, theirs);
    Token our = tokens.make(SCOPE, ID, EXPIRY);
    Token their = tokens.make(OTHER_WORKSPACE, ID, EXPIRY);
    assertThat(ask(handler, place, new Token(our.ticket(), their.seal()))).isEqualTo(404);
    assertThat(ask(handler, place, new Token(their.ticket(), our.seal()))).isEqualTo(404);
    assertThat(ours.calls).isEmpty();
    assertThat(theirs.calls).isEmpty();
    assertThat(ask(handler, place, our)).isEqualTo(202);
    assertThat(ask(handler, place, their)).isEqualTo(202);
    assertThat(ours.calls).hasSize(1);
    assertThat(theirs.calls).hasSize(1);
  }

  private static int ask(CallbackHandler handler, SealPlacement place, Token token) {
    CallbackTarget target = new SealPlaces(EnumSet.of(place)).target("http://h", token);
    Map<String, String> fields = new LinkedHashMap<>(target.headers());
    target.cookies().forEach((name, value) -> fields.put("Cookie", name + "=" + value));
    return FakeExchange.status(
        handler,
        target.url().getPath(),
        fields,
        target.body().toString().getBytes(StandardCharsets.UTF_8));
  }

  // T19: a flood of one valid token.

  @Test
  void t19AFloodOfOneTokenCostsTheLooksOfOneRunAndDelaysNoOther() {
    emulator.set(Switch.RUN_DURATION, "manual");
    try (Runs runs = runs(PATIENCE)) {
      RunHandle<ExecutionDetails> flooded = start(runs);
      RunHandle<ExecutionDetails> other = start(runs);
      String request = RecordingReceiver.request(target(0), target(0));
      AtomicInteger asked = new AtomicInteger();
      AtomicInteger answered = new AtomicInteger();
      AtomicBoolean over = new AtomicBoolean();
      var flood =
          Mono.fromCallable(() -> ask(request))
              .subscribeOn(Schedulers.boundedElastic())
              .doOnSubscribe(s -> asked.incrementAndGet())
              .doOnNext(status -> answered.addAndGet(status == 202 ? 1 : 0))
              .repeat(() -> !over.get() || asked.get() < FLOOD);
      var flooding = Flux.range(0, 16).flatMap(i -> flood, 16).subscribe();
      Awaitility.await().atMost(PATIENCE).until(() -> answered.get() > FLOOD / 20);
      emulator.completeRun(requireNonNull(other.executionId()), "Completed");
      assertThat(requireNonNull(other.completion().block(PATIENCE)).source())
          .as("while the flood goes on")
          .isEqualTo(CompletionSource.CALLBACK);
      over.set(true);
      Awaitility.await().atMost(PATIENCE).until(flooding::isDisposed);
      assertThat(answered.get()).isEqualTo(asked.get()).isGreaterThanOrEqualTo(FLOOD);
      assertThat(emulator.count(Operation.GET)).as("looks at both").isLessThan(2 * 7);
      assertThat(runs.pending()).as("the vendor says it goes on").isOne();
      emulator.completeRun(requireNonNull(flooded.executionId()), "Failed");
      Completion<ExecutionDetails> end = requireNonNull(flooded.completion().block(PATIENCE));
      assertThat(end.execution().effectiveState().name()).isEqualTo("Failed");
    }
  }

  // T24: rotation.

  @Test
  void t24TwoRotationsOrphanNoRun() {
    emulator.set(Switch.RUN_DURATION, "200ms..1500ms");
    byte[][] keys = {
      CallbackKeys.randomBytes(), CallbackKeys.randomBytes(), CallbackKeys.randomBytes()
    };
    server.rotate(CallbackKeys.of(keys[0]));
    try (Runs runs = runs(PATIENCE)) {
      List<RunHandle<ExecutionDetails>> handles = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        if (i == 1) {
          server.rotate(CallbackKeys.of(keys[1], keys[0]));
        } else if (i == 2) {
          server.rotate(CallbackKeys.of(keys[2], keys[1], keys[0]));
        }
        handles.addAll(
            requireNonNull(
                Flux.range(0, 60)
                    .flatMap(n -> runs.start(PLAYBOOK, ExecuteRequest.empty()), 20)
                    .collectList()
                    .block(PATIENCE)));
      }
      assertThat(receiver.made.stream().map(made -> keyId(made.target())).distinct()).hasSize(3);
      List<Completion<ExecutionDetails>> ends =
          requireNonNull(
              Flux.fromIterable(handles)
                  .flatMap(RunHandle::completion, 180)
                  .collectList()
                  .block(PATIENCE));
      assertThat(ends).hasSize(180).allMatch(end -> end.source() == CompletionSource.CALLBACK);
      assertThat(counted("unknown_key")).isZero();
    }
  }

  @Test
  void t24ACallbackUnderAKeyThatWasDroppedTooEarlyIsRefusedAndCountedAndItsRunIsFound() {
    emulator.set(Switch.RUN_DURATION, "manual");
    server.rotate(CallbackKeys.of(CallbackKeys.randomBytes()));
    try (Runs runs = runs(Duration.ofSeconds(2))) {
      RunHandle<ExecutionDetails> run = start(runs);
      server.rotate(CallbackKeys.of(CallbackKeys.randomBytes()));
      emulator.completeRun(requireNonNull(run.executionId()), "Completed");
      Awaitility.await().atMost(PATIENCE).until(() -> counted("unknown_key") == 1);
      assertThat(requireNonNull(run.completion().block(PATIENCE)).source())
          .isEqualTo(CompletionSource.RECONCILE);
    }
  }

  @Test
  void t24ANextProcessWithTheOldKeyBehindTheNewOneTakesTheOldCallbacks() {
    emulator.set(Switch.RUN_DURATION, "manual");
    byte[] old = CallbackKeys.randomBytes();
    server.rotate(CallbackKeys.of(old));
    try (PendingStore store = PendingStore.memory()) {
      String id;
      try (Runs runs = client.runs().receiver(receiver).store(store).build()) {
        id = requireNonNull(start(runs).executionId());
      }
      int port = server.port();
      server.close();
      server =
          requireNonNull(
              CallbackServer.builder()
                  .port(port)
                  .keys(CallbackKeys.of(CallbackKeys.randomBytes(), old))
                  .bind()
                  .block(PATIENCE));
      try (Runs next = client.runs().receiver(server).store(store).build()) {
        RunHandle<ExecutionDetails> run = requireNonNull(next.recover().blockFirst(PATIENCE));
        Awaitility.await().atMost(PATIENCE).until(() -> emulator.count(Operation.GET) > 0);
        emulator.completeRun(id, "Completed");
        assertThat(requireNonNull(run.completion().block(PATIENCE)).source())
            .isEqualTo(CompletionSource.CALLBACK);
      }
    }
  }

  private CallbackHandler handler(
      CallbackTokens tokens, RecordingSink sink, SealPlacement... places) {
    CallbackHandler handler =
        FakeExchange.handler(
            tokens,
            new SealPlaces(EnumSet.copyOf(Set.of(places))),
            TimeSource.system(),
            new CallbackMetrics(null, null));
    var unused = handler.attach(SCOPE, sink);
    return handler;
  }

  private static String ticket(CallbackTarget target) {
    return target.url().getPath().substring(SealPlaces.PATH.length());
  }

  private static String keyId(CallbackTarget target) {
    return ticket(target).substring(0, 8);
  }

  private static String seal(CallbackTarget target) {
    return requireNonNull(target.headers().get(SealPlaces.HEADER));
  }

  private double counted(String result) {
    var counter = meters.find("blinkreactor.callbacks").tag("result", result).counter();
    return counter == null ? 0 : counter.count();
  }

  private static String withBody(CallbackTarget target, String body) {
    return RecordingReceiver.request(target, target)
        .replace("Content-Length: 2", "Content-Length: " + body.length())
        .replace("\r\n\r\n{}", "\r\n\r\n" + body);
  }
}
