package io.blinkreactor.callback;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.util.ReferenceCountUtil;

/**
 * Closes a connection whose client wants another TLS handshake after the first: in TLS 1.2 it may,
 * as often as it likes, and each costs the server a signature. The JDK refuses it only by a system
 * property for the whole process (jdk.tls.rejectClientInitiatedRenegotiation).
 *
 * <p>It looks at the first byte of each record, which is never encrypted. After the client's change
 * of ciphers TLS 1.2 has one handshake record more, the end of the handshake; TLS 1.3 has one at
 * most, a second hello, and all later ones are encrypted and look like data.
 */
final class OneHandshake extends ChannelInboundHandlerAdapter {

  // RFC 5246, section 6.2.1.
  private static final int CHANGE_CIPHER_SPEC = 20;
  private static final int HANDSHAKE = 22;
  private static final int HEADER_BYTES = 5;

  private boolean changed;
  private boolean ended;
  private boolean refused;

  /** Bytes of the record's header that have been there, and the length that they told. */
  private int header;

  private int length;

  private OneHandshake() {}

  /** Before what reads TLS. */
  static void addTo(ChannelPipeline pipeline) {
    pipeline.addFirst("blinkreactor.oneHandshake", new OneHandshake());
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object msg) {
    if (msg instanceof ByteBuf bytes && (refused || hasAnother(bytes))) {
      refused = true;
      ReferenceCountUtil.release(msg);
      var unused = ctx.close();
    } else {
      ctx.fireChannelRead(msg);
    }
  }

  private boolean hasAnother(ByteBuf bytes) {
    int at = bytes.readerIndex();
    while (at < bytes.writerIndex()) {
      if (header == HEADER_BYTES) {
        int passed = Math.min(length, bytes.writerIndex() - at);
        at += passed;
        length -= passed;
        header = length == 0 ? 0 : header;
        continue;
      }
      int b = bytes.getUnsignedByte(at++);
      if (header == 0 && isAnother(b)) {
        return true;
      }
      // The last two bytes of a header are the length.
      length = header < HEADER_BYTES - 2 ? 0 : length << 8 | b;
      header++;
      if (header == HEADER_BYTES && length == 0) {
        header = 0;
      }
    }
    return false;
  }

  private boolean isAnother(int type) {
    if (type == CHANGE_CIPHER_SPEC) {
      changed = true;
      return false;
    }
    boolean another = type == HANDSHAKE && ended;
    ended |= type == HANDSHAKE && changed;
    return another;
  }
}
