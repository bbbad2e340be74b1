/** The engine of exports: it knows rows, files and checkpoints, and no vendor. */
@NullMarked
package io.blinkreactor.internal.export;

import org.jspecify.annotations.NullMarked;
