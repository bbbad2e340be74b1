package io.blinkreactor.internal.http;

import org.jspecify.annotations.Nullable;

/**
 * A successful answer, read whole.
 *
 * @param status the HTTP status, below 300
 * @param requestId the vendor's id of the request
 * @param body the body, never changed after
 */
@SuppressWarnings("ArrayRecordComponent") // a carrier that nobody compares
public record ApiResponse(int status, @Nullable String requestId, byte[] body) {}
