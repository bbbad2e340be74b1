package io.blinkreactor.testkit;

import java.util.List;
import java.util.function.UnaryOperator;

/**
 * Gives each test a fresh {@link BlinkOpsEmulator}, tells its seed when the test fails, and fails a
 * test whose client strayed from the vendor's documents. Register it as an instance field with
 * {@code RegisterExtension}, before an {@link InvariantsExtension}, whose checks then see the
 * emulator still open. One instance serves one test at a time.
 */
public final class BlinkOpsEmulatorExtension extends EmulatorExtension<BlinkOpsEmulator> {
  private final UnaryOperator<BlinkOpsEmulator.Builder> setUp;

  private BlinkOpsEmulatorExtension(UnaryOperator<BlinkOpsEmulator.Builder> setUp) {
    super("BlinkOps", BlinkOpsEmulator.class);
    this.setUp = setUp;
  }

  /** {@return an extension whose emulators have no history and every switch at its default} */
  public static BlinkOpsEmulatorExtension create() {
    return create(UnaryOperator.identity());
  }

  /**
   * {@return an extension whose emulators are set up by the caller}
   *
   * @param setUp called before each test with a fresh builder
   */
  public static BlinkOpsEmulatorExtension create(UnaryOperator<BlinkOpsEmulator.Builder> setUp) {
    return new BlinkOpsEmulatorExtension(setUp);
  }

  /**
   * {@return the emulator of the test that runs}
   *
   * @throws IllegalStateException outside a test
   */
  @Override
  public BlinkOpsEmulator emulator() {
    return super.emulator();
  }

  /** Lets the test that runs stray from the vendor's documents. */
  @Override
  public void allowViolations() {
    super.allowViolations();
  }

  @Override
  BlinkOpsEmulator start() {
    return setUp.apply(BlinkOpsEmulator.builder()).start();
  }

  @Override
  void close(BlinkOpsEmulator used) {
    used.close();
  }

  @Override
  long seed(BlinkOpsEmulator used) {
    return used.seed();
  }

  @Override
  List<String> violations(BlinkOpsEmulator used) {
    return used.violations();
  }
}
