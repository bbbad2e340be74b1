/** TBD. */
@NullMarked
package io.blinkreactor.benchmarks;

import org.jspecify.annotations.NullMarked;
