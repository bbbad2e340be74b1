package io.blinkreactor.blinkops;

import static org.assertj.core.api.Assertions.assertThat;

import com.atlassian.oai.validator.OpenApiInteractionValidator;
import com.atlassian.oai.validator.model.Request;
import com.atlassian.oai.validator.model.SimpleRequest;
import com.atlassian.oai.validator.model.SimpleResponse;
import com.atlassian.oai.validator.report.LevelResolver;
import com.atlassian.oai.validator.report.LevelResolverFactory;
import io.blinkreactor.testkit.BlinkOpsEmulator;
import io.blinkreactor.testkit.BlinkOpsEmulatorExtension;
import io.blinkreactor.testkit.Switch;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;
import reactor.netty.ByteBufFlux;
import reactor.netty.DisposableServer;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

/**
 * What the client sends and what the emulator answers, both held against the OpenAPI file by a
 * validator that is neither's: a proxy between them writes down every exchange.
 */
class OpenApiTest {

  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final String PLAYBOOK = "a22f642a-f4fc-4c66-b978-6f1d1008e6ae";

  @RegisterExtension
  final BlinkOpsEmulatorExtension emulators =
      BlinkOpsEmulatorExtension.create(
          builder ->
              builder
                  .history(30)
                  .set(Switch.RUN_DURATION, "20ms")
                  .set(Switch.AUTH_BODY, "wrapper")
                  .set(Switch.EXECUTE_UNKNOWN_PLAYBOOK, "no-such-playbook"));

  private record Exchange(SimpleRequest request, SimpleResponse response, String line) {}

  private final List<Exchange> exchanges = new CopyOnWriteArrayList<>();

  @Test
  void requestsAndAnswersAreWhatTheSpecificationSays(BlinkOpsEmulator emulator) throws IOException {
    DisposableServer proxy =
        HttpServer.create()
            .host("127.0.0.1")
            .port(0)
            .handle((request, response) -> forward(emulator, request, response))
            .bindNow();
    try (BlinkOpsClient client = client(proxy, emulator.workspace(), emulator.apiKey());
        BlinkOpsClient stranger = client(proxy, emulator.workspace(), "another-key");
        BlinkOpsClient outsider = client(proxy, "another-workspace", emulator.apiKey())) {
      useEverything(client);
      quietly(stranger.executions().get("x"));
      quietly(outsider.executions().get("x"));
    } finally {
      proxy.disposeNow();
    }
    assertThat(exchanges).hasSizeGreaterThan(15);
    OpenApiInteractionValidator strict = validator(LevelResolver.defaultResolver());
    // The validator takes each branch of an allOf for the whole; that answers have no member beyond
    // the
    // documented ones is shown by BlinkOpsClientTest.
    OpenApiInteractionValidator open =
        validator(LevelResolverFactory.withAdditionalPropertiesIgnored());
    assertThat(strict.validateRequest(undocumented()).getMessages())
        .as("the validator sees a member that is not documented")
        .isNotEmpty();
    for (Exchange exchange : exchanges) {
      assertThat(strict.validateRequest(exchange.request).getMessages())
          .as(exchange.line)
          .isEmpty();
      assertThat(
              open.validateResponse(
                      exchange.request.getPath(), exchange.request.getMethod(), exchange.response)
                  .getMessages())
          .as(exchange.line)
          .isEmpty();
    }
  }

  private static SimpleRequest undocumented() {
    return SimpleRequest.Builder.post("/api/v1/workspace/ws/playbooks/p/execute")
        .withHeader("BLINK-API-KEY", "k")
        .withContentType("application/json")
        .withBody("{\"inputs\":{}}")
        .build();
  }

  private static void useEverything(BlinkOpsClient client) {
    Rql query =
        Rql.where("state_ui")
            .neq("Failed")
            .and(Rql.anyOf(Rql.where("created_at").gt(0L), Rql.where("name").like("a+b%")))
            .sort("-created_at", "-id");
    client.executions().find(query).pageSize(10).items().collectList().block(PATIENCE);
    client.executions().find(Rql.all()).page().block(PATIENCE);
    client.executions().find(Rql.where("id").eq("nobody")).page().block(PATIENCE);
    ExecuteRequest request =
        ExecuteRequest.builder()
            .inputs(Map.of("a", List.of(1, "x", Map.of())))
            .event(Map.of("kind", "alert"))
            .pastExecution("p")
            .runner("r")
            .triggerType("t")
            .callback(
                ExecutionCallback.builder(URI.create("http://127.0.0.1:9/"))
                    .method("POST")
                    .headers(Map.of("h", "v"))
                    .cookies(Map.of("c", "v"))
                    .body(Map.of("b", 1))
                    .disableSsl(true)
                    .excludeDefaultMetadata(true)
                    .build())
            .build();
    String id =
        Objects.requireNonNull(client.workflows().execute(PLAYBOOK, request).block(PATIENCE));
    client.workflows().execute(PLAYBOOK, ExecuteRequest.empty()).block(PATIENCE);
    client
        .workflows()
        .runSync(PLAYBOOK, ExecuteRequest.empty(), Duration.ofSeconds(5), Map.class)
        .block(PATIENCE);
    client.executions().get(id).block(PATIENCE);
    client.executions().get(id, true).block(PATIENCE);
    client.executions().steps(id).block(PATIENCE);
    client.executions().outputs(id).block(PATIENCE);
    quietly(client.executions().cancel(id));
    quietly(client.executions().get("nowhere"));
    quietly(client.executions().steps("nowhere"));
    quietly(client.executions().cancel("nowhere"));
    quietly(client.workflows().execute("no-such-playbook", ExecuteRequest.empty()));
    quietly(client.executions().find(Rql.where("nonsense").eq(1)).page());
  }

  /** For calls that are refused: the answer is what counts here. */
  private static void quietly(Mono<?> call) {
    call.onErrorResume(e -> Mono.empty()).block(PATIENCE);
  }

  private static BlinkOpsClient client(DisposableServer proxy, String workspace, String key) {
    return BlinkOpsClient.builder()
        .baseUrl("http://127.0.0.1:" + proxy.port())
        .workspace(workspace)
        .apiKey(key)
        .build();
  }

  private static OpenApiInteractionValidator validator(LevelResolver levels) throws IOException {
    try (InputStream spec =
        BlinkOpsEmulator.class.getResourceAsStream("blinkops-executions.openapi.yaml")) {
      return OpenApiInteractionValidator.createForInlineApiSpecification(
              new String(Objects.requireNonNull(spec).readAllBytes(), StandardCharsets.UTF_8))
          .withBasePathOverride("/api/v1")
          .withLevelResolver(levels)
          .build();
    }
  }

  private Publisher<Void> forward(
      BlinkOpsEmulator emulator, HttpServerRequest request, HttpServerResponse response) {
    HttpHeaders headers = request.requestHeaders().copy().remove(HttpHeaderNames.ACCEPT_ENCODING);
    return request
        .receive()
        .aggregate()
        .asString()
        .defaultIfEmpty("")
        .flatMap(
            body ->
                HttpClient.create()
                    .headers(h -> h.set(headers))
                    .request(request.method())
                    .uri(emulator.baseUrl() + request.uri())
                    .send(ByteBufFlux.fromString(Mono.just(body)))
                    .responseSingle(
                        (answer, content) ->
                            content
                                .asString()
                                .defaultIfEmpty("")
                                .doOnNext(
                                    text ->
                                        exchanges.add(
                                            exchange(
                                                request,
                                                body,
                                                answer.status().code(),
                                                answer.responseHeaders(),
                                                text)))
                                .map(text -> Map.entry(answer.status(), text))))
        .flatMapMany(
            answer ->
                response
                    .status(answer.getKey())
                    .header(HttpHeaderNames.CONTENT_TYPE, "application/json")
                    .sendString(Mono.just(answer.getValue())));
  }

  private static Exchange exchange(
      HttpServerRequest request, String body, int status, HttpHeaders answered, String answer) {
    QueryStringDecoder uri = new QueryStringDecoder(request.uri());
    SimpleRequest.Builder sent =
        new SimpleRequest.Builder(Request.Method.valueOf(request.method().name()), uri.path());
    uri.parameters().forEach(sent::withQueryParam);
    request.requestHeaders().forEach(h -> sent.withHeader(h.getKey(), h.getValue()));
    if (!body.isEmpty()) {
      sent.withBody(body);
    }
    SimpleResponse.Builder got = SimpleResponse.Builder.status(status);
    answered.forEach(h -> got.withHeader(h.getKey(), h.getValue()));
    if (!answer.isEmpty()) {
      got.withBody(answer);
    }
    return new Exchange(
        sent.build(), got.build(), request.method() + " " + request.uri() + " -> " + status);
  }
}
