package io.blinkreactor.callback;

/**
 * Where in the callback the seal travels, the secret half of a target. How much of what it was
 * asked to send BlinkOps does send is not documented; {@code blinkreactor probe} shows it.
 */
public enum SealPlacement {
  /** In the header {@code X-Callback-Auth}: logged least on the way. The default. */
  HEADER,

  /** In the cookie {@code callback_auth}, for a way on which unknown headers are dropped. */
  COOKIE,

  /**
   * In the URL, as a further segment of its path. Always arrives, but whoever sees the URL has the
   * whole secret, and URLs stand in access logs. What a stolen one is good for is a look at the
   * run.
   */
  PATH,

  /**
   * In the member {@code callback_auth} of the body. It is found wherever it stands in the body and
   * whatever the body's format, and is masked in what is handed on.
   *
   * <p>The price: to be let in, a body must be read first. Only that of a request whose URL names a
   * key and a workspace of this server and has not expired, without a seal in another place where
   * one may be, and only its first 16 KiB; with the seal beyond that, or with a longer body, the
   * request is refused.
   */
  BODY
}
