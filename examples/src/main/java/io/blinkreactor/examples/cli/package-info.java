/** The command line. */
@NullMarked
package io.blinkreactor.examples.cli;

import org.jspecify.annotations.NullMarked;
