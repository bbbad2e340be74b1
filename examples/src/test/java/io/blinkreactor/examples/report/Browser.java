package io.blinkreactor.examples.report;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.blinkreactor.JsonValue;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;

/**
 * Debian's Chromium without a window, steered over its DevTools protocol, where it is installed;
 * .ci/run sees to it that it is.
 */
final class Browser implements AutoCloseable {

  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final Process process;
  private final List<Map<?, ?>> events = new CopyOnWriteArrayList<>();
  private final Map<Integer, CompletableFuture<Map<?, ?>>> answers = new ConcurrentHashMap<>();
  private final AtomicInteger ids = new AtomicInteger();
  private final WebSocket socket;

  private Browser(Process process, String address) {
    this.process = process;
    this.socket =
        HttpClient.newHttpClient()
            .newWebSocketBuilder()
            .buildAsync(URI.create(address), new Listener())
            .join();
  }

  /** Starts it with a new profile in the given directory; skips the test if there is none. */
  static Browser start(Path directory) throws IOException {
    Path profile = directory.resolve("profile");
    Process process =
        new ProcessBuilder(
                program(),
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--hide-scrollbars",
                "--no-first-run",
                "--disable-sync",
                "--disable-extensions",
                "--disable-component-update",
                "--disable-background-networking",
                "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
                "--user-data-dir=" + profile,
                "--remote-debugging-port=0",
                "about:blank")
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("chromium.txt").toFile())
            .start();
    try {
      Path file = profile.resolve("DevToolsActivePort");
      List<String> lines =
          Awaitility.await()
              .atMost(PATIENCE)
              .until(
                  () -> Files.exists(file) ? Files.readAllLines(file) : List.of(),
                  l -> l.size() > 1);
      return new Browser(process, "ws://127.0.0.1:" + lines.get(0) + lines.get(1));
    } catch (RuntimeException e) {
      end(process);
      throw e;
    }
  }

  private static String program() {
    for (String directory : requireNonNull(System.getenv("PATH")).split(File.pathSeparator)) {
      Path file = Path.of(directory, "chromium");
      if (Files.isExecutable(file)) {
        return file.toString();
      }
    }
    if ("required".equals(System.getenv("BLINKREACTOR_CHROMIUM"))) {
      throw new AssertionError("This test needs chromium: install it, as .ci/run does.");
    }
    assumeTrue(false, "chromium is not installed, so the report is not looked at");
    throw new IllegalStateException();
  }

  /** Opens a page in a tab of its own, of the given size in pixels. */
  Tab open(URI page, int width, int height, boolean dark) {
    Map<?, ?> target = call("", "Target.createTarget", Map.of("url", "about:blank"));
    Map<?, ?> attached =
        call(
            "",
            "Target.attachToTarget",
            Map.of("targetId", get(target, "targetId"), "flatten", true));
    Tab tab = new Tab((String) get(attached, "sessionId"));
    for (String domain : List.of("Page", "Runtime", "Log", "Network")) {
      tab.call(domain + ".enable", Map.of());
    }
    tab.call(
        "Emulation.setDeviceMetricsOverride",
        Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", width < 600));
    tab.call(
        "Emulation.setEmulatedMedia",
        Map.of(
            "features",
            List.of(Map.of("name", "prefers-color-scheme", "value", dark ? "dark" : "light"))));
    tab.call("Page.navigate", Map.of("url", page.toString()));
    Awaitility.await().atMost(PATIENCE).until(() -> !tab.events("Page.loadEventFired").isEmpty());
    return tab;
  }

  private Map<?, ?> call(String session, String method, Map<String, ?> parameters) {
    int id = ids.incrementAndGet();
    CompletableFuture<Map<?, ?>> answer = new CompletableFuture<>();
    answers.put(id, answer);
    Map<String, Object> message =
        session.isEmpty()
            ? Map.of("id", id, "method", method, "params", parameters)
            : Map.of("id", id, "method", method, "params", parameters, "sessionId", session);
    socket.sendText(JsonValue.of(message).text(), true).join();
    Map<?, ?> result = answer.orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS).join();
    assertThat(result.get("error")).as(method).isNull();
    return (Map<?, ?>) get(result, "result");
  }

  private static Object get(Map<?, ?> map, String name) {
    return requireNonNull(map.get(name), name);
  }

  /** Ends it, with all the processes that it has started. */
  @Override
  public void close() {
    socket.abort();
    end(process);
  }

  private static void end(Process process) {
    List<ProcessHandle> all = new ArrayList<>(process.descendants().toList());
    all.add(process.toHandle());
    process.destroy();
    try {
      if (!process.waitFor(10, TimeUnit.SECONDS)) {
        all.forEach(ProcessHandle::destroyForcibly);
      }
    } catch (InterruptedException e) {
      all.forEach(ProcessHandle::destroyForcibly);
      Thread.currentThread().interrupt();
    }
    Awaitility.await().atMost(PATIENCE).until(() -> all.stream().noneMatch(ProcessHandle::isAlive));
  }

  /** A page that is open. */
  final class Tab {

    private final String session;

    private Tab(String session) {
      this.session = session;
    }

    private Map<?, ?> call(String method, Map<String, ?> parameters) {
      return Browser.this.call(session, method, parameters);
    }

    /** The value of an expression, a number or a text. */
    Object evaluate(String expression) {
      Map<?, ?> result =
          call("Runtime.evaluate", Map.of("expression", expression, "returnByValue", true));
      assertThat(result.get("exceptionDetails")).as(expression).isNull();
      return get((Map<?, ?>) get(result, "result"), "value");
    }

    /** What is seen of the page. */
    byte[] screenshot() {
      return png(Map.of("format", "png"));
    }

    /** The page down to its end. */
    byte[] whole() {
      return png(Map.of("format", "png", "captureBeyondViewport", true, "clip", clip()));
    }

    private Map<String, Object> clip() {
      Object width = evaluate("document.documentElement.clientWidth");
      Object height = evaluate("document.documentElement.scrollHeight");
      return Map.of("x", 0, "y", 0, "width", width, "height", height, "scale", 1);
    }

    private byte[] png(Map<String, ?> how) {
      return Base64.getDecoder().decode((String) get(call("Page.captureScreenshot", how), "data"));
    }

    /** What the page's console and log hold: errors, warnings, violations of its policy. */
    List<String> complaints() {
      return texts(Set.of("Log.entryAdded", "Runtime.consoleAPICalled", "Runtime.exceptionThrown"));
    }

    /** The addresses that were asked for. */
    List<String> requests() {
      return events("Network.requestWillBeSent").stream()
          .map(event -> (String) get((Map<?, ?>) get(event, "request"), "url"))
          .toList();
    }

    private List<String> texts(Set<String> methods) {
      List<String> texts = new ArrayList<>();
      methods.forEach(method -> events(method).forEach(event -> texts.add(event.toString())));
      return texts;
    }

    private List<Map<?, ?>> events(String method) {
      List<Map<?, ?>> found = new ArrayList<>();
      for (Map<?, ?> event : events) {
        if (session.equals(event.get("sessionId")) && method.equals(event.get("method"))) {
          found.add((Map<?, ?>) get(event, "params"));
        }
      }
      return found;
    }
  }

  /** Sorts what comes into answers and events. */
  private final class Listener implements WebSocket.Listener {

    private final StringBuilder text = new StringBuilder();

    @Override
    public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
      text.append(data);
      if (last) {
        Map<?, ?> message = requireNonNull(JsonValue.parse(text.toString()).as(Map.class));
        text.setLength(0);
        CompletableFuture<Map<?, ?>> waiting =
            message.get("id") instanceof Number id ? answers.remove(id.intValue()) : null;
        if (waiting != null) {
          waiting.complete(message);
        } else {
          events.add(message);
        }
      }
      from.request(1);
      return CompletableFuture.completedFuture(null);
    }
  }
}
