package io.blinkreactor.callback;

import io.netty.channel.Channel;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;

/** A request of Reactor Netty. */
final class NettyRequest implements CallbackRequest {

  private final HttpServerRequest request;

  NettyRequest(HttpServerRequest request) {
    this.request = request;
  }

  static Mono<Void> send(HttpServerResponse response, CallbackAnswer answer) {
    answer.headers().forEach(response::header);
    return response.status(HttpResponseStatus.valueOf(answer.status())).send();
  }

  Channel channel() {
    AtomicReference<@Nullable Channel> channel = new AtomicReference<>();
    request.withConnection(connection -> channel.set(connection.channel()));
    Channel found = channel.get();
    if (found == null) {
      throw new IllegalStateException("Every request has a connection.");
    }
    return found;
  }

  @Override
  public String path() {
    return request.uri();
  }

  @Override
  public List<String> headers(String name) {
    return request.requestHeaders().getAll(name);
  }

  @Override
  public Flux<byte[]> body() {
    return request.receive().asByteArray();
  }

  @Override
  public @Nullable InetAddress peer() {
    return ProxyProtocol.peer(channel(), request.remoteAddress());
  }

  static @Nullable InetAddress address(@Nullable SocketAddress address) {
    return address instanceof InetSocketAddress socket ? socket.getAddress() : null;
  }
}
