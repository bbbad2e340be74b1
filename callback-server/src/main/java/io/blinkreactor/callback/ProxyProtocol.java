package io.blinkreactor.callback;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.haproxy.HAProxyMessage;
import io.netty.handler.codec.haproxy.HAProxyMessageDecoder;
import io.netty.util.AttributeKey;
import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/**
 * Reads the line or block with which a load balancer begins each connection (PROXY protocol,
 * version 1 or 2). It must be there: a server that also takes connections without one would believe
 * whoever writes one.
 */
final class ProxyProtocol {

  private static final AttributeKey<InetAddress> SOURCE =
      AttributeKey.valueOf("blinkreactor.callback.source");

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

  /** Who is on the balancer's other side, or null if it spoke for itself. */
  static @Nullable InetAddress source(Channel channel) {
    return channel.attr(SOURCE).get();
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
      if (source != null) {
        ctx.channel().attr(SOURCE).set(source);
      }
      ctx.pipeline().remove(this);
      ctx.read();
    }
  }
}
