/** Reading and writing JSON: the only package that knows Jackson. */
@NullMarked
package io.blinkreactor.internal.json;

import org.jspecify.annotations.NullMarked;
