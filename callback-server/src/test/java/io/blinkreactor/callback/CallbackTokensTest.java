package io.blinkreactor.callback;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.blinkreactor.TimeSource;
import io.blinkreactor.callback.CallbackTokens.Ticket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import reactor.core.scheduler.Schedulers;

/** What a token proves, asked of the handler itself, so that the order of its checks counts too. */
class CallbackTokensTest {

  private static final Instant NOW = Instant.parse("2026-03-04T05:30:00Z");
  private static final Instant EXPIRY = NOW.plus(Duration.ofDays(15));
  private static final String ID = "AAECAwQFBgcICQoLDA0ODw";
  private static final String SCOPE = "workspace-1";
  private static final String OTHER_SCOPE = "workspace-2";
  private static final String ALPHABET =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

  private final CallbackTokens tokens = new CallbackTokens(key(1));
  private final SettableClock clock = new SettableClock(NOW);
  private final RecordingSink sink = new RecordingSink();
  private final RecordingSink otherSink = new RecordingSink();
  private final CallbackHandler handler =
      new CallbackHandler(
          tokens,
          TimeSource.of(clock, Schedulers.parallel()),
          ServerLimits.defaults(),
          new Senders(Networks.NONE, Networks.NONE),
          new CallbackMetrics(null, null));
  private final String ticket = tokens.ticket(SCOPE, ID, EXPIRY);
  private final String seal = tokens.seal(SCOPE, ticket);

  CallbackTokensTest() {
    var unused = handler.attach(SCOPE, sink);
    var unusedToo = handler.attach(OTHER_SCOPE, otherSink);
  }

  @Test
  void whatWasMadeIsReadAndAccepted() {
    Ticket read = Objects.requireNonNull(tokens.read(ticket));
    assertThat(read.correlationId()).isEqualTo(ID);
    assertThat(read.scopeHash()).isEqualTo(CallbackTokens.scopeHash(SCOPE));
    assertThat(read.expiry()).isBetween(EXPIRY, EXPIRY.plus(Duration.ofHours(1)));
    assertThat(tokens.verify(SCOPE, ticket, seal)).isTrue();
    assertThat(status(ticket, seal)).isEqualTo(202);
    assertThat(sink.calls).singleElement().matches(call -> call.correlationId().equals(ID));
    assertThat(otherSink.calls).isEmpty();
  }

  @Test
  void bothHalvesFitIntoAUrlAndAHeaderAsTheyAre() {
    assertThat(ticket).matches("[A-Za-z0-9_-]{8}\\.[A-Za-z0-9_-]{32}");
    assertThat(seal).matches("v1\\.[A-Za-z0-9_-]{43}");
  }

  @Test
  void aKeyStaysWhatItIsAfterARestart() {
    assertThat(new CallbackTokens(key(1)).verify(SCOPE, ticket, seal)).isTrue();
  }

  @Test
  void theKeyIsNotToldByItsId() {
    assertThat(ticket)
        .doesNotContain(Base64.getUrlEncoder().encodeToString(key(1)).substring(0, 8));
  }

  @Test
  void nothingOfAnotherKeyPasses() {
    CallbackTokens other = new CallbackTokens(key(2));
    String otherTicket = other.ticket(SCOPE, ID, EXPIRY);
    assertRefused("all of another key", otherTicket, other.seal(SCOPE, otherTicket));
    assertRefused("a seal of another key", ticket, other.seal(SCOPE, ticket));
    String mixed = ticket.substring(0, 9) + otherTicket.substring(9);
    assertRefused("a ticket under our key's id", mixed, other.seal(SCOPE, mixed));
  }

  @Test
  void aSealIsGoodForItsScopeOnly() {
    String otherTicket = tokens.ticket(OTHER_SCOPE, ID, EXPIRY);
    assertRefused("our ticket, their seal", ticket, tokens.seal(OTHER_SCOPE, otherTicket));
    assertRefused("their ticket, our seal", otherTicket, seal);
    assertRefused("our ticket sealed for them", ticket, tokens.seal(OTHER_SCOPE, ticket));
    assertRefused("their ticket sealed for us", otherTicket, tokens.seal(SCOPE, otherTicket));
    assertRefused("a scope that nobody serves", served("workspace-3"), sealed("workspace-3"));
    assertRefused("the scope without a name", served(""), sealed(""));
  }

  @Test
  void theBorderBetweenScopeAndTicketCantBeMoved() {
    assertThat(tokens.seal("a|b", "c")).as("only ticket texts without | are ever read").isNotNull();
    assertThat(tokens.read(ticket.substring(0, 9) + "|" + ticket.substring(10))).isNull();
  }

  @Test
  void aSealIsGoodForItsRunOnly() {
    String otherTicket = tokens.ticket(SCOPE, "BAECAwQFBgcICQoLDA0ODw", EXPIRY);
    assertRefused("another run", otherTicket, seal);
    assertRefused("another expiry", tokens.ticket(SCOPE, ID, EXPIRY.plusSeconds(3600)), seal);
  }

  @Test
  void aTokenIsGoodUntilItsExpiryAndAnHourLongerAtMost() {
    clock.advance(Duration.between(NOW, EXPIRY));
    assertThat(status(ticket, seal)).as("at the expiry itself").isEqualTo(202);
    clock.advance(Duration.ofHours(1).plusSeconds(1));
    sink.calls.clear();
    assertRefused("an hour after the expiry", ticket, seal);
  }

  @Test
  void anExpiryThatIsOverIsOverHoweverFarBack() {
    for (Instant past :
        List.of(
            NOW.minusSeconds(7200), Instant.EPOCH, Instant.EPOCH.minusSeconds(1), Instant.MIN)) {
      String old = tokens.ticket(SCOPE, ID, past);
      assertRefused("expired at " + past, old, tokens.seal(SCOPE, old));
    }
  }

  @Test
  void anExpiryThatIsFarOffIsStillToCome() {
    for (Instant future : List.of(Instant.parse("9999-01-01T00:00:00Z"), Instant.MAX)) {
      String far = tokens.ticket(SCOPE, ID, future);
      assertThat(status(far, tokens.seal(SCOPE, far))).as("%s", future).isEqualTo(202);
    }
  }

  @Test
  void anIdThatIsNoneOfOursIsToldToTheCaller() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> tokens.ticket(SCOPE, "AAAA", EXPIRY))
        .withMessageContaining("16 bytes");
  }

  @Test
  void everyBitOfTheTextCounts() {
    for (String text : flipped(ticket)) {
      assertRefused("ticket " + text, text, seal);
    }
    for (String text : flipped(seal)) {
      assertRefused("seal " + text, ticket, text);
    }
  }

  @Test
  void everyBitOfTheBytesCounts() {
    for (byte[] bytes : flipped(Base64.getUrlDecoder().decode(ticket.substring(9)))) {
      String text = ticket.substring(0, 9) + encode(bytes);
      assertRefused("ticket " + text, text, seal);
    }
    for (byte[] bytes : flipped(Base64.getUrlDecoder().decode(seal.substring(3)))) {
      String text = "v1." + encode(bytes);
      assertRefused("seal " + text, ticket, text);
    }
  }

  @Test
  void bytesHaveOneSpellingOnly() {
    String last = seal.substring(seal.length() - 1);
    int value = ALPHABET.indexOf(last);
    assertThat(value % 4)
        .as("the last character of 32 bytes has two bits that say nothing")
        .isZero();
    for (int spare = 1; spare < 4; spare++) {
      assertRefused(
          "the same bytes spelt otherwise",
          ticket,
          seal.substring(0, seal.length() - 1) + ALPHABET.charAt(value + spare));
    }
    Map<String, String> spellings = new LinkedHashMap<>();
    spellings.put("padding", seal + "=");
    spellings.put("two of it", seal + "==");
    spellings.put("space before", " " + seal);
    spellings.put("space after", seal + " ");
    spellings.put("tab", seal + "\t");
    spellings.put("line break", seal + "\r\n");
    spellings.put("nothing", "");
    spellings.put("the version alone", "v1.");
    spellings.put("no version", seal.substring(3));
    spellings.put("another version", "v2." + seal.substring(3));
    spellings.put("capital version", "V1." + seal.substring(3));
    spellings.put("twice", seal + seal.substring(3));
    spellings.put("a list", seal + "," + seal);
    spellings.put("cut", seal.substring(0, seal.length() - 1));
    spellings.put("one more", seal + "A");
    spellings.put("a megabyte", "v1." + "A".repeat(1 << 20));
    spellings.put("a megabyte behind it", seal + "A".repeat(1 << 20));
    spellings.put("not ASCII", "v1.\u00e9" + seal.substring(4));
    spellings.put("full-width", "v1.\uff21" + seal.substring(4));
    spellings.put("half a character", "v1.\ud83d" + seal.substring(4));
    spellings.put("a zero byte", seal + "\u0000");
    spellings.put(
        "classic base64",
        "v1."
            + Base64.getEncoder().encodeToString(Base64.getUrlDecoder().decode(seal.substring(3))));
    spellings.put("words", "Bearer " + seal);
    spellings.forEach((name, text) -> assertRefused("seal with " + name, ticket, text));
    assertRefused("no seal", ticket, null);
  }

  @Test
  void aTicketHasOneSpellingOnly() {
    Map<String, String> spellings = new LinkedHashMap<>();
    spellings.put("padding", ticket + "=");
    spellings.put("slash", ticket + "/");
    spellings.put("space", ticket + " ");
    spellings.put("percent sign", ticket + "%20");
    spellings.put(
        "a percent-encoded letter",
        ticket.substring(0, 39)
            + "%"
            + Integer.toHexString(ticket.charAt(39))
            + ticket.substring(40));
    spellings.put("nothing", "");
    spellings.put("dot", ".");
    spellings.put("key alone", ticket.substring(0, 9));
    spellings.put("no key", ticket.substring(8));
    spellings.put("no dot", ticket.replace(".", ""));
    spellings.put("two dots", ticket.replace(".", ".."));
    spellings.put("cut", ticket.substring(0, ticket.length() - 1));
    spellings.put("four more", ticket + "AAAA");
    spellings.put("a fragment", ticket + "#x");
    spellings.put("a parameter", ticket + ";x=y");
    spellings.put("another path behind it", ticket + "/x");
    spellings.put("a megabyte", ticket + "A".repeat(1 << 20));
    spellings.put("not ASCII", "\u00e9" + ticket.substring(1));
    spellings.put("half a character", ticket.substring(0, 9) + "\ud83d" + ticket.substring(10));
    spellings.forEach(
        (name, text) -> {
          assertRefused("ticket with " + name, text, seal);
          Throwable thrown =
              catchThrowable(() -> assertRefused(name, text, tokens.seal(SCOPE, text)));
          assertThat(thrown).as("sealed ticket with " + name).isNull();
        });
  }

  @Test
  void aHundredThousandRandomTokensDontReachASink() {
    long seed = ThreadLocalRandom.current().nextLong();
    System.out.println("aHundredThousandRandomTokensDontReachASink: seed " + seed);
    Random random = new Random(seed);
    int refused = 0;
    for (int i = 0; i < 100_000; i++) {
      boolean ticketKnown = random.nextInt(3) == 0;
      String text = ticketKnown ? ticket : guess(random, ticket);
      String guess = guess(random, seal);
      if (text.equals(ticket) && guess.equals(seal)) {
        continue;
      }
      if (status(text, guess) != 404) {
        throw new AssertionError("seed " + seed + ": accepted " + text + " with " + guess);
      }
      refused++;
    }
    assertThat(refused).isGreaterThan(99_000);
    assertThat(sink.calls).isEmpty();
    assertThat(otherSink.calls).isEmpty();
  }

  /** Something like the original: of its form, mutated, cut, lengthened, or just noise. */
  private static String guess(Random random, String original) {
    StringBuilder guess = new StringBuilder(original);
    int start = original.indexOf('.') + 1;
    switch (random.nextInt(5)) {
      case 0 -> {
        for (int i = start; i < guess.length(); i++) {
          guess.setCharAt(i, ALPHABET.charAt(random.nextInt(64)));
        }
      }
      case 1 -> {
        int at = random.nextInt(guess.length());
        char other = ALPHABET.charAt(random.nextInt(64));
        guess.setCharAt(at, other == guess.charAt(at) ? '.' : other);
      }
      case 2 -> guess.setLength(random.nextInt(guess.length()));
      case 3 -> guess.append(ALPHABET.charAt(random.nextInt(64)));
      default -> {
        guess.setLength(0);
        int length = random.nextInt(100);
        for (int i = 0; i < length; i++) {
          guess.append(
              (char) (random.nextInt(4) == 0 ? random.nextInt(0x10000) : random.nextInt(128)));
        }
      }
    }
    return guess.toString();
  }

  private String served(String scope) {
    return tokens.ticket(scope, ID, EXPIRY);
  }

  private String sealed(String scope) {
    return tokens.seal(scope, served(scope));
  }

  private int status(String ticketText, @Nullable String sealText) {
    return FakeExchange.status(handler, CallbackHandler.PATH + ticketText, sealText);
  }

  private void assertRefused(String why, String ticketText, @Nullable String sealText) {
    assertThat(status(ticketText, sealText)).as(why).isEqualTo(404);
    assertThat(sink.calls).as(why).isEmpty();
    assertThat(otherSink.calls).as(why).isEmpty();
  }

  private static List<String> flipped(String text) {
    List<String> all = new ArrayList<>();
    for (byte[] bytes : flipped(text.getBytes(StandardCharsets.ISO_8859_1))) {
      all.add(new String(bytes, StandardCharsets.ISO_8859_1));
    }
    return all;
  }

  private static List<byte[]> flipped(byte[] bytes) {
    List<byte[]> all = new ArrayList<>();
    for (int bit = 0; bit < bytes.length * 8; bit++) {
      byte[] copy = bytes.clone();
      copy[bit / 8] ^= (byte) (1 << (bit % 8));
      all.add(copy);
    }
    return all;
  }

  private static String encode(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  private static byte[] key(int first) {
    byte[] key = new byte[CallbackTokens.KEY_BYTES];
    for (int i = 0; i < key.length; i++) {
      key[i] = (byte) (first * 37 + i);
    }
    return key;
  }
}
