package io.blinkreactor.callback;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.haproxy.HAProxyMessage;
import io.netty.handler.codec.haproxy.HAProxyMessageDecoder;
import io.netty.util.AttributeKey;
import java.net.InetAddress;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * Reads the line or block with which a load balancer begins each connection (PROXY protocol,
 * version 1 or 2). It must be there: a server that also takes connections without one would believe
 * whoever writes one.
 */
final class ProxyProtocol {

  private static final AttributeKey<Told> TOLD = AttributeKey.valueOf("blinkreactor.callback.told");

  /** Bytes of what a balancer may add; each version's own part is bounded anyway. */
  private static final int MAX_ADDITIONS = 1024;

  private ProxyProtocol() {}

  /** Complains if what reads it is not there. */
  static void check() {
    try {
      Class.forName("io.netty.handler.codec.haproxy.HAProxyMessageDecoder");
    } catch (ClassNotFoundException e) {
      throw new IllegalArgumentException(
          "The PROXY protocol needs io.netty:netty-codec-haproxy: add it, in the version of the other Netty artifacts.",
          e);
    }
  }

  static void addTo(ChannelPipeline pipeline) {
    pipeline.addFirst("blinkreactor.proxyReader", new Reader());
    pipeline.addFirst("blinkreactor.proxyDecoder", new HAProxyMessageDecoder(MAX_ADDITIONS));
  }

  /**
   * What a balancer told of a connection.
   *
   * @param source who is on its other side; null if it did not say
   */
  private record Told(@Nullable InetAddress source) {}

  /**
   * Who is on the connection's other end, or on that of the balancer that speaks the protocol on
   * it; null if it can't be told. A balancer that does not say so never stands in for its client:
   * as a trusted one it would lend him its word.
   *
   * @param otherEnd as the server has it, of which one of the application's may know more
   */
  static @Nullable InetAddress peer(Channel channel, @Nullable SocketAddress otherEnd) {
    Told told = channel.attr(TOLD).get();
    return told == null ? NettyRequest.address(otherEnd) : told.source();
  }

  private static final class Reader extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
      if (!(msg instanceof HAProxyMessage message)) {
        ctx.fireChannelRead(msg);
        return;
      }
      String told = message.sourceAddress();
      message.release();
      InetAddress source = told == null ? null : Networks.address(told);
      ctx.channel().attr(TOLD).set(new Told(source));
      ctx.pipeline().remove(this);
      ctx.read();
    }
  }
}
