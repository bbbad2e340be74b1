package io.blinkreactor.callback;

import io.blinkreactor.completion.CallbackReceiver;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Odd bytes, and what a server with these limits answers to them. */
final class RawCorpus {

  static final ServerLimits LIMITS =
      ServerLimits.builder()
          .idleTimeout(Duration.ofMillis(900))
          .readTimeout(Duration.ofMillis(500))
          .maxBodyBytes(1000)
          .maxRequests(3)
          .build();

  /** What stands in what is sent, and must not be in the log as it is. */
  private static final String MARK = "\u001b[31mMARK\u0007\u00e9";

  /**
   * One case.
   *
   * @param answers the statuses in their order; the connection is closed after the last one
   * @param taken how many callbacks the sink gets
   */
  record Case(String name, String bytes, List<Integer> answers, int taken) {}

  private static final Pattern UNESCAPED = Pattern.compile("[\\x00-\\x08\\x0b-\\x1f\\x7f-\\xff]");

  private final CallbackReceiver server;
  private final List<Case> cases = new ArrayList<>();

  private RawCorpus(CallbackReceiver server) {
    this.server = server;
  }

  /** The cases, with seals of a server. */
  static List<Case> of(CallbackReceiver server) {
    RawCorpus corpus = new RawCorpus(server);
    corpus.fill();
    return corpus.cases;
  }

  private void fill() {
    String second = Proven.request(server, "", "smuggled");
    String path = Proven.target(server).url().getPath();
    String seal = Proven.sealLine(Proven.target(server));

    // A strangers' request, in all forms: the same refusal, and what follows is not looked at.
    for (String method : List.of("GET", "POST", "HEAD", "OPTIONS", "TRACE", "CONNECT", "BREW")) {
      add(method, method + " / HTTP/1.1\r\nHost: h\r\n\r\n" + second, 404);
    }
    for (String odd :
        List.of(
            "*",
            "//",
            "/;",
            "/%2e%2e/%2e%2e/etc/passwd",
            "/..%2f..%2f",
            "/%00",
            "/%zz",
            "/%",
            "?",
            "#",
            "/#/callbacks/v1/x",
            "/callbacks/v1/",
            "/callbacks/v1//",
            "/callbacks/v1/%2e",
            "/callbacks/v1/" + "x".repeat(1900),
            "/callbacks/v1/[x]{y}|\\^`<>\"",
            "http://[::",
            "http://h:99999999/",
            "http://",
            "://",
            "h:443",
            "file:///etc/passwd",
            "/callbacks/v1/../v1/" + path.substring(path.lastIndexOf('/') + 1) + "x")) {
      add("path " + odd, "POST " + odd + " HTTP/1.1\r\nHost: h\r\n" + seal + "\r\n" + second, 404);
    }
    for (String host : List.of("h:x", "[::1", "", ":", "h:99999999999", "a b", "[", "h:-1")) {
      add("host " + host, "POST / HTTP/1.1\r\nHost: " + host + "\r\n\r\n" + second, 404);
    }
    add("two hosts", "POST / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n" + second, 404);
    add("no host", "POST / HTTP/1.1\r\n\r\n" + second, 404);
    add("HTTP/1.0", "POST / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n" + second, 404);
    add(
        "a marked path",
        "POST /" + MARK.substring(1, 6) + " HTTP/1.1\r\nX: y\r\n\r\n" + second,
        404);
    add("a large body", "POST / HTTP/1.1\r\nContent-Length: 1000000000\r\n\r\nx", 404);
    add("expect", "POST / HTTP/1.1\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n", 404);
    add("expect more", "POST / HTTP/1.1\r\nContent-Length: 9\r\nExpect: miracles\r\n\r\n", 404);

    // What can't be read.
    add("nothing", "", List.of());
    add("empty lines", "\r\n\r\n\r\n", List.of());
    add("half a line", "POST /call", List.of());
    add("half a header", "POST / HTTP/1.1\r\nHost: h\r\nX-", List.of());
    add("garbage", MARK + "\r\n\r\n" + second, 400);
    add("one word", "POST\r\n\r\n" + second, 400);
    add("two words", "POST /\r\n\r\n" + second, 400);
    add("HTTP/9.9", "POST / HTTP/9.9\r\n\r\n" + second, 400);
    add("HTTP/x", "POST / HTTP/x\r\n\r\n" + second, 400);
    add("HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400);
    add("more on the line", "POST / HTTP/1.1 and more\r\n\r\n" + second, 400);
    add("a marked path in Latin-1", "POST /" + MARK + " HTTP/1.1\r\n\r\n" + second, 404);
    add("TLS", "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003\r\n\r\n", 400);
    add("a long line", "POST /" + "x".repeat(3000) + " HTTP/1.1\r\n\r\n" + second, 414);
    add("a line without end", "x".repeat(3000), 414);
    add("a long header", "POST / HTTP/1.1\r\nX: " + "x".repeat(9000) + "\r\n\r\n" + second, 431);
    add("many headers", "POST / HTTP/1.1\r\n" + "X: y\r\n".repeat(3000) + "\r\n", 431);
    add("a zero byte", "POST / HTTP/1.1\r\nX: a\u0000b\r\n\r\n" + second, 400);
    add("a zero byte in a name", "POST / HTTP/1.1\r\nX\u0000: a\r\n\r\n" + second, 400);
    add("a marked header", "POST / HTTP/1.1\r\nX" + MARK + ": a\r\n\r\n" + second, 400);
    add("a marked value", "POST / HTTP/1.1\r\nX: " + MARK + "\r\n\r\n" + second, 400);
    add("a space in a name", "POST / HTTP/1.1\r\nX Y: a\r\n\r\n" + second, 400);
    add("no colon", "POST / HTTP/1.1\r\nnothing\r\n\r\n" + second, 400);
    add("no name", "POST / HTTP/1.1\r\n: a\r\n\r\n" + second, 400);
    add("a lone CR", "POST / HTTP/1.1\r\nX: a\rY: b\r\n\r\n" + second, 400);

    // Smuggling: with a good seal, and a second good request behind it that is none.
    smuggle(
        "TE and CL", "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n" + second);
    smuggle(
        "CL and TE", "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", "0\r\n\r\n" + second);
    smuggle("two CLs", "Content-Length: 0\r\nContent-Length: 9\r\n", second);
    smuggle("a list of CLs", "Content-Length: 0, 9\r\n", second);
    smuggle("CL: +5", "Content-Length: +5\r\n", "x" + second);
    smuggle("CL: -5", "Content-Length: -5\r\n", second);
    smuggle("CL: 0x5", "Content-Length: 0x5\r\n", "x" + second);
    smuggle("CL: 5 5", "Content-Length: 5 5\r\n", "x" + second);
    smuggle("CL: a very large number", "Content-Length: 99999999999999999999\r\n", second);
    smuggle("no CL", "Content-Length:\r\n", second);
    smuggle("CL :", "Content-Length : 0\r\n", second);
    smuggle("TE :", "Transfer-Encoding : chunked\r\n", "0\r\n\r\n" + second);
    smuggle("chunked, xchunked", "Transfer-Encoding: chunked, xchunked\r\n", "0\r\n\r\n" + second);
    smuggle("xchunked", "Transfer-Encoding: xchunked\r\n", "0\r\n\r\n" + second);
    smuggle("identity", "Transfer-Encoding: identity\r\n", "0\r\n\r\n" + second);
    smuggle("TE twice", "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", second);
    smuggle("TE with a tab", "Transfer-Encoding:\u000bchunked\r\n", "0\r\n\r\n" + second);
    smuggle("TE with a mark", "Transfer-Encoding: \u00e9chunked\r\n", "0\r\n\r\n" + second);
    smuggle("folded TE", "Transfer-Encoding:\r\n chunked\r\n", "0\r\n\r\n" + second);
    smuggle(
        "a bare LF in the header", "X: a\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n" + second);
    smuggle(
        "a bare CR in the header", "X: a\rTransfer-Encoding: chunked\r\n", "0\r\n\r\n" + second);
    String chunked = "Transfer-Encoding: chunked\r\n";
    smuggle("no chunk size", chunked, "\r\n" + second);
    smuggle("chunk size x", chunked, "x\r\n" + second);
    smuggle("chunk size -1", chunked, "-1\r\nab\r\n" + second);
    smuggle("chunk size +1", chunked, "+1\r\na\r\n0\r\n\r\n" + second);
    smuggle("chunk size 0x1", chunked, "0x1\r\na\r\n0\r\n\r\n" + second);
    smuggle("a huge chunk size", chunked, "fffffffffffffffff\r\n" + second);
    smuggle("a chunk longer than told", chunked, "1\r\nabc\r\n0\r\n\r\n" + second);
    smuggle("a chunk ended by LF", chunked, "1\na\n0\n\n" + second);
    add(
        "a long chunk extension",
        Proven.head(server, chunked) + "1;" + "x".repeat(3000) + "\r\na\r\n0\r\n\r\n",
        414);
    smuggle("a bare LF in an extension", chunked, "1;a\nb\r\na\r\n0\r\n\r\n" + second);

    // With a good seal: too much, too slow, too short.
    add("oversize", Proven.request(server, "", "x".repeat(1001)), 413);
    add("oversize told", Proven.head(server, "Content-Length: 1001\r\n"), 413);
    add("2^63 - 1 told", Proven.head(server, "Content-Length: 9223372036854775807\r\n"), 413);
    add(
        "oversize, waits to be asked",
        Proven.head(server, "Content-Length: 1001\r\nExpect: 100-continue\r\n"),
        413);
    add(
        "oversize in chunks",
        Proven.head(server, chunked) + ("ff\r\n" + "x".repeat(255) + "\r\n").repeat(4),
        413);
    add("a gap", Proven.head(server, "Content-Length: 10\r\n") + "x", 408);
    add("chunks without end", Proven.head(server, chunked) + "1\r\nx\r\n", 408);
    add(
        "permission, then a gap",
        Proven.head(server, "Content-Length: 10\r\nExpect: 100-continue\r\n"),
        List.of(100, 408));
    add(
        "trailers without end",
        Proven.head(server, chunked) + "0\r\n" + "X: y\r\n".repeat(3000),
        431);

    // With a good seal, as it should be: the third answer closes, as is set here.
    String good = Proven.request(server, "", "good");
    cases.add(new Case("pipelined", good.repeat(5), List.of(202, 202, 202), 3));
    cases.add(new Case("good, then bad", good + "x\r\n\r\n" + second, List.of(202, 400), 1));
    cases.add(
        new Case(
            "good, then refused", good + "POST / HTTP/1.1\r\n\r\n" + second, List.of(202, 404), 1));
    // A folded line is part of the one before, as RFC 9112 has it: no body, and a next request.
    cases.add(
        new Case(
            "obs-fold",
            Proven.head(server, "X: a\r\n Transfer-Encoding: chunked\r\n") + good + good,
            List.of(202, 202, 202),
            3));
    cases.add(
        new Case(
            "absolute-form",
            good.replaceFirst("POST ", "POST http://else.where:1/").repeat(3),
            List.of(202, 202, 202),
            3));
  }

  private void add(String name, String bytes, int status) {
    add(name, bytes, List.of(status));
  }

  private void add(String name, String bytes, List<Integer> statuses) {
    cases.add(new Case(name, bytes, statuses, 0));
  }

  private void smuggle(String name, String lines, String rest) {
    add("smuggled: " + name, Proven.head(server, lines) + rest, 400);
  }

  /** Whether a line of a log holds bytes that a terminal or a reader of logs might obey. */
  static boolean isUnescaped(String line) {
    return UNESCAPED.matcher(line).find();
  }

  /** The statuses of some answers in their order. */
  static List<Integer> statuses(String answers) {
    List<Integer> statuses = new ArrayList<>();
    Matcher line = Pattern.compile("HTTP/1\\.[01] (\\d{3}) ").matcher(answers);
    while (line.find()) {
      statuses.add(Integer.valueOf(line.group(1)));
    }
    return statuses;
  }
}
