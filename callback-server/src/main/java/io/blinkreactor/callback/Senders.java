package io.blinkreactor.callback;

import java.net.InetAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Tells who sent a request, and whether he may. Only what a named proxy wrote into {@code
 * X-Forwarded-For} is believed: the list is walked from its right end, and the first address that
 * is not a named proxy's is the sender's. The header {@code Forwarded} is not read: a proxy that
 * writes one of the two passes on the other as the client wrote it.
 */
final class Senders {

  static final String HEADER = "X-Forwarded-For";

  private final Networks proxies;
  private final Networks allowed;

  Senders(Networks proxies, Networks allowed) {
    this.proxies = proxies;
    this.allowed = allowed;
  }

  boolean allows(CallbackRequest request) {
    if (allowed.isEmpty()) {
      return true;
    }
    InetAddress sender = sender(request.peer(), request.headers(HEADER));
    return sender != null && allowed.contains(sender);
  }

  boolean isProxy(@Nullable InetAddress peer) {
    return peer != null && proxies.contains(peer);
  }

  /** The sender's address, or null if it can't be told. */
  @Nullable InetAddress sender(@Nullable InetAddress peer, List<String> headers) {
    InetAddress sender = peer;
    for (int line = headers.size() - 1; line >= 0; line--) {
      String[] hops = headers.get(line).split(",", -1);
      for (int hop = hops.length - 1; hop >= 0; hop--) {
        if (!isProxy(sender)) {
          return sender;
        }
        sender = Networks.address(hops[hop]);
      }
    }
    return sender;
  }
}
