/**
 * The transport that the vendors' rooms share: one HTTP call with its retry, the gate, the
 * redaction, the metrics.
 */
@NullMarked
package io.blinkreactor.internal.http;

import org.jspecify.annotations.NullMarked;
