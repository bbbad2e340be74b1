package io.blinkreactor.testkit;

import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Gives each test a fresh {@link BlinkOpsEmulator}, tells its seed when the test fails, and fails a
 * test whose client strayed from the vendor's documents. Register it as an instance field with
 * {@code RegisterExtension}, before an {@link InvariantsExtension}, whose checks then see the
 * emulator still open. One instance serves one test at a time.
 */
public final class BlinkOpsEmulatorExtension
    implements BeforeEachCallback, AfterEachCallback, ParameterResolver {
  private final UnaryOperator<BlinkOpsEmulator.Builder> setUp;
  private @Nullable BlinkOpsEmulator emulator;
  private boolean violationsAllowed;

  private BlinkOpsEmulatorExtension(UnaryOperator<BlinkOpsEmulator.Builder> setUp) {
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
  public BlinkOpsEmulator emulator() {
    BlinkOpsEmulator present = emulator;
    if (present == null) {
      throw new IllegalStateException("There is an emulator only while a test runs.");
    }
    return present;
  }

  /** Lets the test that runs stray from the vendor's documents. */
  public void allowViolations() {
    violationsAllowed = true;
  }

  @Override
  public void beforeEach(ExtensionContext context) {
    violationsAllowed = false;
    emulator = setUp.apply(BlinkOpsEmulator.builder()).start();
  }

  @Override
  public void afterEach(ExtensionContext context) {
    BlinkOpsEmulator used = emulator;
    emulator = null;
    if (used == null) {
      return;
    }
    used.close();
    String seed = "seed of the BlinkOps emulator: " + used.seed();
    if (context.getExecutionException().isPresent()) {
      context.publishReportEntry("blinkreactor.testkit.seed", String.valueOf(used.seed()));
      System.err.println(context.getDisplayName() + " failed; " + seed);
    }
    List<String> violations = used.violations();
    if (!violationsAllowed && !violations.isEmpty()) {
      throw new AssertionError(
          "The client strayed from the vendor's documents (" + seed + "): " + violations);
    }
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == BlinkOpsEmulator.class;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    return emulator();
  }
}
