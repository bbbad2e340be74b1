package io.blinkreactor.internal.stream;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.blinkreactor.stream.Checkpoint;
import io.blinkreactor.stream.InvalidCheckpointException;
import io.blinkreactor.stream.InvalidCheckpointException.Reason;
import io.blinkreactor.stream.PagingMode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class CheckpointsTest {

  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final StreamOptions OPTIONS = StreamOptions.DEFAULTS.pageSize(10);

  private final ListServer server = ListServer.of(100, 7);

  @ParameterizedTest
  @EnumSource(Rung.class)
  void theTextComesBackAsItWasAndFitsIntoAUrl(Rung rung) {
    for (Checkpoint checkpoint : checkpoints(server.only(rung))) {
      String text = checkpoint.text();
      assertThat(text).matches("[A-Za-z0-9_-]+\\.[0-9a-f]{8}").hasSizeLessThan(5_000);
      Checkpoint read = Checkpoint.parse(text);
      assertThat(read.text()).isEqualTo(text);
      assertThat(read).isEqualTo(checkpoint).hasSameHashCodeAs(checkpoint).hasToString(text);
      assertThat(checkpoint).isEqualTo(read).hasToString(text);
      String q = Checkpoints.fingerprint("any");
      String written = Checkpoints.write(Position.start(Range.ALL).on(rung), q);
      assertThat(Checkpoints.write(Checkpoints.read(written, q), q)).isEqualTo(written);
    }
  }

  @Test
  void everyPartOfAPositionIsKept() {
    String q = Checkpoints.fingerprint("any");
    Position all =
        new Position(
            Rung.CURSOR,
            new RowKey(-5, "i\"d \u00e9"),
            Trail.of(List.of("a", "b")),
            1L << 40,
            0,
            "token+/=",
            new Range(Long.MIN_VALUE, Long.MAX_VALUE));
    Position read = Checkpoints.read(Checkpoints.write(all, q), q);
    assertThat(read)
        .usingRecursiveComparison()
        .ignoringFields("trail")
        .isEqualTo(
            new Position(read.rung(), all.last(), null, 1L << 40, 0, "token+/=", all.range()));
    assertThat(read.rung()).isEqualTo(Rung.CURSOR);
    assertThat(Trail.ids(read.trail(), 9)).containsExactly("a", "b");
  }

  @ParameterizedTest
  @EnumSource(names = {"CURSOR", "LOOSE_OFFSET"})
  void aWindowOfIdsIsCutToItsNewest(Rung rung) {
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      ids.add("row " + i);
    }
    String q = Checkpoints.fingerprint("any");
    Position wide = new Position(rung, null, Trail.of(ids), 1_000, 0, null, Range.ALL);
    Position read = Checkpoints.read(Checkpoints.write(wide, q), q);
    assertThat(Trail.ids(read.trail(), 2_000)).isEqualTo(ids.subList(872, 1_000));
  }

  @ParameterizedTest
  @EnumSource(Rung.class)
  void anyOneCharacterChangedIsFoundOut(Rung rung) {
    String text = checkpoints(server.only(rung)).get(25).text();
    for (int i = 0; i < text.length(); i++) {
      for (char c : "A_.\u00e9".toCharArray()) {
        if (text.charAt(i) != c) {
          refused(text.substring(0, i) + c + text.substring(i + 1), Reason.DAMAGED);
        }
      }
      char flipped = (char) (text.charAt(i) ^ 1);
      refused(text.substring(0, i) + flipped + text.substring(i + 1), Reason.DAMAGED);
      refused(text.substring(0, i) + text.substring(i + 1), Reason.DAMAGED);
      refused(text.substring(0, i), Reason.DAMAGED);
      refused(text.substring(0, i) + "A" + text.substring(i), Reason.DAMAGED);
    }
    refused(text + "0", Reason.DAMAGED);
    refused(text + "\n", Reason.DAMAGED);
    refused(text.toUpperCase(Locale.ROOT), Reason.DAMAGED);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "null",
        "[]",
        "7",
        "\"text\"",
        "not json",
        "{\"v\":1,\"q\":\"Q\",\"r\":\"NO_RUNG\"}",
        "{\"v\":1,\"q\":\"Q\",\"r\":7}",
        "{\"v\":1,\"q\":\"Q\",\"k\":\"text\"}",
        "{\"v\":1,\"q\":\"Q\",\"t\":\"text\"}",
        "{\"v\":1,\"q\":\"Q\",\"t\":[7]}",
        "{\"v\":1,\"q\":\"Q\",\"t\":[null]}",
        "{\"v\":1,\"q\":\"Q\",\"s\":-7}",
        "{\"v\":1,\"q\":\"Q\",\"s\":\"text\"}",
        "{\"v\":1,\"q\":\"Q\",\"c\":{}}"
      })
  void whatHasTheRightSumButIsNoCheckpointIsDamagedToo(String json) {
    String q = Checkpoints.fingerprint("any");
    String text = text(json.replace("Q", q));
    InvalidCheckpointException refused =
        catchThrowableOfType(InvalidCheckpointException.class, () -> Checkpoints.read(text, q));
    assertThat(refused).isNotNull();
    assertThat(refused.reason()).isEqualTo(Reason.DAMAGED);
  }

  @Test
  void anotherVersionIsSaidToBeOne() {
    String json = json(checkpoints(server).get(25).text());
    assertThat(json).startsWith("{\"v\":1,");
    for (String version : List.of("2", "0", "\"1\"", "null", "1.5")) {
      refused(text(json.replace("\"v\":1,", "\"v\":" + version + ",")), Reason.OTHER_VERSION);
    }
    refused(text("{}"), Reason.OTHER_VERSION);
  }

  @Test
  void anotherQueryOrDirectionIsRefusedBeforeAnythingIsAsked() {
    String text = checkpoints(server).get(25).text();
    int calls = server.calls();
    assertThat(reason(server, OPTIONS.direction(Direction.OLDEST_FIRST).resume(text)))
        .isEqualTo(Reason.OTHER_QUERY);
    server.named("rows of another workspace");
    assertThat(reason(server, OPTIONS.resume(text))).isEqualTo(Reason.OTHER_QUERY);
    assertThat(server.calls()).isEqualTo(calls);
    server.named("rows of a workspace");
    server.stream(OPTIONS.pageSize(3).lookAhead(2).parallel(3).resume(text));
  }

  @Test
  void aWayOfPagingOtherThanTheCheckpointsIsAnError() {
    String text = checkpoints(server.only(Rung.TIME, Rung.OFFSET)).get(25).text();
    Throwable failure =
        requireNonNull(
                server.stream(OPTIONS.forced(PagingMode.OFFSET).resume(text))
                    .items()
                    .then()
                    .materialize()
                    .block(PATIENCE))
            .getThrowable();
    assertThat(failure)
        .hasMessageStartingWith(
            "The checkpoint can't be used: it goes on by TIME, and OFFSET was chosen. Start without it.");
  }

  @Test
  void theTextTellsNoSecretAndNoQuery() {
    server.named("a filter that nobody else is to know");
    assertThat(json(checkpoints(server).get(3).text())).doesNotContain("nobody", "filter");
  }

  private static List<Checkpoint> checkpoints(ListServer server) {
    return requireNonNull(
        server.stream(OPTIONS)
            .checkpointed()
            .map(element -> element.checkpoint())
            .collectList()
            .block(PATIENCE));
  }

  private static Reason reason(ListServer server, StreamOptions options) {
    InvalidCheckpointException refused =
        catchThrowableOfType(InvalidCheckpointException.class, () -> server.stream(options));
    return requireNonNull(refused).reason();
  }

  private static void refused(String text, Reason reason) {
    InvalidCheckpointException refused =
        catchThrowableOfType(InvalidCheckpointException.class, () -> Checkpoint.parse(text));
    assertThat(refused).as(text).isNotNull();
    assertThat(refused.reason()).as(text).isEqualTo(reason);
    assertThat(refused).hasMessageContaining("start without it");
  }

  private static String json(String text) {
    return new String(Base64.getUrlDecoder().decode(text.substring(0, text.indexOf('.'))), UTF_8);
  }

  private static String text(String json) {
    byte[] bytes = json.getBytes(UTF_8);
    CRC32 crc = new CRC32();
    crc.update(bytes);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes)
        + "."
        + HexFormat.of().toHexDigits((int) crc.getValue());
  }
}
