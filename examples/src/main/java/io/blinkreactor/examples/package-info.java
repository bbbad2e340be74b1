/** Three small programs, one for each use of the library. */
@NullMarked
package io.blinkreactor.examples;

import org.jspecify.annotations.NullMarked;
