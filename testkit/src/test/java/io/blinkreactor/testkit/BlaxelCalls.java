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
import java.util.function.Consumer;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/** The simplest client there is, so that no cleverness of its own hides what the emulator sends. */
final class BlaxelCalls {
  static final String LEGACY = "2026-04-16";
  static final String CURSORS = "2026-04-28";
  private static final HttpClient HTTP =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  private final BlaxelEmulator emulator;
  private final Map<String, String> headers = new LinkedHashMap<>();
  private final Consumer<Exchange> witness;

  /** A request and its reply; the path begins behind the host. */
  record Exchange(
      String method,
      String path,
      Map<String, String> headers,
      @Nullable String body,
      Reply reply) {}

  BlaxelCalls(BlaxelEmulator emulator) {
    this(emulator, exchange -> {});
  }

  BlaxelCalls(BlaxelEmulator emulator, Consumer<Exchange> witness) {
    this.emulator = emulator;
    this.witness = witness;
    headers.put("Authorization", "Bearer " + emulator.apiKey());
    headers.put(BlaxelApi.VERSION_HEADER, CURSORS);
  }

  /** Calls with another header; null leaves it out. */
  BlaxelCalls with(String name, @Nullable String value) {
    BlaxelCalls calls = new BlaxelCalls(emulator, witness);
    calls.headers.clear();
    calls.headers.putAll(headers);
    if (value == null) {
      calls.headers.remove(name);
    } else {
      calls.headers.put(name, value);
    }
    return calls;
  }

  BlaxelCalls legacy() {
    return with(BlaxelApi.VERSION_HEADER, null);
  }

  record Reply(int status, Map<String, List<String>> headers, String body) {
    @Nullable Object json() {
      return Json.read(body);
    }

    Map<String, @Nullable Object> map() {
      return members(json());
    }

    String text(String key) {
      return String.valueOf(map().get(key));
    }

    Map<String, @Nullable Object> part(String key) {
      return members(map().get(key));
    }

    /** The executions or tasks of a page, whichever contract it is of. */
    List<Map<String, @Nullable Object>> rows() {
      List<Map<String, @Nullable Object>> rows = new ArrayList<>();
      Object list = json() instanceof List<?> array ? array : map().get("data");
      if (list instanceof List<?> elements) {
        elements.forEach(row -> rows.add(members(row)));
      }
      return rows;
    }

    List<String> ids() {
      return rows().stream().map(row -> String.valueOf(at(row, "metadata", "id"))).toList();
    }

    /** Empty where there is none. */
    String cursor() {
      return part("meta").get("nextCursor") instanceof String cursor ? cursor : "";
    }

    boolean hasMore() {
      return Boolean.TRUE.equals(part("meta").get("hasMore"));
    }
  }

  static Map<String, @Nullable Object> members(@Nullable Object json) {
    Map<String, @Nullable Object> members = new LinkedHashMap<>();
    if (json instanceof Map<?, ?> map) {
      map.forEach((key, value) -> members.put(String.valueOf(key), value));
    }
    return members;
  }

  static @Nullable Object at(@Nullable Object json, String... keys) {
    @Nullable Object value = json;
    for (String key : keys) {
      value = value instanceof Map<?, ?> map ? map.get(key) : null;
    }
    return value;
  }

  static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  String path() {
    return "/jobs/" + emulator.job() + "/executions";
  }

  /** A list with a query such as {@code limit=5}. */
  Reply list(String query) throws Exception {
    return send("GET", path() + (query.isEmpty() ? "" : "?" + query), null);
  }

  Reply next(String query, Reply page) throws Exception {
    return list(query + "&cursor=" + encoded(page.cursor()));
  }

  /** All ids of a walk by cursor, in order, repeated ones too. */
  List<String> walk(String query) throws Exception {
    List<String> ids = new ArrayList<>();
    Reply page = list(query);
    for (int pages = 0; pages < 1000; pages++) {
      ids.addAll(page.ids());
      if (page.cursor().isEmpty()) {
        return ids;
      }
      page = next(query, page);
    }
    throw new AssertionError("The walk does not end.");
  }

  Reply get(String id) throws Exception {
    return send("GET", path() + "/" + id, null);
  }

  Reply cancel(String id) throws Exception {
    return send("DELETE", path() + "/" + id, null);
  }

  Reply tasks(String id, String query) throws Exception {
    return send("GET", path() + "/" + id + "/tasks" + (query.isEmpty() ? "" : "?" + query), null);
  }

  Reply create(Object body) throws Exception {
    return send("POST", path(), Json.text(body));
  }

  String start(Object body) throws Exception {
    return create(body).text("executionId");
  }

  Reply token(Object body) throws Exception {
    return send("POST", "/oauth/token", Json.text(body));
  }

  String status(String id) throws Exception {
    return get(id).text("status");
  }

  Reply send(String method, String path, @Nullable String body) throws Exception {
    HttpResponse<String> response =
        HTTP.send(request(method, path, body).build(), HttpResponse.BodyHandlers.ofString());
    Reply reply = new Reply(response.statusCode(), response.headers().map(), response.body());
    witness.accept(new Exchange(method, "/v0" + path, Map.copyOf(headers), body, reply));
    return reply;
  }

  Reply listGzipped(String query) throws Exception {
    HttpRequest request =
        request("GET", path() + "?" + query, null).header("Accept-Encoding", "gzip").build();
    HttpResponse<byte[]> response = HTTP.send(request, HttpResponse.BodyHandlers.ofByteArray());
    String body =
        new String(
            new GZIPInputStream(new ByteArrayInputStream(response.body())).readAllBytes(),
            StandardCharsets.UTF_8);
    return new Reply(response.statusCode(), response.headers().map(), body);
  }

  private HttpRequest.Builder request(String method, String path, @Nullable String body) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(emulator.baseUrl() + "/v0" + path))
            .timeout(Duration.ofSeconds(20))
            .method(
                method,
                body == null
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofString(body));
    headers.forEach(request::header);
    if (body != null) {
      request.header("Content-Type", "application/json");
    }
    return request;
  }
}
