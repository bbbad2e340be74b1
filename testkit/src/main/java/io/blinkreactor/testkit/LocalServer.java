package io.blinkreactor.testkit;

import io.netty.channel.Channel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.reactivestreams.Publisher;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;
import reactor.netty.resources.LoopResources;

/** The listening side of an emulator, and the connections that clients have to it. */
final class LocalServer {
  static final Duration CLOSE_PATIENCE = Duration.ofSeconds(3);
  private static final int LONGEST_LINE = 64 * 1024;

  /** Answers requests. */
  interface Handler {
    Publisher<Void> handle(HttpServerRequest request, HttpServerResponse response);
  }

  private final Set<Channel> channels;
  private final DisposableServer server;
  private final String baseUrl;

  private LocalServer(Set<Channel> channels, DisposableServer server, String host) {
    this.channels = channels;
    this.server = server;
    this.baseUrl = "http://" + host + ":" + server.port();
  }

  /** Blocks until it listens. */
  static LocalServer start(String host, int port, LoopResources loops, Handler handler) {
    Set<Channel> channels = ConcurrentHashMap.newKeySet();
    DisposableServer server =
        HttpServer.create()
            .host(host)
            .port(port)
            .runOn(loops)
            .httpRequestDecoder(
                spec -> spec.maxInitialLineLength(LONGEST_LINE).maxHeaderSize(LONGEST_LINE))
            .doOnChannelInit((observer, channel, remote) -> track(channels, channel))
            .handle(handler::handle)
            .bindNow(CLOSE_PATIENCE);
    return new LocalServer(channels, server, host);
  }

  String baseUrl() {
    return baseUrl;
  }

  int openConnections() {
    return channels.size();
  }

  /** Stops listening and drops connections. */
  void close() {
    server.disposeNow(CLOSE_PATIENCE);
    for (Channel channel : new ArrayList<>(channels)) {
      var unused = channel.close();
    }
  }

  static void dispose(LoopResources loops) {
    loops.disposeLater(Duration.ZERO, CLOSE_PATIENCE.minusSeconds(1)).block(CLOSE_PATIENCE);
  }

  private static void track(Set<Channel> channels, Channel channel) {
    channels.add(channel);
    var unused = channel.closeFuture().addListener(done -> channels.remove(channel));
  }
}
