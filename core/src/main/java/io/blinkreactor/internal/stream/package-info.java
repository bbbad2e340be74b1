/**
 * The paged publisher: pages are fetched as their elements are asked for. It knows no vendor and no
 * HTTP.
 */
@NullMarked
package io.blinkreactor.internal.stream;

import org.jspecify.annotations.NullMarked;
