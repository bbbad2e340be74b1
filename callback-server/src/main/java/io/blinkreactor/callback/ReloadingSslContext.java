package io.blinkreactor.callback;

import io.blinkreactor.TimeSource;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.ApplicationProtocolNegotiator;
import io.netty.handler.ssl.SslContext;
import java.time.Duration;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSessionContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Gives each new connection the certificate that was read last. */
final class ReloadingSslContext extends SslContext {

  private static final Logger log = LoggerFactory.getLogger(ReloadingSslContext.class);

  private final ServerTls tls;
  private final TimeSource time;
  private volatile List<Object> stamp;
  private volatile SslContext current;

  /** What was said last of files that won't do; touched by one look at a time. */
  private String complained = "";

  private ReloadingSslContext(
      ServerTls tls, TimeSource time, List<Object> stamp, SslContext current) {
    this.tls = tls;
    this.time = time;
    this.stamp = stamp;
    this.current = current;
  }

  /** Reads the files for the first time; fails with a sentence that names them. */
  static Mono<ReloadingSslContext> open(ServerTls tls, TimeSource time) {
    return Mono.fromCallable(
            () -> {
              List<Object> stamp = tls.stamp();
              return new ReloadingSslContext(tls, time, stamp, tls.load());
            })
        .onErrorMap(e -> new IllegalArgumentException(complaint(tls, e), e))
        .subscribeOn(time.background());
  }

  private static String complaint(ServerTls tls, Throwable e) {
    return "The certificate could not be read from " + tls + ": " + e + ".";
  }

  /** Takes the files anew, whether they changed or not. */
  Mono<Void> reload() {
    return Mono.<Void>fromCallable(
            () -> {
              List<Object> next = tls.stamp();
              current = tls.load();
              stamp = next;
              return null;
            })
        .onErrorMap(e -> new IllegalArgumentException(complaint(tls, e), e))
        .subscribeOn(time.background());
  }

  /** Looks at the files again and again until disposed of. */
  Disposable watch() {
    Duration every = tls.reloadEvery();
    return Flux.interval(every, every, time.timers())
        .onBackpressureDrop()
        .concatMap(tick -> reloadIfChanged(), 1)
        .subscribe();
  }

  private Mono<Void> reloadIfChanged() {
    return Mono.<Void>fromCallable(
            () -> {
              List<Object> next = tls.stamp();
              if (!next.equals(stamp)) {
                current = tls.load();
                stamp = next;
                log.info("Took the certificate anew from {}", tls);
              }
              complained = "";
              return null;
            })
        .onErrorResume(
            e -> {
              String complaint = complaint(tls, e);
              // Tried again each time, since rights can change without the file, and told once.
              if (!complaint.equals(complained)) {
                complained = complaint;
                log.warn("{} The one from before stays.", complaint);
              }
              return Mono.empty();
            })
        .subscribeOn(time.background());
  }

  @Override
  public boolean isClient() {
    return false;
  }

  @Override
  public List<String> cipherSuites() {
    return current.cipherSuites();
  }

  @Override
  @SuppressWarnings("deprecation") // The method itself is not.
  public ApplicationProtocolNegotiator applicationProtocolNegotiator() {
    return current.applicationProtocolNegotiator();
  }

  @Override
  public SSLEngine newEngine(ByteBufAllocator allocator) {
    return current.newEngine(allocator);
  }

  @Override
  public SSLEngine newEngine(ByteBufAllocator allocator, String peerHost, int peerPort) {
    return current.newEngine(allocator, peerHost, peerPort);
  }

  @Override
  public SSLSessionContext sessionContext() {
    return current.sessionContext();
  }
}
