/**
 * The completion engine: joins callbacks, looks and deadlines into one end for each run. It knows
 * no vendor and no HTTP.
 */
@NullMarked
package io.blinkreactor.internal.completion;

import org.jspecify.annotations.NullMarked;
