/** What all streams have in common: pages, checkpoints and the ways of paging. */
@NullMarked
package io.blinkreactor.stream;

import org.jspecify.annotations.NullMarked;
