package io.blinkreactor.callback;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.blinkreactor.testkit.InvariantsExtension;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.Disposable;

/** Connections that keep a server busy with waiting, while callbacks come (T11). */
class SlowConnectionsTest {

  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final int CONNECTIONS = Integer.getInteger("blinkreactor.slow", 200);
  private static final int PER_SECOND = 200;
  private static final int CALLBACKS = 1000;

  /** Beyond what a machine of two cores, which runs the attack as well, is steady in. */
  private static final long NOISE_MICROS = 50_000;

  @TempDir static Path directory = Path.of("");

  @RegisterExtension final InvariantsExtension invariants = new InvariantsExtension();

  private final RecordingSink sink = new RecordingSink();

  @Test
  void t11CallbacksAreServedAmongSlowHeadersBodiesAndHandshakes() throws Exception {
    Certificates certificates = new Certificates(directory);
    certificates.authority("ca");
    certificates.signed("server", "ca");
    ServerLimits limits =
        ServerLimits.builder()
            .idleTimeout(Duration.ofSeconds(3))
            .handshakeTimeout(Duration.ofSeconds(3))
            .maxConnections(Math.max(50, CONNECTIONS / 2))
            .build();
    try (CallbackServer plain = open(CallbackServer.builder().limits(limits));
        CallbackServer tls =
            open(
                CallbackServer.builder()
                    .limits(limits)
                    .tls(
                        ServerTls.pem(certificates.chain("server"), certificates.key("server"))))) {
      pace(plain); // warms up
      Pace quiet = pace(plain);
      long before = used();
      Pace attacked;
      try (Attack attack = new Attack(plain, tls.port())) {
        attack.begin();
        attacked = pace(plain);
        System.out.printf(
            "%d slow connections, %d made anew: p99 %.2f ms, quiet %.2f ms%n%s",
            CONNECTIONS,
            attack.again.get(),
            attacked.times.getValueAtPercentile(99) / 1000.0,
            quiet.times.getValueAtPercentile(99) / 1000.0,
            attacked.table());
        assertThat(used() - before).as("bytes of heap").isLessThan(64L << 20);
      }
      assertThat(attacked.errors).hasValue(0);
      assertThat(attacked.acknowledged).hasSize(CALLBACKS);
      assertThat(attacked.times.getValueAtPercentile(99))
          .as("microseconds")
          .isLessThan(Math.max(NOISE_MICROS, 3 * quiet.times.getValueAtPercentile(99)));
    }
    assertThat(sink.calls).hasSizeGreaterThanOrEqualTo(3 * CALLBACKS);
  }

  private static Pace pace(CallbackServer server) throws InterruptedException {
    return new Pace(() -> server, server::port, 8).run(PER_SECOND, CALLBACKS);
  }

  private CallbackServer open(CallbackServer.Builder options) {
    CallbackServer server = requireNonNull(options.bind().block(PATIENCE));
    Disposable unused = server.attach(Proven.SCOPE, sink);
    return server;
  }

  private static long used() {
    System.gc();
    Runtime runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory();
  }

  /** One thread that sends a byte on each connection in turn, and opens anew what was closed. */
  private static final class Attack implements AutoCloseable {

    private static final byte[] HEADER =
        ("POST /callbacks/v1/x HTTP/1.1\r\nHost: h\r\nX-Slow: " + "x".repeat(5000))
            .getBytes(StandardCharsets.US_ASCII);

    /** The start of a handshake, of which the rest never comes. */
    private static final byte[] HELLO = {0x16, 3, 1, 2, 0, 1, 0, 1, (byte) 0xfc, 3, 3};

    private final AtomicLong again = new AtomicLong();
    private final int plainPort;
    private final int tlsPort;
    private final byte[] body;
    private final List<@Nullable SocketChannel> channels = new ArrayList<>();
    private final int[] sent = new int[CONNECTIONS];
    private volatile boolean over;
    private final Thread thread = new Thread(this::run, "slow connections");

    Attack(CallbackServer plain, int tlsPort) {
      this.plainPort = plain.port();
      this.tlsPort = tlsPort;
      // A body that is waited for takes a seal: say, of somebody who saw one.
      this.body =
          (Proven.head(plain, "Content-Length: 60000\r\n") + "x".repeat(5000))
              .getBytes(StandardCharsets.US_ASCII);
      for (int i = 0; i < CONNECTIONS; i++) {
        channels.add(null);
      }
    }

    void begin() throws IOException {
      for (int i = 0; i < CONNECTIONS; i++) {
        channels.set(i, connect(i));
      }
      thread.start();
    }

    private SocketChannel connect(int i) throws IOException {
      SocketChannel channel =
          SocketChannel.open(
              new InetSocketAddress(
                  InetAddress.getLoopbackAddress(), i % 3 == 2 ? tlsPort : plainPort));
      channel.configureBlocking(false);
      sent[i] = 0;
      return channel;
    }

    private void run() {
      while (!over) {
        for (int i = 0; i < CONNECTIONS && !over; i++) {
          trickle(i);
        }
        LockSupport.parkNanos(Duration.ofMillis(200).toNanos());
      }
    }

    private void trickle(int i) {
      byte[] bytes = i % 3 == 0 ? HEADER : i % 3 == 1 ? body : HELLO;
      try {
        SocketChannel channel = requireNonNull(channels.get(i));
        int from = sent[i];
        int length = bytes == body && from == 0 ? body.length - 4000 : 1;
        if (channel.read(ByteBuffer.allocate(512)) < 0) {
          throw new IOException("closed");
        }
        if (from + length <= bytes.length) {
          channel.write(ByteBuffer.wrap(bytes, from, length));
          sent[i] += length;
        }
      } catch (IOException closed) {
        again.incrementAndGet();
        try {
          requireNonNull(channels.get(i)).close();
          channels.set(i, connect(i));
        } catch (IOException e) {
          over = true; // The server is gone.
        }
      }
    }

    @Override
    public void close() throws IOException, InterruptedException {
      over = true;
      thread.join();
      for (SocketChannel channel : channels) {
        if (channel != null) {
          channel.close();
        }
      }
    }
  }
}
