package io.blinkreactor.internal.stream;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Ids of rows handed on last, of which none may come again. Immutable: adding one shares the rest,
 * so that every element can have its own.
 */
final class Trail {

  private final String id;
  private final @Nullable Trail before;
  private final int size;

  private Trail(String id, @Nullable Trail before) {
    this.id = id;
    this.before = before;
    this.size = before == null ? 1 : before.size + 1;
  }

  static Trail add(@Nullable Trail before, String id) {
    return new Trail(id, before);
  }

  /** Makes one of ids in the order they were handed on. */
  static @Nullable Trail of(List<String> ids) {
    Trail trail = null;
    for (String id : ids) {
      trail = add(trail, id);
    }
    return trail;
  }

  static int size(@Nullable Trail trail) {
    return trail == null ? 0 : trail.size;
  }

  /** The last of them alone. */
  static @Nullable Trail newest(@Nullable Trail trail, int most) {
    return size(trail) <= most ? trail : of(ids(trail, most));
  }

  /** The last of them, in the order they were handed on. */
  static List<String> ids(@Nullable Trail trail, int most) {
    List<String> ids = new ArrayList<>();
    for (Trail t = trail; t != null && ids.size() < most; t = t.before) {
      ids.add(t.id);
    }
    Collections.reverse(ids);
    return ids;
  }

  static Set<String> set(@Nullable Trail trail) {
    Set<String> ids = new HashSet<>();
    for (Trail t = trail; t != null; t = t.before) {
      ids.add(t.id);
    }
    return ids;
  }
}
