package io.blinkreactor.callback;

import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.netty.util.ReferenceCountUtil;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.netty.NettyPipeline;

/**
 * Stands right behind the HTTP codec and lets through only what can't be misunderstood. What the
 * codec could not read is answered here, in its turn, and the connection closed; Reactor Netty
 * would log it as a warning, and so let strangers fill the log. Who sends further requests before
 * the answer to one is kept waiting; Reactor Netty would read on and hold them all. The address
 * goes on only as far as it is of use, and no {@code Host}: both are parsed further on, by code
 * that complains aloud.
 */
final class RequestGuard extends ChannelDuplexHandler {

  private static final Logger log = LoggerFactory.getLogger(RequestGuard.class);

  private final UnaryOperator<String> addresses;
  private final Runnable counter;
  private int requests;
  private int answers;
  private boolean answering;
  private @Nullable HttpResponseStatus refusal;
  private int refused;
  private boolean closing;

  /** Whether nothing is read until an answer has gone. */
  private boolean holding;

  /** Puts one into a new connection's pipeline. */
  static void addTo(ChannelPipeline pipeline, UnaryOperator<String> addresses, Runnable counter) {
    pipeline.addAfter(
        NettyPipeline.HttpCodec, "blinkreactor.guard", new RequestGuard(addresses, counter));
  }

  /**
   * @param addresses makes an address one that does no harm further on
   * @param counter told of each request that could not be read
   */
  private RequestGuard(UnaryOperator<String> addresses, Runnable counter) {
    this.addresses = addresses;
    this.counter = counter;
  }

  /** The address with nothing but what a ticket may consist of after its fixed part, or none. */
  static String callback(String uri) {
    String text = SealPlaces.rest(uri);
    return isPlain(text) ? SealPlaces.PATH + text : "/";
  }

  /** The path if it is a plain one, or none. */
  static String page(String uri) {
    String path = SealPlaces.path(uri);
    return path.startsWith("/") && isPlain(path) ? path : "/";
  }

  private static boolean isPlain(String text) {
    return text.chars()
        .allMatch(
            c ->
                (c >= 'a' && c <= 'z')
                    || (c >= 'A' && c <= 'Z')
                    || (c >= '0' && c <= '9')
                    || "-._~/".indexOf(c) >= 0);
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object msg) {
    if (refusal != null || closing) {
      ReferenceCountUtil.release(msg);
      return;
    }
    if (msg instanceof HttpRequest request) {
      requests++;
      if (request.decoderResult().isSuccess() && request.protocolVersion().majorVersion() != 1) {
        request.setDecoderResult(DecoderResult.failure(new IllegalArgumentException("version")));
      }
    }
    if (msg instanceof HttpObject part && part.decoderResult().isFailure()) {
      log.debug("A request could not be read: {}", part.decoderResult().cause().getClass());
      ReferenceCountUtil.release(msg);
      counter.run();
      refusal = status(part.decoderResult().cause());
      refused = requests;
      refuseInTurn(ctx);
      return;
    }
    if (msg instanceof HttpRequest request) {
      request.setUri(addresses.apply(request.uri()));
      request.headers().remove(HttpHeaderNames.HOST);
      if (isAhead()) {
        hold(ctx);
      }
    }
    ctx.fireChannelRead(msg);
  }

  @Override
  public void write(ChannelHandlerContext ctx, Object msg, ChannelPromise promise) {
    if (closing) {
      ReferenceCountUtil.release(msg);
      promise.trySuccess();
      return;
    }
    if (msg instanceof HttpResponse response
        && response.status().codeClass() == HttpStatusClass.INFORMATIONAL) {
      var unused = ctx.write(msg, promise);
      return;
    }
    if (msg instanceof HttpResponse) {
      answering = true;
    }
    var unused = ctx.write(msg, promise);
    if (msg instanceof LastHttpContent) {
      answering = false;
      answers++;
      refuseInTurn(ctx);
      if (holding && !isAhead()) {
        holding = false;
        ctx.channel().config().setAutoRead(true);
      }
    }
  }

  @Override
  public void read(ChannelHandlerContext ctx) {
    if (isAhead()) {
      hold(ctx);
    } else {
      ctx.read();
    }
  }

  private void hold(ChannelHandlerContext ctx) {
    holding = true;
    ctx.channel().config().setAutoRead(false);
  }

  /** Whether a request has come while another one waits for its answer. */
  private boolean isAhead() {
    return requests - answers > 1;
  }

  /** Answers the request that could not be read once those before it have been. */
  private void refuseInTurn(ChannelHandlerContext ctx) {
    HttpResponseStatus status = refusal;
    if (status == null || closing || answering || answers != refused - 1) {
      return;
    }
    closing = true;
    var response = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status);
    response
        .headers()
        .setInt(HttpHeaderNames.CONTENT_LENGTH, 0)
        .set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    var unused = ctx.writeAndFlush(response).addListener(ChannelFutureListener.CLOSE);
  }

  private static HttpResponseStatus status(Throwable cause) {
    if (cause instanceof TooLongHttpLineException) {
      return HttpResponseStatus.REQUEST_URI_TOO_LONG;
    } else if (cause instanceof TooLongHttpHeaderException) {
      return HttpResponseStatus.REQUEST_HEADER_FIELDS_TOO_LARGE;
    }
    return HttpResponseStatus.BAD_REQUEST;
  }

  /** A broken connection, a failed handshake: the end of it, and no news for anybody. */
  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    log.debug("A connection broke: {}", cause.getClass());
    var unused = ctx.close();
  }
}
