package io.blinkreactor.testkit;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.netty.http.client.HttpClient;

/** Sends callback requests and records how they went. It never fails: no answer is status 0. */
final class CallbackSender {

  /** Bytes that a huge body has more than others. */
  private static final int PADDING = 2 << 20;

  /** How long an answer is awaited. */
  static final Duration PATIENCE = Duration.ofSeconds(10);

  /** Reactor's key; a fault after the patience is up has been counted already. */
  private static final String ERROR_DROPPED = "reactor.onErrorDropped.local";

  private static final Consumer<Throwable> LATE_FAULT = error -> {};

  private final Settings settings;
  private final Seed seed;
  private final Clock clock;
  private final Scheduler timers;
  private final HttpClient client;
  private final HttpClient trustingClient;
  private final String apiKey;
  private final ConcurrentLinkedQueue<RecordedCallback> sent = new ConcurrentLinkedQueue<>();

  CallbackSender(
      Settings settings,
      Seed seed,
      Clock clock,
      Scheduler timers,
      HttpClient client,
      String apiKey) {
    this.settings = settings;
    this.seed = seed;
    this.clock = clock;
    this.timers = timers;
    this.client = client;
    this.trustingClient = trusting(client);
    this.apiKey = apiKey;
  }

  List<RecordedCallback> sent() {
    return new ArrayList<>(sent);
  }

  Mono<RecordedCallback> send(Run run, RecordedCallback.Kind kind) {
    ExecuteRequest.Target target = run.request.callback();
    if (target == null) {
      return Mono.empty();
    }
    String method =
        settings.is(Switch.CALLBACK_METHOD, "as-asked")
            ? target.method()
            : settings.text(Switch.CALLBACK_METHOD);
    return Mono.defer(() -> exchange(run, target, kind, method))
        .timeout(PATIENCE, timers)
        .onErrorReturn(0)
        .contextWrite(context -> context.put(ERROR_DROPPED, LATE_FAULT))
        .map(
            status -> {
              RecordedCallback callback =
                  new RecordedCallback(run.id, kind, target.url(), method, status, clock.instant());
              sent.add(callback);
              run.callbacksSent.incrementAndGet();
              return callback;
            });
  }

  private Mono<Integer> exchange(
      Run run, ExecuteRequest.Target target, RecordedCallback.Kind kind, String method) {
    boolean forged = kind == RecordedCallback.Kind.FORGED;
    byte[] body = method.equals("GET") ? new byte[0] : forged ? forgedBody(run) : body(run, target);
    Map<String, String> headers = headers(run, target, forged);
    if (settings.on(Switch.CALLBACK_SIGNATURE) && !forged) {
      headers.put("X-BLINK-SIGNATURE", signature(target.url(), body));
    }
    return (target.trustsAll() ? trustingClient : client)
        .headers(out -> headers.forEach(out::set))
        .headers(
            out -> {
              if (body.length > 0 && !out.contains("Content-Type")) {
                boolean text = settings.is(Switch.CALLBACK_BODY, "text") && !forged;
                out.set("Content-Type", text ? "text/plain; charset=utf-8" : "application/json");
              }
              if (!method.equals("GET")) {
                out.set("Content-Length", body.length);
              }
            })
        .request(HttpMethod.valueOf(method))
        .uri(target.url())
        .send(Mono.fromSupplier(() -> Unpooled.wrappedBuffer(body)))
        .responseSingle(
            (response, answer) -> answer.then(Mono.fromSupplier(() -> response.status().code())));
  }

  private Map<String, String> headers(Run run, ExecuteRequest.Target target, boolean forged) {
    Map<String, String> headers = new LinkedHashMap<>();
    ForgedValues forger = new ForgedValues(seed.random("callback.forged.values", run.index));
    if (settings.is(Switch.CALLBACK_HEADERS, "sent")) {
      headers.putAll(forged ? forger.instead(target.headers()) : target.headers());
    }
    Map<String, String> cookies = forged ? forger.instead(target.cookies()) : target.cookies();
    if (settings.is(Switch.CALLBACK_COOKIES, "sent") && !cookies.isEmpty()) {
      headers.put(
          "Cookie",
          cookies.entrySet().stream()
              .map(cookie -> cookie.getKey() + "=" + cookie.getValue())
              .collect(Collectors.joining("; ")));
    }
    return headers;
  }

  private static byte[] forgedBody(Run run) {
    Map<String, @Nullable Object> claim = new LinkedHashMap<>();
    claim.put("execution_id", run.id);
    claim.put("state", "Completed");
    claim.put("state_ui", "Completed");
    return Json.bytes(claim, false);
  }

  private byte[] body(Run run, ExecuteRequest.Target target) {
    Map<String, @Nullable Object> metadata = new LinkedHashMap<>();
    if (!target.withoutMetadata()) {
      metadata.putAll(metadata(run));
    }
    Map<String, @Nullable Object> merged = new LinkedHashMap<>(metadata);
    target.body().forEach((key, value) -> merged.put(String.valueOf(key), value));
    Map<String, @Nullable Object> nested = new LinkedHashMap<>();
    nested.put("metadata", metadata);
    nested.put("body", target.body());
    return switch (settings.text(Switch.CALLBACK_BODY)) {
      case "nested" -> Json.bytes(nested, false);
      case "empty" -> new byte[0];
      case "text" -> ("Execution " + run.id + " has ended").getBytes(StandardCharsets.UTF_8);
      case "array" -> Json.bytes(List.of(merged), false);
      case "huge" -> {
        merged.put("padding", "");
        yield padded(Json.bytes(merged, false));
      }
      case "invalid-json" -> {
        String whole = Json.text(merged);
        yield whole.substring(0, whole.length() - 1).getBytes(StandardCharsets.UTF_8);
      }
      default -> Json.bytes(merged, false);
    };
  }

  /** Fills the text that ends the object, which is faster than to have it written as JSON. */
  private static byte[] padded(byte[] object) {
    int end = object.length - "\"}".length();
    byte[] padded = new byte[object.length + PADDING];
    System.arraycopy(object, 0, padded, 0, end);
    Arrays.fill(padded, end, end + PADDING, (byte) 'x');
    System.arraycopy(object, end, padded, end + PADDING, object.length - end);
    return padded;
  }

  private Map<String, @Nullable Object> metadata(Run run) {
    Row row = run.slot.row();
    Map<String, @Nullable Object> metadata = new LinkedHashMap<>();
    metadata.put("execution_id", run.id);
    metadata.put(
        "execution_url",
        "https://app.blinkops.com/workspace/" + run.workspace + "/execution/" + run.id);
    metadata.put("automation_id", run.playbookId);
    metadata.put("automation_name", row.text(Field.NAME));
    metadata.put("automation_url", "https://app.blinkops.com/automation/" + run.playbookId);
    metadata.put("workspace_id", run.workspace);
    metadata.put("tenant_id", row.text(Field.TENANT_ID));
    metadata.put("pack_id", row.text(Field.PACK_ID));
    metadata.put("start_time", run.acceptedAt.toString());
    metadata.put("user_email", row.text(Field.CREATED_BY));
    metadata.put("user_groups", List.of());
    return metadata;
  }

  private String signature(String url, byte[] body) {
    long seconds = Instant.now(clock).getEpochSecond();
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(apiKey.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
      mac.update((seconds + "." + url + ".").getBytes(StandardCharsets.UTF_8));
      return "ts=" + seconds + ";sig1=" + HexFormat.of().formatHex(mac.doFinal(body));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("Every Java platform has HmacSHA256.", e);
    }
  }

  private static HttpClient trusting(HttpClient client) {
    return client.secure(
        spec -> {
          try {
            spec.sslContext(
                SslContextBuilder.forClient()
                    .trustManager(InsecureTrustManagerFactory.INSTANCE)
                    .endpointIdentificationAlgorithm(null)
                    .build());
          } catch (SSLException e) {
            throw new IllegalStateException("There is no TLS on this platform.", e);
          }
        });
  }
}
