/** Options of the transport that all clients share. */
@NullMarked
package io.blinkreactor.http;

import org.jspecify.annotations.NullMarked;
