package io.blinkreactor.callback;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What TLS records look like from outside, in pieces of any length (T16). */
class OneHandshakeTest {

  private static final long SEED = Long.getLong("blinkreactor.seed", System.nanoTime());

  private final SplittableRandom random = new SplittableRandom(SEED);

  /** Records by their types: 20 a change of ciphers, 21 an alert, 22 a handshake, 23 data. */
  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource({
    "TLS 1.2, 22 22 20 22 23 23 21, open",
    "TLS 1.2 with a client certificate, 22 22 22 22 20 22 23, open",
    "TLS 1.3, 22 23 23 23, open",
    "TLS 1.3 as older boxes like it, 22 20 23 23 23, open",
    "TLS 1.3 with a second hello, 22 20 22 23 23, open",
    "again after data, 22 22 20 22 23 22, closed",
    "again at once, 22 22 20 22 22, closed",
    "again after another change, 22 22 20 22 23 20 22, closed",
  })
  void t16ASecondHandshakeIsSeen(String what, String types, String outcome) {
    for (int round = 0; round < 200; round++) {
      EmbeddedChannel channel = new EmbeddedChannel();
      OneHandshake.addTo(channel.pipeline());
      ByteArrayOutputStream sent = new ByteArrayOutputStream();
      for (String type : types.split(" ")) {
        record(Integer.parseInt(type), sent);
      }
      byte[] all = sent.toByteArray();
      for (int at = 0; at < all.length && channel.isOpen(); ) {
        int to = Math.min(all.length, at + 1 + random.nextInt(random.nextBoolean() ? 7 : 400));
        channel.writeInbound(Unpooled.copiedBuffer(all, at, to - at));
        at = to;
      }
      String told = "%s, seed %d".formatted(what, SEED);
      assertThat(channel.isOpen()).as(told).isEqualTo(outcome.equals("open"));
      byte[] passed = passed(channel);
      if (outcome.equals("open")) {
        assertThat(passed).as(told).isEqualTo(all);
      } else {
        assertThat(passed).as(told).isEqualTo(Arrays.copyOf(all, passed.length));
      }
      channel.finishAndReleaseAll();
    }
  }

  private void record(int type, ByteArrayOutputStream sent) {
    byte[] body = new byte[random.nextInt(4) == 0 ? 0 : random.nextInt(600)];
    Arrays.fill(body, (byte) 22);
    sent.write(type);
    sent.write(3);
    sent.write(3);
    sent.write(body.length >> 8);
    sent.write(body.length);
    sent.writeBytes(body);
  }

  private static byte[] passed(EmbeddedChannel channel) {
    ByteArrayOutputStream passed = new ByteArrayOutputStream();
    for (ByteBuf bytes = channel.readInbound(); bytes != null; bytes = channel.readInbound()) {
      passed.writeBytes(ByteBufUtil.getBytes(bytes));
      bytes.release();
    }
    return passed.toByteArray();
  }
}
