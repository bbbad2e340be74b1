package io.blinkreactor.testkit;

import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/**
 * What is inside of a cursor, which clients must not look at.
 *
 * @param fingerprint stands for the query that the cursor belongs to
 * @param issuedAt epoch milliseconds
 * @param nonce makes each cursor another text
 * @param afterEmpty whether it came with an empty page
 * @param offset how many rows to pass over, unless there is a key
 * @param after the sort key of the last row before, if that is what the cursor holds
 */
record BlaxelCursor(
    String fingerprint,
    long issuedAt,
    long nonce,
    boolean afterEmpty,
    int offset,
    @Nullable Key after) {

  /** All that an order may sort by, and what tells two rows apart that it leaves tied. */
  record Key(Instant createdAt, String id, long sequence) {}

  String text() {
    Map<String, Object> members = new LinkedHashMap<>();
    members.put("q", fingerprint);
    members.put("t", issuedAt);
    members.put("n", nonce);
    members.put("e", afterEmpty);
    members.put("offset", offset);
    if (after != null) {
      members.put("c", after.createdAt().toString());
      members.put("i", after.id());
      members.put("s", after.sequence());
    }
    return Base64.getUrlEncoder().withoutPadding().encodeToString(Json.bytes(members, false));
  }

  /** Null if nobody wrote such a cursor. */
  static @Nullable BlaxelCursor read(String text) {
    try {
      String json = new String(Base64.getUrlDecoder().decode(text), StandardCharsets.UTF_8);
      if (!(Json.read(json) instanceof Map<?, ?> members)
          || !(members.get("q") instanceof String fingerprint)
          || !(members.get("t") instanceof Number issuedAt)
          || !(members.get("n") instanceof Number nonce)
          || !(members.get("e") instanceof Boolean afterEmpty)
          || !(members.get("offset") instanceof Number offset)) {
        return null;
      }
      Key after =
          members.get("c") instanceof String at
                  && members.get("i") instanceof String id
                  && members.get("s") instanceof Number sequence
              ? new Key(Instant.parse(at), id, sequence.longValue())
              : null;
      return new BlaxelCursor(
          fingerprint,
          issuedAt.longValue(),
          nonce.longValue(),
          afterEmpty,
          offset.intValue(),
          after);
    } catch (IllegalArgumentException | JacksonException | DateTimeException e) {
      return null;
    }
  }
}
