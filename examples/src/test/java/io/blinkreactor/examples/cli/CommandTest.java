package io.blinkreactor.examples.cli;

import static java.util.Objects.requireNonNull;

import io.blinkreactor.JsonValue;
import io.blinkreactor.testkit.BlinkOpsEmulator;
import io.blinkreactor.testkit.Switch;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

/** Commands before an emulated BlinkOps. */
abstract class CommandTest {

  static final String PLAYBOOK = "a22f642a-f4fc-4c66-b978-6f1d1008e6ae";
  static final String KEY = "cli-test-key-0123456789";
  static final String LISTEN = "127.0.0.1:0";

  @TempDir Path directory = Path.of("");

  final BlinkOpsEmulator emulator =
      BlinkOpsEmulator.builder()
          .apiKey(KEY)
          .history(260)
          .set(Switch.RUN_DURATION, "20ms..100ms")
          .set(Switch.RUN_OUTCOMES, "Completed=1")
          .start();

  @AfterEach
  void close() {
    emulator.close();
  }

  static Object get(Map<?, ?> map, String name) {
    return requireNonNull(map.get(name), name);
  }

  static List<Map<?, ?>> json(List<String> lines) {
    return lines.stream()
        .<Map<?, ?>>map(line -> requireNonNull(JsonValue.parse(line).as(Map.class)))
        .toList();
  }

  Map<String, String> environment() {
    return Map.of(
        "BLINK_API_KEY", KEY,
        "BLINK_WORKSPACE", emulator.workspace(),
        "BLINK_BASE_URL", emulator.baseUrl());
  }

  static Map<String, String> with(Map<String, String> map, String name, String value) {
    Map<String, String> more = new HashMap<>(map);
    more.put(name, value);
    return more;
  }

  static Cli.Result run(Map<String, String> environment, String... args) throws Exception {
    return Cli.run(environment, args);
  }

  static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
