/** What the rooms share among themselves and do not show. */
@NullMarked
package io.blinkreactor.internal;

import org.jspecify.annotations.NullMarked;
