/** Awaiting the end of a run: what a waiter sees, and what a receiver of callbacks has to offer. */
@NullMarked
package io.blinkreactor.completion;

import org.jspecify.annotations.NullMarked;
