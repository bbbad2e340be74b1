/** Speed and memory, each beside a peer in the same run. */
@NullMarked
package io.blinkreactor.benchmarks;

import org.jspecify.annotations.NullMarked;
