/**
 * The embedded receiver: lets through calls that prove to know a run's token, and wakes the run.
 */
@NullMarked
package io.blinkreactor.callback;

import org.jspecify.annotations.NullMarked;
