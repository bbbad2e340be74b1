package io.blinkreactor.callback;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.blinkreactor.TimeSource;
import io.blinkreactor.callback.CallbackTokens.Token;
import io.blinkreactor.completion.CallbackTarget;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** Where the seal is put, where it is found, and what is said if it is not. */
class SealPlacementTest {

  private static final String SCOPE = "workspace-1";
  private static final String ID = "AAECAwQFBgcICQoLDA0ODw";
  private static final Instant EXPIRY = Instant.parse("2100-01-01T00:00:00Z");

  private final CallbackTokens tokens =
      new CallbackTokens(CallbackKeys.of(CallbackKeys.randomBytes()));
  private final Token token = tokens.make(SCOPE, ID, EXPIRY);
  private final RecordingSink sink = new RecordingSink();
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final ListAppender<ILoggingEvent> log = new ListAppender<>();
  private final Logger logger = (Logger) LoggerFactory.getLogger(UnsealedWarning.class);

  @BeforeEach
  void listen() {
    log.start();
    logger.addAppender(log);
  }

  @AfterEach
  void stopListening() {
    logger.detachAppender(log);
  }

  @ParameterizedTest
  @EnumSource
  void theSealIsPutThereAlone(SealPlacement place) {
    CallbackTarget target = places(place).target("https://hooks.example.com/x", token);
    String url = "https://hooks.example.com/x/callbacks/v1/" + token.ticket();
    Map<String, String> none = Map.of();
    assertThat(target.url())
        .hasToString(place == SealPlacement.PATH ? url + "/" + token.seal() : url);
    assertThat(target.headers())
        .isEqualTo(place == SealPlacement.HEADER ? Map.of("X-Callback-Auth", token.seal()) : none);
    assertThat(target.cookies())
        .isEqualTo(place == SealPlacement.COOKIE ? Map.of("callback_auth", token.seal()) : none);
    assertThat(target.body())
        .isEqualTo(place == SealPlacement.BODY ? Map.of("callback_auth", token.seal()) : none);
    assertThat(target.toString()).doesNotContain(token.seal());
  }

  @Test
  void severalPlacesHoldItAtOnce() {
    CallbackTarget target =
        places(SealPlacement.values()).target("https://hooks.example.com", token);
    assertThat(target.url().getPath()).endsWith(token.ticket() + "/" + token.seal());
    assertThat(List.of(target.headers(), target.cookies(), target.body()))
        .allMatch(fields -> fields.containsValue(token.seal()));
  }

  @ParameterizedTest
  @EnumSource
  void itIsFoundThereAndNowhereElse(SealPlacement place) {
    CallbackHandler handler = handler(place);
    for (SealPlacement given : SealPlacement.values()) {
      assertThat(ask(handler, given, token.seal()))
          .as("%s in %s", given, place)
          .isEqualTo(given == place ? 202 : 404);
    }
    assertThat(sink.calls).hasSize(1);
  }

  @ParameterizedTest
  @EnumSource
  void anyOfSeveralPlacesProves(SealPlacement given) {
    CallbackHandler handler = handler(SealPlacement.values());
    assertThat(ask(handler, given, token.seal())).isEqualTo(202);
    Token other = tokens.make("workspace-2", ID, EXPIRY);
    assertThat(ask(handler, given, other.seal())).isEqualTo(404);
    assertThat(sink.calls).hasSize(1);
  }

  @ParameterizedTest
  @EnumSource
  void aWrongSealInOnePlaceDoesNotSpoilTheRightOneInAnother(SealPlacement given) {
    String wrong = tokens.make("workspace-2", ID, EXPIRY).seal();
    String uri =
        SealPlaces.PATH
            + token.ticket()
            + "/"
            + (given == SealPlacement.PATH ? token.seal() : wrong);
    Map<String, String> fields =
        Map.of(
            "X-Callback-Auth",
            given == SealPlacement.HEADER ? token.seal() : wrong,
            "Cookie",
            "a=b; callback_auth=" + (given == SealPlacement.COOKIE ? token.seal() : wrong));
    byte[] body = utf8("{\"a\":\"" + (given == SealPlacement.BODY ? token.seal() : wrong) + "\"}");
    assertThat(FakeExchange.status(handler(SealPlacement.values()), uri, fields, body))
        .isEqualTo(202);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"callback_auth\":\"%s\"}",
        "{\"metadata\":{\"execution_id\":\"x\"},\"body\":{\"callback_auth\":\"%s\"}}",
        "[{\"callback_auth\":\"%s\"}]",
        "callback_auth=%s&state=Completed",
        "{\"callback_auth\":\"%s\"",
        "%s",
        "v1.v1.v1.%s",
        "%s %s",
        "<callback_auth>%s</callback_auth>"
      })
  void aBodyMayHoldItInAnyFormatAndIsMasked(String format) {
    String body = format.replace("%s", token.seal());
    assertThat(askWithBody(handler(SealPlacement.BODY), utf8(body))).isEqualTo(202);
    assertThat(sink.calls)
        .singleElement()
        .extracting(call -> call.payload().text())
        .isEqualTo(format.replace("%s", "*".repeat(token.seal().length())));
  }

  @Test
  void aBodyIsMaskedAlsoIfTheHeaderProved() {
    String uri = SealPlaces.PATH + token.ticket();
    CallbackHandler handler = handler(SealPlacement.HEADER, SealPlacement.BODY);
    byte[] body = utf8("{\"callback_auth\":\"" + token.seal() + "\"}" + " ".repeat(20_000));
    assertThat(FakeExchange.status(handler, uri, Map.of("X-Callback-Auth", token.seal()), body))
        .as("a proven body may be longer than an unproven one")
        .isEqualTo(202);
    assertThat(sink.calls.get(0).payload().text()).doesNotContain(token.seal());
  }

  @Test
  void aBodyThatHoldsSomethingLikeItIsRefused() {
    CallbackHandler handler = handler(SealPlacement.BODY);
    String seal = token.seal();
    for (String body :
        List.of(
            "",
            "{}",
            "v1.",
            seal.substring(0, 45),
            seal.substring(0, 45) + "*",
            seal.substring(1),
            seal + "A",
            seal.replace("v1.", "v2."),
            seal.replace("v1.", "v1. "),
            tokens.make(SCOPE, "BAECAwQFBgcICQoLDA0ODw", EXPIRY).seal(),
            "v1.".repeat(5000))) {
      assertThat(askWithBody(handler, utf8(body))).as(body).isEqualTo(404);
    }
    assertThat(sink.calls).isEmpty();
  }

  @Test
  void ofAnUnprovenBodyLittleIsRead() {
    CallbackHandler handler = handler(SealPlacement.BODY);
    String padding = " ".repeat(CallbackHandler.UNPROVEN_BYTES - token.seal().length());
    assertThat(askWithBody(handler, utf8(padding + token.seal()))).isEqualTo(202);
    assertThat(askWithBody(handler, utf8(token.seal() + padding + " "))).isEqualTo(404);
    assertThat(sink.calls).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "callback_auth=%s",
        "a=1; callback_auth=%s; b=2",
        "callback_auth=\"%s\"",
        "callback_auth=v1.stale; callback_auth=%s",
        "callback_auth=%s;"
      })
  void aCookieIsFoundAmongOthers(String line) {
    Map<String, String> fields = Map.of("Cookie", line.replace("%s", token.seal()));
    assertThat(
            FakeExchange.status(
                handler(SealPlacement.COOKIE),
                SealPlaces.PATH + token.ticket(),
                fields,
                new byte[0]))
        .isEqualTo(202);
  }

  /** As proxies may write cookies anew, or a stranger may. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "callback_auth=\"%s",
        "callback_auth=%s,x",
        "callback_auth=\\%s",
        "callback_auth=\u00e9%s",
        "a=\u0085\u009b31m; callback_auth=x%s",
        "a\u0007=%s",
        "callback_auth"
      })
  void t5ACookieThatWillNotDoIsNotLogged(String line) {
    Map<String, String> fields = Map.of("Cookie", line.replace("%s", token.seal()));
    try (LoggedLines log = LoggedLines.at(Level.TRACE)) {
      assertThat(
              FakeExchange.status(
                  handler(SealPlacement.COOKIE),
                  SealPlaces.PATH + token.ticket(),
                  fields,
                  new byte[0]))
          .isEqualTo(404);
      assertThat(log.all()).noneMatch(l -> l.contains(token.seal()) || RawCorpus.isUnescaped(l));
    }
  }

  @Test
  void thePathEndsWithTheSeal() {
    CallbackHandler handler = handler(SealPlacement.PATH);
    String path = SealPlaces.PATH + token.ticket() + "/" + token.seal();
    assertThat(FakeExchange.status(handler, "/prefix" + path + "?a=b", null)).isEqualTo(202);
    for (String odd :
        List.of(
            path + "/",
            path + "/x",
            path.replace("/v1.", "//v1."),
            SealPlaces.PATH + token.ticket() + "/",
            SealPlaces.PATH + "/" + token.seal(),
            SealPlaces.PATH + token.seal() + "/" + token.ticket())) {
      assertThat(FakeExchange.status(handler, odd, null)).as(odd).isEqualTo(404);
    }
    assertThat(sink.calls).hasSize(1);
  }

  // What is said of seals that don't arrive.

  @ParameterizedTest
  @EnumSource
  void itIsSaidOnceThatSealsDontArrive(SealPlacement place) {
    CallbackHandler handler = handler(place);
    for (int i = 0; i < 2; i++) {
      assertThat(askWithBody(handler, utf8("{}"))).isEqualTo(404);
    }
    assertThat(log.list).isEmpty();
    for (int i = 0; i < 20; i++) {
      assertThat(askWithBody(handler, utf8("{}"))).isEqualTo(404);
    }
    assertThat(log.list).hasSize(1);
    String said = log.list.get(0).getFormattedMessage();
    assertThat(said)
        .contains("placement(...)")
        .contains("[" + place + "]")
        .contains("stranger")
        .doesNotContain(token.ticket())
        .doesNotContain(token.seal())
        .doesNotContain(ID)
        .doesNotContain(SCOPE);
    assertThat(meters.counter("blinkreactor.callbacks", "result", "unsealed").count())
        .isEqualTo(22);
  }

  @Test
  void itIsNotSaidOfWhatIsNotOurs() {
    CallbackHandler handler = handler(SealPlacement.HEADER);
    Token unserved = tokens.make("workspace-2", ID, EXPIRY);
    Token expired = tokens.make(SCOPE, ID, Instant.now().minusSeconds(7200));
    Token strange =
        new CallbackTokens(CallbackKeys.of(CallbackKeys.randomBytes())).make(SCOPE, ID, EXPIRY);
    for (int i = 0; i < 5; i++) {
      assertThat(FakeExchange.status(handler, "/callbacks/v1/x.y", null)).isEqualTo(404);
      assertThat(FakeExchange.status(handler, SealPlaces.PATH + unserved.ticket(), null))
          .isEqualTo(404);
      assertThat(FakeExchange.status(handler, SealPlaces.PATH + expired.ticket(), null))
          .isEqualTo(404);
      assertThat(FakeExchange.status(handler, SealPlaces.PATH + strange.ticket(), null))
          .isEqualTo(404);
      assertThat(ask(handler, SealPlacement.HEADER, "v1.wrong")).isEqualTo(404);
    }
    assertThat(log.list).isEmpty();
    assertThat(meters.find("blinkreactor.callbacks").tag("result", "unsealed").counter()).isNull();
    assertThat(meters.counter("blinkreactor.callbacks", "result", "unknown_key").count())
        .isEqualTo(5);
    assertThat(meters.counter("blinkreactor.callbacks", "result", "rejected").count())
        .isEqualTo(20);
  }

  private int ask(CallbackHandler handler, SealPlacement given, String seal) {
    CallbackTarget target = places(given).target("http://h", new Token(token.ticket(), seal));
    String cookie = target.cookies().get("callback_auth");
    String body = target.body().get("callback_auth");
    return FakeExchange.status(
        handler,
        target.url().getPath(),
        cookie == null ? target.headers() : Map.of("Cookie", "callback_auth=" + cookie),
        utf8(body == null ? "{}" : "{\"callback_auth\":\"" + body + "\"}"));
  }

  private int askWithBody(CallbackHandler handler, byte[] body) {
    return FakeExchange.status(handler, SealPlaces.PATH + token.ticket(), Map.of(), body);
  }

  private CallbackHandler handler(SealPlacement... where) {
    CallbackHandler handler =
        FakeExchange.handler(
            tokens, places(where), TimeSource.system(), new CallbackMetrics(meters, null));
    var unused = handler.attach(SCOPE, sink);
    return handler;
  }

  private static SealPlaces places(SealPlacement... where) {
    return new SealPlaces(EnumSet.copyOf(Set.of(where)));
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
