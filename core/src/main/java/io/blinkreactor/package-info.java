/** The exception family, JSON values and time: what every part of the library needs. */
@NullMarked
package io.blinkreactor;

import org.jspecify.annotations.NullMarked;
