package io.blinkreactor;

import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;

/** A vendor that quotes the request in its refusal. */
public final class QuotingServer {

  private QuotingServer() {}

  /** A server on loopback, to be disposed of. */
  public static DisposableServer open() {
    return HttpServer.create()
        .host("127.0.0.1")
        .port(0)
        .handle(
            (req, res) ->
                res.status(400)
                    .sendString(req.receive().aggregate().asString().map(body -> "bad: " + body)))
        .bindNow();
  }
}
