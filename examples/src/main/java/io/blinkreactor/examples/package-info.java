/** TBD. */
@NullMarked
package io.blinkreactor.examples;

import org.jspecify.annotations.NullMarked;
