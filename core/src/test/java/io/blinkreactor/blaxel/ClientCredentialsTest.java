package io.blinkreactor.blaxel;

import static org.assertj.core.api.Assertions.assertThat;

import io.blinkreactor.ApiException;
import io.blinkreactor.AuthenticationException;
import io.blinkreactor.DeadlineException;
import io.blinkreactor.TimeSource;
import io.blinkreactor.TransportException;
import io.blinkreactor.http.HttpOptions;
import io.blinkreactor.testkit.BlaxelEmulator;
import io.blinkreactor.testkit.BlaxelOperation;
import io.blinkreactor.testkit.BlaxelSwitch;
import io.blinkreactor.testkit.RecordedBlaxelRequest;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.test.scheduler.VirtualTimeScheduler;

/** Tokens: got once for all, in time, and again when they are refused. */
class ClientCredentialsTest extends BlaxelTest {

  private String id = "";

  @BeforeEach
  void history() {
    id = history(1).get(0);
    client = opened(withCredentials().build());
  }

  private BlaxelClient.Builder withCredentials() {
    return builder().clientCredentials(emulator.clientId(), emulator.clientSecret());
  }

  private long tokenCalls() {
    return emulator.count(BlaxelOperation.TOKEN);
  }

  private Mono<JobExecution> read() {
    return job().get(id);
  }

  @Test
  void oneTokenServesOneCallAfterTheOther() {
    assertThat(emulator.requests()).isEmpty();
    for (int i = 0; i < 5; i++) {
      got(read());
    }
    RecordedBlaxelRequest token = only(BlaxelOperation.TOKEN);
    assertThat(token.uri()).isEqualTo("/v0/oauth/token");
    assertThat(token.headers())
        .containsEntry("authorization", "Basic ***")
        .doesNotContainKeys("x-blaxel-workspace", "blaxel-version");
    assertThat(requests(BlaxelOperation.GET))
        .hasSize(5)
        .allMatch(r -> "Bearer ***".equals(r.headers().get("authorization")));
  }

  @Test
  void aHundredCallsAtOnceShareOneExchange() {
    emulator.set(BlaxelSwitch.FAULT_SLOW, "1");
    emulator.set(BlaxelSwitch.FAULT_SLOW_DELAY, "200ms");
    emulator.set(BlaxelSwitch.FAULT_OPERATIONS, "TOKEN");
    assertThat(got(together(100).collectList())).hasSize(100);
    assertThat(tokenCalls()).isEqualTo(1);
    assertThat(emulator.count(BlaxelOperation.GET)).isEqualTo(100);
  }

  private Flux<JobExecution> together(int calls) {
    return Flux.range(0, calls)
        .flatMap(i -> read().subscribeOn(Schedulers.boundedElastic()), calls);
  }

  @Test
  void aCallThatIsCancelledDoesNotTakeTheTokenFromTheOthers() {
    emulator.set(BlaxelSwitch.FAULT_SLOW, "1");
    emulator.set(BlaxelSwitch.FAULT_SLOW_DELAY, "2s");
    emulator.set(BlaxelSwitch.FAULT_OPERATIONS, "TOKEN");
    Disposable first = read().subscribe();
    List<JobExecution> second = new CopyOnWriteArrayList<>();
    read().subscribe(second::add);
    eventually().until(() -> tokenCalls() == 1);
    first.dispose();
    eventually().until(() -> second.size() == 1);
    assertThat(tokenCalls()).isEqualTo(1);
    assertThat(emulator.count(BlaxelOperation.GET)).isEqualTo(1);
  }

  @Test
  void aTokenThatIsRefusedIsReplacedOnceForAll() {
    got(read());
    emulator.revokeTokens();
    assertThat(got(together(50).collectList())).hasSize(50);
    assertThat(tokenCalls()).isEqualTo(2);
    assertThat(emulator.count(BlaxelOperation.GET)).isLessThanOrEqualTo(101);
  }

  /** The vendor has not acted on a call whose token it refused. */
  @Test
  void alsoAStartIsSentAgainWithANewToken() {
    got(read());
    emulator.revokeTokens();
    got(job().create(CreateJobExecution.empty()));
    assertThat(emulator.createdIds()).hasSize(1);
    assertThat(emulator.count(BlaxelOperation.CREATE)).isEqualTo(2);
    assertThat(tokenCalls()).isEqualTo(2);
  }

  @Test
  void aSecondRefusalIsTold() {
    emulator.set(BlaxelSwitch.TOKEN_LIFETIME, "0ms");
    AuthenticationException refused = failure(AuthenticationException.class, read());
    assertThat(refused.status()).isEqualTo(401);
    assertThat(refused.call().attempts()).isEqualTo(2);
    assertThat(tokenCalls()).isEqualTo(2);
  }

  @Test
  void wrongCredentialsAreAnAuthenticationExceptionAndAskedAnewByTheNextCall() {
    String secret = "wrong-secret-hush";
    client = opened(builder().clientCredentials(emulator.clientId(), secret).build());
    for (int i = 1; i <= 2; i++) {
      AuthenticationException refused = failure(AuthenticationException.class, read());
      assertThat(refused.status()).isEqualTo(400);
      assertThat(refused)
          .hasMessageContaining("POST /oauth/token was answered 400")
          .hasMessageContaining("make new credentials")
          .message()
          .doesNotContain(secret);
      assertThat(tokenCalls()).isEqualTo(i);
    }
    assertThat(emulator.count(BlaxelOperation.GET)).isZero();
  }

  @ParameterizedTest
  @EnumSource(
      names = {
        "FAULT_429",
        "FAULT_503",
        "FAULT_RESET",
        "FAULT_RESET_AFTER",
        "FAULT_TRUNCATED",
        "FAULT_UNAVAILABLE"
      })
  void anExchangeThatFailsIsTriedAgain(BlaxelSwitch fault) {
    emulator.set(fault, "1");
    emulator.set(BlaxelSwitch.FAULT_FIRST, "2");
    emulator.set(BlaxelSwitch.FAULT_OPERATIONS, "TOKEN");
    got(read());
    assertThat(tokenCalls()).isEqualTo(3);
  }

  @ParameterizedTest
  @CsvSource({
    "FAULT_500,io.blinkreactor.ApiException",
    "FAULT_GARBAGE,io.blinkreactor.TransportException",
    "FAULT_SLOW,io.blinkreactor.DeadlineException",
    "FAULT_RESET,io.blinkreactor.BlinkreactorException"
  })
  void anExchangeThatComesToNothingIsToldToAllAndNotKept(
      BlaxelSwitch fault, Class<? extends Throwable> type) {
    emulator.set(BlaxelSwitch.FAULT_SLOW_DELAY, "1h");
    emulator.set(fault, "1");
    emulator.set(BlaxelSwitch.FAULT_OPERATIONS, "TOKEN");
    HttpOptions brief = quick().callTimeout(Duration.ofMillis(1500)).build();
    client = opened(withCredentials().http(brief).build());
    List<Throwable> errors = new CopyOnWriteArrayList<>();
    for (int i = 0; i < 3; i++) {
      job().create(CreateJobExecution.empty()).subscribe(x -> {}, errors::add);
    }
    eventually().until(() -> errors.size() == 3);
    assertThat(errors).allSatisfy(e -> assertThat(e).isInstanceOf(type));
    for (Throwable error : errors) {
      if (error instanceof TransportException broken) {
        assertThat(broken.requestSent()).as("the call itself was not sent").isFalse();
        assertThat(broken).hasMessageContaining("POST /oauth/token");
      } else if (error instanceof DeadlineException late) {
        assertThat(late.requestSent()).isFalse();
      } else {
        assertThat(((ApiException) error).call().pathTemplate()).isEqualTo("/oauth/token");
      }
    }
    assertThat(emulator.createdIds()).isEmpty();
    emulator.set(fault, "0");
    got(read());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "eyJhbGciOiJIUzI1NiJ9",
        "\"hush-token\"",
        "{}",
        "{\"access_token\":\"\"}",
        "{\"access_token\":\"hush token\"}",
        "{\"access_token\":7,\"refresh_token\":\"hush\"}"
      })
  void anAnswerWithoutATokenIsNotQuoted(String body) {
    DisposableServer odd =
        HttpServer.create()
            .host("127.0.0.1")
            .port(0)
            .handle((req, res) -> res.sendString(Mono.just(body)))
            .bindNow();
    try (BlaxelClient asking =
        withCredentials().baseUrl("http://127.0.0.1:" + odd.port()).build()) {
      TransportException unusable = failure(TransportException.class, asking.job("j").get("x"));
      for (Throwable e = unusable; e != null; e = e.getCause()) {
        assertThat(String.valueOf(e.getMessage())).doesNotContain("hush", "eyJ");
      }
    } finally {
      odd.disposeNow();
    }
  }

  /** A vendor that quotes what it refuses must not spread it. */
  @Test
  void secretAndTokensAreRedactedWhereTheVendorQuotesThem() {
    AtomicInteger tokens = new AtomicInteger();
    List<String> sent = new CopyOnWriteArrayList<>();
    DisposableServer quoting =
        HttpServer.create()
            .host("127.0.0.1")
            .port(0)
            .handle(
                (req, res) -> {
                  String credential = String.valueOf(req.requestHeaders().get("Authorization"));
                  sent.add(credential.substring(credential.indexOf(' ') + 1));
                  return req.uri().endsWith("/oauth/token") && tokens.get() < 2
                      ? res.sendString(
                          Mono.just("{\"access_token\":\"hush-" + tokens.incrementAndGet() + "\"}"))
                      : res.status(req.uri().endsWith("/oauth/token") ? 400 : 401)
                          .sendString(Mono.just("{\"error\":\"no\",\"message\":\"" + sent + "\"}"));
                })
            .bindNow();
    try (BlaxelClient quoted =
        withCredentials().baseUrl("http://127.0.0.1:" + quoting.port()).build()) {
      List<Throwable> errors = new ArrayList<>();
      errors.add(failure(AuthenticationException.class, quoted.job("j").get("x")));
      errors.add(failure(AuthenticationException.class, quoted.job("j").get("x")));
      assertThat(tokens).hasValue(2);
      assertThat(sent).contains("hush-1", "hush-2").hasSize(6);
      for (Throwable error : errors) {
        assertThat(error).hasMessageContaining("[redacted]");
        assertThat(error.getMessage()).doesNotContain(sent).doesNotContain(emulator.clientSecret());
        assertThat(error.getSuppressed())
            .allSatisfy(e -> assertThat(e.getMessage()).doesNotContain(sent));
      }
    } finally {
      quoting.disposeNow();
    }
  }

  @Test
  void aKeyFromASupplierIsAskedForEachCall() {
    String[] key = {"old"};
    client = opened(builder().apiKey(() -> key[0]).build());
    failure(AuthenticationException.class, read());
    key[0] = emulator.apiKey();
    got(read());
    key[0] = " ";
    assertThat(failure(IllegalArgumentException.class, read())).hasMessageContaining("API key");
    assertThat(tokenCalls()).isZero();
    assertThat(emulator.count(BlaxelOperation.GET)).isEqualTo(2);
  }

  @Test
  void aClosedClientAsksForNoToken() {
    client.close();
    failure(IllegalStateException.class, read());
    assertThat(emulator.requests()).isEmpty();
  }

  /** Life and refresh of tokens, by a clock that the test turns for both sides. */
  private static final class Turned implements AutoCloseable {
    private final VirtualTimeScheduler scheduler = VirtualTimeScheduler.create();
    private final Clock clock = new SchedulerClock(scheduler);
    private final BlaxelEmulator far =
        BlaxelEmulator.builder().clock(clock).set(BlaxelSwitch.TOKEN_LIFETIME, "2h").start();
    private final BlaxelClient near =
        BlaxelClient.builder()
            .baseUrl(far.baseUrl() + "/v0")
            .clientCredentials(far.clientId(), far.clientSecret())
            .http(quick().build())
            .time(TimeSource.of(clock, scheduler))
            .build();

    void call() {
      got(near.job(far.job()).page(JobPageRequest.first()));
    }

    void pass(Duration time) {
      scheduler.advanceTimeBy(time);
    }

    void assertTokens(int count) {
      eventually().until(() -> far.count(BlaxelOperation.TOKEN) == count);
    }

    @Override
    public void close() {
      near.close();
      far.close();
    }
  }

  @Test
  void fromFourFifthsOfItsLifeOnATokenIsReplacedWhileItStillServes() {
    try (Turned turned = new Turned()) {
      turned.call();
      turned.pass(Duration.ofMinutes(95));
      turned.call();
      turned.assertTokens(1);
      turned.pass(Duration.ofMinutes(1));
      turned.call();
      turned.assertTokens(2);
      turned.call();
      turned.pass(Duration.ofMinutes(90));
      turned.call();
      turned.assertTokens(2);
      assertThat(turned.far.requests()).noneMatch(r -> r.status() == 401);
    }
  }

  @Test
  void aTokenOfNoUseAnyMoreIsWaitedForWithoutBeingTried() {
    try (Turned turned = new Turned()) {
      turned.call();
      turned.pass(Duration.ofMinutes(119).plusSeconds(1));
      turned.call();
      turned.assertTokens(2);
      turned.pass(Duration.ofDays(3));
      turned.call();
      turned.assertTokens(3);
      assertThat(turned.far.requests()).noneMatch(r -> r.status() == 401);
    }
  }

  @Test
  void whileATokenServesAFailedRefreshHarmsNobodyAndIsTriedAgainLater() {
    try (Turned turned = new Turned()) {
      turned.call();
      turned.far.set(BlaxelSwitch.FAULT_500, "1");
      turned.far.set(BlaxelSwitch.FAULT_OPERATIONS, "TOKEN");
      turned.pass(Duration.ofMinutes(100));
      turned.call();
      turned.assertTokens(2);
      for (int i = 0; i < 20; i++) {
        turned.call();
      }
      turned.assertTokens(2);
      turned.far.set(BlaxelSwitch.FAULT_500, "0");
      eventually()
          .until(
              () -> {
                turned.pass(ClientCredentials.RETRY_PAUSE);
                turned.call();
                return turned.far.count(BlaxelOperation.TOKEN) == 3;
              });
      assertThat(turned.far.requests()).noneMatch(r -> r.status() == 401);
    }
  }

  @Test
  void aShortLivedTokenServesForHalfItsLife() {
    try (Turned turned = new Turned()) {
      turned.far.set(BlaxelSwitch.TOKEN_LIFETIME, "60s");
      turned.call();
      turned.pass(Duration.ofSeconds(29));
      turned.call();
      turned.assertTokens(1);
      turned.pass(Duration.ofSeconds(2));
      turned.call();
      turned.assertTokens(2);
    }
  }

  @Test
  void aLifeThatIsNotToldIsTakenForTwoHours() {
    try (Turned turned = new Turned()) {
      turned.far.set(BlaxelSwitch.TOKEN_EXPIRES_IN, "absent");
      turned.call();
      turned.pass(Duration.ofMinutes(95));
      turned.call();
      turned.assertTokens(1);
      turned.pass(Duration.ofMinutes(24).plusSeconds(1));
      turned.call();
      turned.assertTokens(2);
    }
  }
}
