package io.blinkreactor.testkit;

/** What a request to the emulator asked for. */
public enum Operation {
  /** Lists executions of a workspace. */
  LIST,
  /** Reads one execution. */
  GET,
  /** Reads the steps of one execution. */
  STEPS,
  /** Reads the outputs of one execution. */
  OUTPUTS,
  /** Cancels one execution. */
  CANCEL,
  /** Starts a workflow and answers at once. */
  EXECUTE,
  /** Starts a workflow and answers when it has ended. */
  EXECUTE_SYNC,
  /** Anything that the vendor does not document. */
  OTHER
}
