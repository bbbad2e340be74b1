package io.blinkreactor.callback;

import io.blinkreactor.blinkops.BlinkOpsClient;
import io.blinkreactor.testkit.BlinkOpsEmulator;

/** Clients of the emulator. */
final class Clients {

  private Clients() {}

  /** One of the emulator's own workspace, with the defaults. */
  static BlinkOpsClient of(BlinkOpsEmulator emulator) {
    return BlinkOpsClient.builder()
        .apiKey(emulator.apiKey())
        .workspace(emulator.workspace())
        .baseUrl(emulator.baseUrl())
        .build();
  }
}
