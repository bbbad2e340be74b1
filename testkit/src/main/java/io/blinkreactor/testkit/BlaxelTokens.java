package io.blinkreactor.testkit;

import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Issues access tokens and knows which are good; safe for many threads. */
final class BlaxelTokens {
  private final Seed seed;
  private final Settings settings;
  private final Clock clock;
  private final Map<String, Instant> goodUntil = new HashMap<>();
  private final Set<String> refreshTokens = new HashSet<>();
  private long issued;

  BlaxelTokens(Seed seed, Settings settings, Clock clock) {
    this.seed = seed;
    this.settings = settings;
    this.clock = clock;
  }

  /** The answer's body for a new token. */
  synchronized Map<String, @Nullable Object> issue(String subject) {
    long index = issued++;
    Instant now = clock.instant();
    Duration lifetime = settings.duration(BlaxelSwitch.TOKEN_LIFETIME);
    String token = jwt(subject, now, now.plus(lifetime), index);
    String refresh = Seed.secret(seed.random("refresh-token", index));
    goodUntil.values().removeIf(until -> !now.isBefore(until));
    goodUntil.put(token, now.plus(lifetime));
    refreshTokens.add(refresh);
    Map<String, @Nullable Object> body = new LinkedHashMap<>();
    body.put("access_token", token);
    body.put("refresh_token", refresh);
    if (settings.is(BlaxelSwitch.TOKEN_EXPIRES_IN, "told")) {
      body.put("expires_in", lifetime.toSeconds());
    }
    body.put("token_type", "Bearer");
    return body;
  }

  synchronized boolean isGood(String token) {
    Instant until = goodUntil.get(token);
    return until != null && clock.instant().isBefore(until);
  }

  synchronized boolean isGoodForRefresh(String token) {
    return refreshTokens.contains(token);
  }

  synchronized void revoke() {
    goodUntil.clear();
    refreshTokens.clear();
  }

  /** Some clients look into the token for its lifetime, so it has the shape of a JWT. */
  private String jwt(String subject, Instant from, Instant until, long index) {
    Map<String, Object> claims = new LinkedHashMap<>();
    claims.put("sub", subject);
    claims.put("iat", from.getEpochSecond());
    claims.put("exp", until.getEpochSecond());
    return part(Json.bytes(Map.of("alg", "HS256"), false))
        + "."
        + part(Json.bytes(claims, false))
        + "."
        + part(Seed.secret(seed.random("token", index)).getBytes(StandardCharsets.US_ASCII));
  }

  private static String part(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }
}
