package io.blinkreactor.testkit;

/**
 * One thing about an emulator that can be turned, whichever vendor it plays. Values are text, so
 * that they can come from a command line too.
 */
public sealed interface EmulatorSwitch permits Switch, BlaxelSwitch {
  /** {@return the switch's dotted name, which does not change when the constant is renamed} */
  String key();

  /** {@return the value it has unless it is set} */
  String defaultValue();

  /** {@return one sentence that names the unknown or the fault} */
  String description();

  /** {@return words for the values it takes, to follow "takes"} */
  String takes();

  /**
   * Checks a value without setting it.
   *
   * @param text the value
   * @throws IllegalArgumentException with a sentence that names the key, if the switch does not
   *     take it
   */
  void check(String text);
}
