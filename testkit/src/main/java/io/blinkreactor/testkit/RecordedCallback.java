package io.blinkreactor.testkit;

import java.time.Instant;

/**
 * One callback request that the emulator sent, immutable. It never holds header values, which carry
 * the receiver's secrets.
 *
 * @param executionId the run it speaks of
 * @param kind whether it was honest
 * @param url where it went
 * @param method HTTP method
 * @param status HTTP status of the receiver's answer, 0 when there was none
 * @param at when the answer came or was given up, by the emulator's clock
 */
public record RecordedCallback(
    String executionId, Kind kind, String url, String method, int status, Instant at) {
  /** Whether a callback was honest. */
  public enum Kind {
    /** The callback that the caller asked for, or a repetition of it after a failure. */
    GENUINE,
    /** A second copy of a callback that had its turn already. */
    DUPLICATE,
    /** A callback by a stranger who knows the URL but not the header and cookie values. */
    FORGED
  }
}
