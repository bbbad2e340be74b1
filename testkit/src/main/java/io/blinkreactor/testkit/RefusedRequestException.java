package io.blinkreactor.testkit;

/** A request that strays from what the vendor documents; the message says in which way. */
final class RefusedRequestException extends Exception {
  private static final long serialVersionUID = 1L;

  RefusedRequestException(String message) {
    super(message);
  }
}
