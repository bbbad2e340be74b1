package io.blinkreactor.testkit;

import java.util.List;
import java.util.function.UnaryOperator;

/**
 * Gives each test a fresh {@link BlaxelEmulator}, tells its seed when the test fails, and fails a
 * test whose client strayed from the vendor's documents. Register it as an instance field with
 * {@code RegisterExtension}, before an {@link InvariantsExtension}, whose checks then see the
 * emulator still open. One instance serves one test at a time.
 */
public final class BlaxelEmulatorExtension extends EmulatorExtension<BlaxelEmulator> {
  private final UnaryOperator<BlaxelEmulator.Builder> setUp;

  private BlaxelEmulatorExtension(UnaryOperator<BlaxelEmulator.Builder> setUp) {
    super("Blaxel", BlaxelEmulator.class);
    this.setUp = setUp;
  }

  /** {@return an extension whose emulators have no history and every switch at its default} */
  public static BlaxelEmulatorExtension create() {
    return create(UnaryOperator.identity());
  }

  /**
   * {@return an extension whose emulators are set up by the caller}
   *
   * @param setUp called before each test with a fresh builder
   */
  public static BlaxelEmulatorExtension create(UnaryOperator<BlaxelEmulator.Builder> setUp) {
    return new BlaxelEmulatorExtension(setUp);
  }

  /**
   * {@return the emulator of the test that runs}
   *
   * @throws IllegalStateException outside a test
   */
  @Override
  public BlaxelEmulator emulator() {
    return super.emulator();
  }

  /** Lets the test that runs stray from the vendor's documents. */
  @Override
  public void allowViolations() {
    super.allowViolations();
  }

  @Override
  BlaxelEmulator start() {
    return setUp.apply(BlaxelEmulator.builder()).start();
  }

  @Override
  void close(BlaxelEmulator used) {
    used.close();
  }

  @Override
  long seed(BlaxelEmulator used) {
    return used.seed();
  }

  @Override
  List<String> violations(BlaxelEmulator used) {
    return used.violations();
  }
}
