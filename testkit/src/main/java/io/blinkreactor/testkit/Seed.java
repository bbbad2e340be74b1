package io.blinkreactor.testkit;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.UUID;

/**
 * The only source of chance. A decision is a pure function of the seed, a purpose and an index, so
 * it never depends on which thread came first.
 */
record Seed(long value) {

  SplittableRandom random(String purpose, long index) {
    long hash = 0xcbf29ce484222325L;
    for (byte b : purpose.getBytes(StandardCharsets.UTF_8)) {
      hash = (hash ^ b) * 0x100000001b3L;
    }
    return new SplittableRandom(mix(mix(value ^ hash) + index * 0x9e3779b97f4a7c15L));
  }

  double unit(String purpose, long index) {
    return random(purpose, index).nextDouble();
  }

  boolean chance(double share, String purpose, long index) {
    return share > 0 && unit(purpose, index) < share;
  }

  /** One of the names, in proportion to their weights; names without weight are never chosen. */
  String pick(Map<String, Double> weights, String purpose, long index) {
    double all = weights.values().stream().mapToDouble(weight -> weight).sum();
    double point = unit(purpose, index) * all;
    String last = "";
    for (Map.Entry<String, Double> weight : weights.entrySet()) {
      if (weight.getValue() > 0) {
        last = weight.getKey();
        point -= weight.getValue();
        if (point < 0) {
          return last;
        }
      }
    }
    return last;
  }

  String uuid(String purpose, long index) {
    return uuid(random(purpose, index));
  }

  static String uuid(SplittableRandom random) {
    long high = (random.nextLong() & ~0xf000L) | 0x4000L;
    long low = (random.nextLong() & 0x3fffffffffffffffL) | 0x8000000000000000L;
    return new UUID(high, low).toString();
  }

  /** Forty letters and digits. */
  static String secret(SplittableRandom random) {
    String alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    StringBuilder secret = new StringBuilder();
    for (int i = 0; i < 40; i++) {
      secret.append(alphabet.charAt(random.nextInt(alphabet.length())));
    }
    return secret.toString();
  }

  private static long mix(long z) {
    long x = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    x = (x ^ (x >>> 27)) * 0x94d049bb133111ebL;
    return x ^ (x >>> 31);
  }
}
