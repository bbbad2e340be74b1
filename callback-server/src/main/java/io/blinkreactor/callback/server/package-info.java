/** TBD. */
@NullMarked
package io.blinkreactor.callback.server;

import org.jspecify.annotations.NullMarked;
