/** TBD. */
@NullMarked
package io.blinkreactor;

import org.jspecify.annotations.NullMarked;
