package io.blinkreactor.testkit;

import java.math.BigInteger;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Members that a vendor might add some day. */
final class UnknownMembers {
  private UnknownMembers() {}

  static Map<String, @Nullable Object> addTo(Map<String, @Nullable Object> members) {
    members.put("x_added_later", "naïve ☃ 𝄞 \"quoted\" \\ \u0007");
    members.put("x_big_integer", new BigInteger("123456789012345678901234567890"));
    Map<String, @Nullable Object> nested = new LinkedHashMap<>();
    nested.put("list", List.of(1, Map.of("deep", List.of(true, 1.5e300)), List.of()));
    nested.put("nothing", null);
    members.put("x_nested", nested);
    return members;
  }
}
