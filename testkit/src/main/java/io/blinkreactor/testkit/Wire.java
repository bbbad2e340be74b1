package io.blinkreactor.testkit;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

/**
 * Between the sockets and a {@link Service}: records requests and lets faults strike.
 *
 * @param <O> the vendor's operations
 */
final class Wire<O extends Enum<O>> {
  private static final int GZIP_FROM_BYTES = 512;

  /** Java's own RFC 1123 format writes days without the leading zero that HTTP asks for. */
  private static final DateTimeFormatter HTTP_DATE =
      DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  private final Service<O> service;
  private final Settings settings;
  private final Seed seed;
  private final RequestLog<O> log;
  private final Clock clock;
  private final Scheduler timers;

  Wire(
      Service<O> service,
      Settings settings,
      Seed seed,
      RequestLog<O> log,
      Clock clock,
      Scheduler timers) {
    this.service = service;
    this.settings = settings;
    this.seed = seed;
    this.log = log;
    this.clock = clock;
    this.timers = timers;
  }

  Publisher<Void> handle(HttpServerRequest request, HttpServerResponse response) {
    return request
        .receive()
        .aggregate()
        .asString(StandardCharsets.UTF_8)
        .defaultIfEmpty("")
        .flatMap(body -> exchange(request, response, body));
  }

  private Mono<Void> exchange(HttpServerRequest request, HttpServerResponse response, String body) {
    String method = request.method().name();
    String uri = request.uri();
    HttpHeaders headers = request.requestHeaders();
    Service.Received<O> received = service.receive(method, uri, headers, body);
    RequestLog.Arrival arrival =
        log.arrive(
            received.operation(),
            method,
            uri,
            recorded(headers, received),
            received.recordedBody(),
            received.executionId(),
            clock.instant());
    Fault fault = Fault.of(seed, settings, received.operation(), arrival.index());
    String requestId = seed.uuid("request", arrival.sequence());
    if (fault.kind() == Fault.Kind.RESET) {
      return reset(response);
    }
    Mono<Answer> answer =
        fault.kind().refuses()
            ? Mono.just(hinted(received.refusal(fault.kind(), requestId)))
            : Mono.defer(() -> received.answer(arrival.index(), requestId));
    if (fault.slow()) {
      answer = answer.delayElement(settings.duration("fault.slow.delay"), timers);
    }
    boolean gzip =
        settings.on("wire.gzip")
            && headers.get(HttpHeaderNames.ACCEPT_ENCODING, "").contains("gzip");
    return answer
        .map(whole -> fault.kind() == Fault.Kind.GARBAGE ? garbage(whole) : whole)
        .flatMap(
            whole -> {
              boolean silent = fault.kind() == Fault.Kind.RESET_AFTER;
              log.answered(arrival, silent ? 0 : whole.status, whole.executionId);
              Answer sent = (gzip ? gzipped(whole) : whole).with("X-Request-Id", requestId);
              return silent ? reset(response) : write(response, sent, fault.kind());
            });
  }

  private static Map<String, String> recorded(HttpHeaders headers, Service.Received<?> received) {
    Map<String, String> plain = new LinkedHashMap<>();
    headers.forEach(
        header -> {
          String name = header.getKey().toLowerCase(Locale.ROOT);
          plain.merge(
              name,
              received.recordedHeader(name, header.getValue()),
              (first, next) -> first + ", " + next);
        });
    return Collections.unmodifiableMap(plain);
  }

  private Answer hinted(Answer answer) {
    if (answer.status != 429 && answer.status != 503) {
      return answer;
    }
    SwitchValue.RetryAfter hint = settings.retryAfter();
    Instant then = clock.instant().plusSeconds(hint.seconds());
    return switch (hint.form()) {
      case "seconds" -> answer.with("Retry-After", String.valueOf(hint.seconds()));
      case "date" -> answer.with("Retry-After", HTTP_DATE.format(then));
      case "reset" -> answer.with("X-RateLimit-Reset", String.valueOf(then.getEpochSecond()));
      default -> answer;
    };
  }

  private static Answer garbage(Answer whole) {
    byte[] page = "<html><body>It works!</body></html>".getBytes(StandardCharsets.UTF_8);
    return Answer.of(200, "text/html", page).about(whole.executionId);
  }

  private static Answer gzipped(Answer whole) {
    if (whole.body.length < GZIP_FROM_BYTES) {
      return whole;
    }
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
      gzip.write(whole.body);
    } catch (IOException e) {
      throw new UncheckedIOException("Memory can't fail to be written.", e);
    }
    return whole.withBody(packed.toByteArray()).with("Content-Encoding", "gzip");
  }

  private Mono<Void> write(HttpServerResponse response, Answer answer, Fault.Kind fault) {
    response.status(answer.status);
    answer.headers.forEach(response::header);
    byte[] body = answer.body;
    boolean cut = fault == Fault.Kind.TRUNCATED;
    if ((cut || fault == Fault.Kind.STALLED) && body.length > 1) {
      int half = body.length / 2;
      Mono<ByteBuf> rest =
          cut
              ? Mono.<ByteBuf>fromRunnable(() -> close(response, false))
                  .concatWith(Mono.never())
                  .next()
              : Mono.delay(settings.duration("fault.stall.delay"), timers)
                  .map(tick -> Unpooled.wrappedBuffer(Arrays.copyOfRange(body, half, body.length)));
      response.header(HttpHeaderNames.CONTENT_LENGTH, String.valueOf(body.length));
      return response
          .send(
              Flux.concat(Mono.fromSupplier(() -> Unpooled.wrappedBuffer(body, 0, half)), rest),
              buffer -> true)
          .then();
    }
    if (body.length == 0) {
      return response.header(HttpHeaderNames.CONTENT_LENGTH, "0").send();
    }
    return response.sendByteArray(Mono.just(body)).then();
  }

  /** Ends the connection with a TCP reset; the exchange is then cancelled from below. */
  private static Mono<Void> reset(HttpServerResponse response) {
    return Mono.<Void>fromRunnable(() -> close(response, true)).then(Mono.never());
  }

  private static void close(HttpServerResponse response, boolean hard) {
    response.withConnection(
        connection -> {
          Channel channel = connection.channel();
          if (hard) {
            channel.config().setOption(ChannelOption.SO_LINGER, 0);
          }
          var unused = channel.close();
        });
  }
}
