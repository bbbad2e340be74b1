package io.blinkreactor.blaxel;

/** The orders in which the cursor contract can list executions. */
public enum JobExecutionOrder {
  /** By creation time, newest first; the vendor's default. */
  NEWEST_FIRST("createdAt:desc"),
  /** By creation time, oldest first. */
  OLDEST_FIRST("createdAt:asc"),
  /** By name, upwards. */
  NAME("name:asc"),
  /** By name, downwards. */
  NAME_DESCENDING("name:desc");

  private final String wire;

  JobExecutionOrder(String wire) {
    this.wire = wire;
  }

  /** As the vendor writes it. */
  String wire() {
    return wire;
  }
}
