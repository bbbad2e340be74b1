package io.blinkreactor.testkit;

/** What a request to the Blaxel emulator asked for. */
public enum BlaxelOperation {
  /** Lists executions of a job. */
  LIST,
  /** Starts an execution. */
  CREATE,
  /** Reads one execution. */
  GET,
  /** Cancels one execution. */
  CANCEL,
  /** Lists the tasks of one execution. */
  TASKS,
  /** Exchanges credentials for a token. */
  TOKEN,
  /** Anything that the vendor does not document. */
  OTHER
}
