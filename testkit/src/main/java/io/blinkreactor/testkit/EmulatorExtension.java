package io.blinkreactor.testkit;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * What the extensions of all emulators do alike.
 *
 * @param <E> the emulator
 */
abstract class EmulatorExtension<E>
    implements BeforeEachCallback, AfterEachCallback, ParameterResolver {
  private final String vendor;
  private final Class<E> type;
  private @Nullable E emulator;
  private boolean violationsAllowed;

  EmulatorExtension(String vendor, Class<E> type) {
    this.vendor = vendor;
    this.type = type;
  }

  abstract E start();

  abstract void close(E used);

  abstract long seed(E used);

  abstract List<String> violations(E used);

  /**
   * {@return the emulator of the test that runs}
   *
   * @throws IllegalStateException outside a test
   */
  public E emulator() {
    E present = emulator;
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
    emulator = start();
  }

  @Override
  public void afterEach(ExtensionContext context) {
    E used = emulator;
    emulator = null;
    if (used == null) {
      return;
    }
    close(used);
    String seed = "seed of the " + vendor + " emulator: " + seed(used);
    if (context.getExecutionException().isPresent()) {
      context.publishReportEntry("blinkreactor.testkit.seed", String.valueOf(seed(used)));
      System.err.println(context.getDisplayName() + " failed; " + seed);
    }
    List<String> violations = violations(used);
    if (!violationsAllowed && !violations.isEmpty()) {
      throw new AssertionError(
          "The client strayed from the vendor's documents (" + seed + "): " + violations);
    }
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == type;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    return emulator();
  }
}
