/** The client of BlinkOps: its executions, its workflows (playbooks), and runs that are awaited. */
@NullMarked
package io.blinkreactor.blinkops;

import org.jspecify.annotations.NullMarked;
