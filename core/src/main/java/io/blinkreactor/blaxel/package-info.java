/** The client of Blaxel's job executions. */
@NullMarked
package io.blinkreactor.blaxel;

import org.jspecify.annotations.NullMarked;
