package io.blinkreactor.callback;

import io.netty.channel.Channel;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Bounds the open connections. The one that came last is let in, and the one that has waited
 * longest without a proven request goes for it: refusing the new one would let silent connections
 * keep everybody out.
 */
final class Connections {

  private final int max;
  private final Set<Channel> unproven = new LinkedHashSet<>();
  private int open;

  Connections(int max) {
    this.max = max;
  }

  void opened(Channel channel) {
    Channel leaves = enter(channel);
    var unused = channel.closeFuture().addListener(closed -> leave(channel));
    if (leaves != null) {
      var unusedToo = leaves.close();
    }
  }

  private synchronized @Nullable Channel enter(Channel channel) {
    open++;
    unproven.add(channel);
    if (open <= max) {
      return null;
    }
    Iterator<Channel> eldest = unproven.iterator();
    Channel leaves = eldest.next();
    eldest.remove();
    return leaves;
  }

  private synchronized void leave(Channel channel) {
    open--;
    unproven.remove(channel);
  }

  /** The channel carried a proven request, and does not make room for others any more. */
  synchronized void proven(Channel channel) {
    unproven.remove(channel);
  }

  synchronized int open() {
    return open;
  }
}
