package io.blinkreactor.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import com.atlassian.oai.validator.OpenApiInteractionValidator;
import com.atlassian.oai.validator.model.Request;
import com.atlassian.oai.validator.model.SimpleRequest;
import com.atlassian.oai.validator.model.SimpleResponse;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What the emulator answers, held against the OpenAPI file by a validator that is not ours. */
class BlaxelOpenApiTest {
  private final TurnableClock clock = new TurnableClock(Instant.parse("2026-06-01T12:00:00Z"));

  @RegisterExtension
  final BlaxelEmulatorExtension blaxel =
      BlaxelEmulatorExtension.create(
          builder -> builder.history(40).clock(clock).set(BlaxelSwitch.ENV_FORM, "object"));

  private final List<BlaxelCalls.Exchange> exchanges = new ArrayList<>();

  @Test
  void answersAreWhatTheSpecificationSays(BlaxelEmulator emulator) throws Exception {
    BlaxelCalls calls = new BlaxelCalls(emulator, exchanges::add);
    useEverything(emulator, calls);
    int documented = exchanges.size();
    BlaxelCalls anonymous = calls.with("Authorization", null);
    anonymous.list("");
    anonymous.get("x");
    anonymous.token(Map.of("grant_type", "client_credentials"));
    OpenApiInteractionValidator validator = validator();
    for (int i = 0; i < exchanges.size(); i++) {
      BlaxelCalls.Exchange exchange = exchanges.get(i);
      String line = exchange.method() + " " + exchange.path() + " " + exchange.reply();
      SimpleRequest request = request(exchange);
      if (i < documented) {
        assertThat(validator.validateRequest(request).getMessages()).as(line).isEmpty();
      }
      SimpleResponse.Builder response = SimpleResponse.Builder.status(exchange.reply().status());
      exchange.reply().headers().forEach(response::withHeader);
      assertThat(
              validator
                  .validateResponse(
                      request.getPath(),
                      request.getMethod(),
                      response.withBody(exchange.reply().body()).build())
                  .getMessages())
          .as(line)
          .isEmpty();
    }
  }

  private static void useEverything(BlaxelEmulator emulator, BlaxelCalls calls) throws Exception {
    for (String served : List.of("auto", "legacy", "cursor")) {
      emulator.set(BlaxelSwitch.CONTRACT_SERVED, served);
      calls.list("");
      calls.legacy().list("limit=100&offset=5");
    }
    emulator.set(BlaxelSwitch.CONTRACT_SERVED, "auto");
    BlaxelCalls.Reply page = calls.list("limit=30&sort=name:asc&q=exec");
    assertThat(calls.next("limit=30&sort=name:asc&q=exec", page).ids()).hasSize(10);
    for (String status :
        List.of(
            "queued",
            "pending",
            "running",
            "cancelling",
            "cancelled",
            "failed",
            "succeeded",
            "timeout")) {
      String id = emulator.addExecution(Map.of("status", status));
      assertThat(calls.get(id).text("status")).isEqualTo(status);
      calls.tasks(id, "limit=2");
    }
    Map<String, Object> wish =
        Map.of(
            "allowQueue",
            true,
            "env",
            Map.of("A", "b"),
            "executionId",
            "mine",
            "id",
            "message",
            "jobId",
            emulator.job(),
            "memory",
            256,
            "tasks",
            List.of(Map.of("any", List.of(1))),
            "workspaceId",
            emulator.workspace());
    assertThat(calls.create(wish).status()).isEqualTo(200);
    assertThat(calls.create(wish).status()).isEqualTo(400);
    calls.create(Map.of());
    calls.get("mine");
    calls.cancel("mine");
    emulator.set(BlaxelSwitch.LIMIT_RUNNING, "1");
    assertThat(calls.create(Map.of("allowQueue", false)).status()).isEqualTo(429);
    assertThat(calls.get("none").status()).isEqualTo(404);
    assertThat(calls.cancel("none").status()).isEqualTo(404);
    assertThat(calls.list("cursor=x").status()).isEqualTo(400);
    assertThat(calls.with("Authorization", "Bearer x").list("").status()).isEqualTo(401);
    assertThat(calls.with("Authorization", "Bearer " + emulator.forbiddenKey()).list("").status())
        .isEqualTo(403);
    emulator.set(BlaxelSwitch.FAULT_500, "1");
    for (String body : List.of("documented", "gateway", "control-plane")) {
      emulator.set(BlaxelSwitch.ERROR_BODY, body);
      assertThat(calls.list("").status()).isEqualTo(500);
    }
    emulator.set(BlaxelSwitch.FAULT_500, "0");
    emulator.set(BlaxelSwitch.ERROR_BODY, "documented");
    BlaxelCalls.Reply token =
        calls
            .with("Authorization", null)
            .token(
                Map.of(
                    "grant_type", "client_credentials",
                    "client_id", emulator.clientId(),
                    "client_secret", emulator.clientSecret()));
    assertThat(token.status()).isEqualTo(200);
  }

  private static SimpleRequest request(BlaxelCalls.Exchange exchange) {
    QueryStringDecoder uri = new QueryStringDecoder(exchange.path());
    SimpleRequest.Builder sent =
        new SimpleRequest.Builder(Request.Method.valueOf(exchange.method()), uri.path());
    uri.parameters().forEach(sent::withQueryParam);
    exchange.headers().forEach(sent::withHeader);
    String body = exchange.body();
    return (body == null ? sent : sent.withContentType("application/json").withBody(body)).build();
  }

  private static OpenApiInteractionValidator validator() throws IOException {
    try (InputStream spec =
        BlaxelEmulator.class.getResourceAsStream("blaxel-executions.openapi.yaml")) {
      return OpenApiInteractionValidator.createForInlineApiSpecification(
              new String(Objects.requireNonNull(spec).readAllBytes(), StandardCharsets.UTF_8))
          .withBasePathOverride("/v0")
          .build();
    }
  }
}
