package io.blinkreactor.callback;

import io.micrometer.core.instrument.MeterRegistry;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.time.Duration;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;
import reactor.netty.resources.LoopResources;

/** Health and metrics for whoever runs the server, on a listener of their own. */
final class ManagementServer {

  private static final String JSON = "application/json";
  private static final String TEXT = "text/plain; charset=utf-8";
  private static final Duration IDLE = Duration.ofSeconds(60);
  private static final int MOST_CONNECTIONS = 100;

  private record Page(HttpResponseStatus status, String type, String text) {}

  private final Supplier<Mono<Readiness>> readiness;
  private final @Nullable MeterRegistry meters;
  private final Scheduler background;

  private ManagementServer(
      Supplier<Mono<Readiness>> readiness, @Nullable MeterRegistry meters, Scheduler background) {
    this.readiness = readiness;
    this.meters = meters;
    this.background = background;
  }

  /** Whether {@link PrometheusPage} will do. */
  static boolean hasPrometheus() {
    try {
      Class.forName("io.micrometer.prometheusmetrics.PrometheusMeterRegistry");
      return true;
    } catch (ClassNotFoundException e) {
      return false;
    }
  }

  static Mono<? extends DisposableServer> open(
      String host,
      int port,
      LoopResources loops,
      Supplier<Mono<Readiness>> readiness,
      @Nullable MeterRegistry meters,
      Scheduler background) {
    ManagementServer pages = new ManagementServer(readiness, meters, background);
    Connections connections = new Connections(MOST_CONNECTIONS);
    return HttpServer.create()
        .runOn(loops)
        .host(host)
        .port(port)
        .idleTimeout(IDLE)
        .httpRequestDecoder(spec -> spec.maxInitialLineLength(2048).maxHeaderSize(8192))
        .doOnChannelInit(
            (observer, channel, remote) -> {
              connections.opened(channel);
              RequestGuard.addTo(channel.pipeline(), RequestGuard::page, () -> {});
            })
        .handle(pages::answer)
        .bind();
  }

  private Mono<Void> answer(HttpServerRequest request, HttpServerResponse response) {
    if (!request.method().equals(HttpMethod.GET) && !request.method().equals(HttpMethod.HEAD)) {
      // It may have a body, which nobody reads.
      return send(
          response.keepAlive(false),
          new Page(HttpResponseStatus.METHOD_NOT_ALLOWED, TEXT, "Only GET and HEAD.\n"));
    }
    return page(request.uri()).flatMap(page -> send(response, page));
  }

  private Mono<Page> page(String path) {
    return switch (path) {
      case "/livez" -> Mono.just(new Page(HttpResponseStatus.OK, JSON, "{\"status\":\"alive\"}\n"));
      case "/readyz" ->
          readiness
              .get()
              .map(
                  ready ->
                      new Page(
                          ready.isReady()
                              ? HttpResponseStatus.OK
                              : HttpResponseStatus.SERVICE_UNAVAILABLE,
                          JSON,
                          ready.json() + "\n"));
      case "/metrics" ->
          // The application's gauges may block.
          Mono.fromCallable(this::metrics).subscribeOn(background);
      default ->
          Mono.just(new Page(HttpResponseStatus.NOT_FOUND, TEXT, "/livez, /readyz or /metrics.\n"));
    };
  }

  private Page metrics() {
    if (!hasPrometheus()) {
      return new Page(
          HttpResponseStatus.NOT_FOUND,
          TEXT,
          "No metrics: add io.micrometer:micrometer-registry-prometheus.\n");
    }
    String text = PrometheusPage.scrape(meters);
    return text == null
        ? new Page(
            HttpResponseStatus.NOT_FOUND,
            TEXT,
            "No metrics: give the server's builder a PrometheusMeterRegistry, or none.\n")
        : new Page(HttpResponseStatus.OK, "text/plain; version=0.0.4; charset=utf-8", text);
  }

  private static Mono<Void> send(HttpServerResponse response, Page page) {
    return response
        .status(page.status())
        .header(HttpHeaderNames.CONTENT_TYPE, page.type())
        .header(HttpHeaderNames.CACHE_CONTROL, "no-store")
        .sendString(Mono.just(page.text()))
        .then();
  }
}
