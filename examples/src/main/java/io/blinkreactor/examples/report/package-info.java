/** A page about an archive of runs. */
@NullMarked
package io.blinkreactor.examples.report;

import org.jspecify.annotations.NullMarked;
