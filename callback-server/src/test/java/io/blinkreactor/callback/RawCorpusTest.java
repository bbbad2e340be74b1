package io.blinkreactor.callback;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import io.blinkreactor.testkit.InvariantsExtension;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import reactor.core.Disposable;

/**
 * Odd bytes and what is answered to them: the listed answers, the connection closed, nothing of
 * what follows taken for a request, and no line in the log that a stranger has written.
 */
class RawCorpusTest {

  private static final Duration PATIENCE = Duration.ofSeconds(10);

  @RegisterExtension final InvariantsExtension invariants = new InvariantsExtension();

  private final RecordingSink sink = new RecordingSink();

  @SuppressWarnings("NullAway.Init")
  private CallbackServer server;

  @BeforeEach
  void open() {
    server =
        requireNonNull(CallbackServer.builder().limits(RawCorpus.LIMITS).bind().block(PATIENCE));
    Disposable unused = server.attach(Proven.SCOPE, sink);
  }

  @AfterEach
  void close() {
    server.close();
  }

  @Test
  void t14EachCaseIsAnsweredAsListedAndTheConnectionCloses() throws Exception {
    SoftAssertions softly = new SoftAssertions();
    try (LoggedLines log = LoggedLines.at(Level.DEBUG)) {
      for (RawCorpus.Case one : RawCorpus.of(server)) {
        int before = sink.calls.size();
        String answer;
        try (RawConnection client = new RawConnection(server.port())) {
          client.trySend(one.bytes().getBytes(StandardCharsets.ISO_8859_1));
          answer = client.readToEnd();
        }
        softly.assertThat(RawCorpus.statuses(answer)).as(one.name()).isEqualTo(one.answers());
        softly
            .assertThat(sink.calls.size() - before)
            .as("callbacks taken: %s", one.name())
            .isEqualTo(one.taken());
        if (!one.answers().isEmpty() && !answer.startsWith("HTTP/1.0")) {
          softly.assertThat(answer).as(one.name()).contains("connection: close\r\n");
        }
      }
      softly.assertThat(log.all()).as("something was listened to").hasSizeGreaterThan(100);
      softly.assertThat(log.atLeast(Level.INFO)).as("a stranger fills no log").isEmpty();
      softly
          .assertThat(log.all())
          .as("lines with bytes as they came")
          .noneMatch(RawCorpus::isUnescaped);
    }
    softly.assertAll();
  }

  @Test
  void t12ManySendersWithoutEndLeaveTheHeapFlat() throws Exception {
    String endless = Proven.head(server, "Transfer-Encoding: chunked\r\n");
    byte[] chunk = ("10000\r\n" + "x".repeat(0x10000) + "\r\n").getBytes(StandardCharsets.US_ASCII);
    ExecutorService senders = Executors.newFixedThreadPool(20);
    try {
      long before = used();
      List<Future<Integer>> sent = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        sent.add(
            senders.submit(
                () -> {
                  try (RawConnection client = new RawConnection(server.port())) {
                    client.send(endless);
                    int pieces = 0;
                    while (pieces < 16_384 && client.trySend(chunk)) {
                      pieces++;
                    }
                    return pieces;
                  }
                }));
      }
      for (Future<Integer> pieces : sent) {
        assertThat(pieces.get()).as("of 16,384 pieces that make 1 GB").isLessThan(500);
      }
      assertThat(used() - before).as("bytes of heap").isLessThan(64L << 20);
    } finally {
      senders.shutdownNow();
    }
    assertThat(sink.calls).isEmpty();
  }

  private static long used() {
    System.gc();
    Runtime runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory();
  }
}
