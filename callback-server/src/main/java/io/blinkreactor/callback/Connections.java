package io.blinkreactor.callback;

import io.netty.channel.Channel;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Bounds the open connections. The one that came last is let in, and another goes for it: refusing
 * the new one would let silent connections keep everybody out. It is the one that has waited
 * longest without a proven request; or, once more than half have carried one, that of them whose
 * last is the longest ago, since somebody with a stolen seal must not keep everybody out either.
 */
final class Connections {

  private final int max;
  private final Set<Channel> unproven = new LinkedHashSet<>();

  /** In the order of their last proven requests. */
  private final Set<Channel> proven = new LinkedHashSet<>();

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
    // Not by the open ones, among which are those that were closed a moment ago.
    if (unproven.size() + proven.size() <= max) {
      return null;
    }
    Iterator<Channel> eldest = (proven.size() > max / 2 ? proven : unproven).iterator();
    Channel leaves = eldest.next();
    eldest.remove();
    return leaves;
  }

  private synchronized void leave(Channel channel) {
    open--;
    unproven.remove(channel);
    proven.remove(channel);
  }

  /** The channel carried a proven request. */
  synchronized void proven(Channel channel) {
    // One that is being closed is in neither, and does not come back.
    if (unproven.remove(channel) || proven.remove(channel)) {
      proven.add(channel);
    }
  }

  synchronized int open() {
    return open;
  }
}
