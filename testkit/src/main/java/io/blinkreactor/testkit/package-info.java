/**
 * Emulators of the vendors' APIs and JUnit extensions; nothing here knows the client under test.
 */
@NullMarked
package io.blinkreactor.testkit;

import org.jspecify.annotations.NullMarked;
