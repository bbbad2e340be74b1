/** Archives of whole histories: exports, their progress, and reading them back. */
@NullMarked
package io.blinkreactor.export;

import org.jspecify.annotations.NullMarked;
