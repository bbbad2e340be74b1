/** The paged publisher in races of two threads, run by jcstress. */
@NullMarked
package io.blinkreactor.benchmarks.stress;

import org.jspecify.annotations.NullMarked;
