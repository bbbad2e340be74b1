package io.blinkreactor.testkit;

import java.util.Locale;

/** Why a request fails, and which of the two error bodies the vendor documents for it. */
enum BlaxelProblem {
  ROUTE_NOT_FOUND(404, true),
  WORKLOAD_NOT_FOUND(404, true),
  WORKLOAD_UNAVAILABLE(404, true),
  AUTHENTICATION_REQUIRED(401, true),
  AUTHENTICATION_FAILED(401, true),
  FORBIDDEN(403, true),
  BAD_REQUEST(400, false),
  INVALID_API_VERSION(400, false),
  INVALID_CURSOR(400, false),
  INVALID_CLIENT(400, false),
  INVALID_GRANT(400, false),
  UNSUPPORTED_GRANT_TYPE(400, false),
  NOT_FOUND(404, false),
  CONFLICT(409, false),
  TOO_MANY_REQUESTS(429, false),
  INTERNAL_SERVER_ERROR(500, false),
  BAD_GATEWAY(502, false),
  SERVICE_UNAVAILABLE(503, false),
  GATEWAY_TIMEOUT(504, false);

  final int status;
  final boolean gateway;

  BlaxelProblem(int status, boolean gateway) {
    this.status = status;
    this.gateway = gateway;
  }

  /** As the control plane writes it. */
  String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  boolean isRetryable() {
    return this == WORKLOAD_UNAVAILABLE || status == 429 || status >= 500;
  }

  /** Whether it concerns a request for a token, whose error bodies hold nothing but the error. */
  boolean isOfToken() {
    return this == INVALID_CLIENT || this == INVALID_GRANT || this == UNSUPPORTED_GRANT_TYPE;
  }

  /** The problem for a status that nothing more is known about. */
  static BlaxelProblem of(int status) {
    for (BlaxelProblem problem : values()) {
      if (problem.status == status && !problem.gateway) {
        return problem;
      }
    }
    return INTERNAL_SERVER_ERROR;
  }
}
