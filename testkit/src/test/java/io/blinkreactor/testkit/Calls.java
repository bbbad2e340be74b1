package io.blinkreactor.testkit;

import java.io.ByteArrayInputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/** The simplest client there is, so that no cleverness of its own hides what the emulator sends. */
final class Calls {
  private static final HttpClient HTTP =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  private final BlinkOpsEmulator emulator;

  private final String workspace;

  Calls(BlinkOpsEmulator emulator) {
    this(emulator, emulator.workspace());
  }

  Calls(BlinkOpsEmulator emulator, String workspace) {
    this.emulator = emulator;
    this.workspace = workspace;
  }

  record Reply(int status, Map<String, List<String>> headers, String body) {
    @Nullable Object json() {
      return Json.read(body);
    }

    Map<String, @Nullable Object> map() {
      Map<String, @Nullable Object> members = new LinkedHashMap<>();
      if (json() instanceof Map<?, ?> map) {
        map.forEach((key, value) -> members.put(String.valueOf(key), value));
      }
      return members;
    }

    String text(String key) {
      return String.valueOf(map().get(key));
    }

    List<Map<?, ?>> results() {
      List<Map<?, ?>> rows = new ArrayList<>();
      if (map().get("results") instanceof List<?> list) {
        list.forEach(row -> rows.add((Map<?, ?>) row));
      }
      return rows;
    }
  }

  static RecordedRun run(BlinkOpsEmulator emulator, String id) {
    return Objects.requireNonNull(emulator.run(id), id);
  }

  Reply list(String q) throws Exception {
    return get("/executions?q=" + URLEncoder.encode(q, StandardCharsets.UTF_8));
  }

  Reply get(String path) throws Exception {
    return send("GET", path, null, emulator.apiKey());
  }

  Reply post(String path, @Nullable String body) throws Exception {
    return send("POST", path, body, emulator.apiKey());
  }

  Reply execute(@Nullable Object body) throws Exception {
    return post("/playbooks/pb-1/execute", body == null ? null : Json.text(body));
  }

  String start(@Nullable Object body) throws Exception {
    return execute(body).text("execution_id");
  }

  Reply listGzipped(String q) throws Exception {
    String path = "/executions?q=" + URLEncoder.encode(q, StandardCharsets.UTF_8);
    HttpRequest request =
        request("GET", path, null, emulator.apiKey()).header("Accept-Encoding", "gzip").build();
    HttpResponse<byte[]> response = HTTP.send(request, HttpResponse.BodyHandlers.ofByteArray());
    String body =
        new String(
            new GZIPInputStream(new ByteArrayInputStream(response.body())).readAllBytes(),
            StandardCharsets.UTF_8);
    return new Reply(response.statusCode(), response.headers().map(), body);
  }

  Reply send(String method, String path, @Nullable String body, @Nullable String key)
      throws Exception {
    HttpResponse<String> response =
        HTTP.send(request(method, path, body, key).build(), HttpResponse.BodyHandlers.ofString());
    return new Reply(response.statusCode(), response.headers().map(), response.body());
  }

  private HttpRequest.Builder request(
      String method, String path, @Nullable String body, @Nullable String key) {
    URI uri = URI.create(emulator.baseUrl() + "/api/v1/workspace/" + workspace + path);
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri)
            .timeout(Duration.ofSeconds(20))
            .method(
                method,
                body == null
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofString(body));
    if (key != null) {
      request.header("BLINK-API-KEY", key);
    }
    if (body != null) {
      request.header("Content-Type", "application/json");
    }
    return request;
  }

  /** Makes a call that is to wait, on a thread of its own. */
  static <T> CompletableFuture<T> later(Callable<T> call) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return call.call();
          } catch (Exception e) {
            throw new AssertionError(e);
          }
        });
  }
}
