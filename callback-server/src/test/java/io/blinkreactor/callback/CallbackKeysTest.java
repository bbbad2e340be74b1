package io.blinkreactor.callback;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.blinkreactor.completion.CallbackTarget;
import io.blinkreactor.completion.PendingStore;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where keys come from, and that nothing shows them. */
class CallbackKeysTest {

  private static final String ID = "AAECAwQFBgcICQoLDA0ODw";
  private static final Instant EXPIRY = Instant.parse("2100-01-01T00:00:00Z");

  private final Path directory;

  CallbackKeysTest(@TempDir Path directory) {
    this.directory = directory;
  }

  @Test
  void theFormatIsWhatAnotherProgramComputes() {
    byte[] key = new byte[32];
    for (int i = 0; i < 32; i++) {
      key[i] = (byte) i;
    }
    CallbackTokens.Token token =
        new CallbackTokens(CallbackKeys.of(key))
            .make("workspace-1", ID, Instant.ofEpochSecond(500_000L * 3600 - 1));
    assertThat(token.ticket()).isEqualTo("-sCIgrkf.SE1PiAABAgMEBQYHCAkKCwwNDg8AB6Eg");
    assertThat(token.seal()).isEqualTo("v1.bJF9cSCDszwdxs5n_2rzIlkFSqAGermcPsdyzl6LWYE");
  }

  @Test
  void theFirstKeySealsAndAllAreKnown() {
    CallbackKeys keys = CallbackKeys.of(key(1), key(2), key(3));
    assertThat(keys.signing().id()).isEqualTo(CallbackKeys.of(key(1)).signing().id());
    for (int i = 1; i <= 3; i++) {
      String id = CallbackKeys.of(key(i)).signing().id();
      assertThat(requireNonNull(keys.find(id)).id()).isEqualTo(id);
    }
    assertThat(keys.find(CallbackKeys.of(key(4)).signing().id())).isNull();
  }

  @Test
  void aKeyThatWasHandedOverMayBeOverwritten() {
    byte[] mine = key(1);
    CallbackKeys keys = CallbackKeys.of(mine);
    String before = seal(keys);
    Arrays.fill(mine, (byte) 0);
    assertThat(seal(keys)).isEqualTo(before);
  }

  @Test
  void aFileHoldsOneKeyALineNewestFirst() throws IOException {
    Path file =
        file(
            "\ufeff# the keys of production",
            "",
            "  " + base64(key(1)) + "  # since March",
            Base64.getUrlEncoder().withoutPadding().encodeToString(key(2)),
            "\t");
    assertThat(seal(CallbackKeys.file(file))).isEqualTo(seal(CallbackKeys.of(key(1))));
    assertThat(CallbackKeys.file(file)).hasToString(CallbackKeys.of(key(1), key(2)).toString());
  }

  @ParameterizedTest
  @ValueSource(strings = {"rw-r-----", "rw----r--", "rw--w----", "rw-----w-", "rwxrwxrwx"})
  void aFileThatOthersMayReadOrChangeIsRefused(String rights) throws IOException {
    Path file = file(base64(key(1)));
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(rights));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> CallbackKeys.file(file))
        .withMessageContaining("chmod 600 " + file);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("r--------"));
    assertThat(CallbackKeys.file(file)).isNotNull();
  }

  @Test
  void whatIsNoKeyIsToldWithoutShowingIt() throws IOException {
    String good = base64(key(1));
    refuses("no callback key", file());
    refuses("no callback key", file("# nothing"));
    refuses("number 1 in the callback key file", file("not base64!"));
    refuses("number 2", file(good, good.substring(0, 43) + "*"));
    refuses("has 31 bytes, not 32", file(base64(new byte[31])));
    refuses("has 33 bytes", file(good, base64(new byte[33])));
    refuses("number 2 in the callback key file", file(good, good));
    refuses("is not base64", file(good + " " + good));
    refuses("each has a line of its own", file(good + "," + base64(key(2))));
    refuses("without quotes", file('"' + good + '"'));
    refuses("is all zeros", file(base64(new byte[32])));
    refuses("check its name and rights", directory.resolve("absent"));
    refuses(
        "is a directory: name a file in it",
        Files.createDirectory(
            directory.resolve("d"),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x"))));
    String[] many = new String[33];
    for (int i = 0; i < many.length; i++) {
      many[i] = base64(key(i));
    }
    refuses("more than 32", file(many));
    refuses("Too large", file("#" + "x".repeat(70_000)));
    Path binary = file();
    Files.write(binary, new byte[] {(byte) 0xc3, (byte) 0x28});
    refuses("Not a text in UTF-8", binary);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> CallbackKeys.of(new byte[16]))
        .withMessageContaining("has 16 bytes")
        .withMessageContaining("openssl rand -base64 32");
    assertThatIllegalArgumentException().isThrownBy(() -> CallbackKeys.of(key(1), key(1)));
  }

  private static void refuses(String sentence, Path file) {
    assertThatThrownBy(() -> CallbackKeys.file(file))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(sentence)
        .satisfies(
            e -> {
              String all = e + " " + e.getCause();
              for (int i = 0; i < 33; i++) {
                assertThat(all).doesNotContain(base64(key(i)).substring(0, 10));
              }
              assertThat(all).doesNotContain("not base64!").doesNotContain("Illegal base64");
            });
  }

  @Test
  void theEnvironmentHoldsThemWithCommasBetween() {
    String two = base64(key(1)) + " , " + base64(key(2));
    assertThat(CallbackKeys.environment(Map.of("BLINK_CALLBACK_KEY", two)))
        .hasToString(CallbackKeys.of(key(1), key(2)).toString());
    assertThat(CallbackKeys.environment(Map.of())).isNull();
    assertThatIllegalArgumentException()
        .as("what was to set it found nothing")
        .isThrownBy(() -> CallbackKeys.environment(Map.of("BLINK_CALLBACK_KEY", " ")))
        .withMessageContaining("BLINK_CALLBACK_KEY is set and blank");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> CallbackKeys.environment(Map.of("BLINK_CALLBACK_KEY", two + ",")))
        .withMessageContaining("number 3 in BLINK_CALLBACK_KEY has 0 bytes");
    assertThat(System.getenv("BLINK_CALLBACK_KEY")).as("set for this test").isNull();
    assertThatIllegalArgumentException()
        .isThrownBy(CallbackKeys::environment)
        .withMessageContaining("BLINK_CALLBACK_KEY is not set");
  }

  @Test
  void aNewKeyIsAnotherEachTimeAndCanBeReadBack() throws IOException {
    Set<String> made = new HashSet<>();
    for (int i = 0; i < 20; i++) {
      made.add(CallbackKeys.random());
    }
    assertThat(made).hasSize(20).allMatch(text -> Base64.getDecoder().decode(text).length == 32);
    assertThat(CallbackKeys.file(file(made.toArray(new String[0])))).isNotNull();
  }

  @Test
  void nothingShowsAKey() {
    CallbackKeys keys = CallbackKeys.of(key(1), key(2));
    String shown =
        keys
            + " "
            + keys.all()
            + " "
            + keys.signing()
            + new CallbackTokens(keys).make("w", ID, EXPIRY)
            + new CallbackTokens(keys);
    assertThat(keys.toString()).matches("CallbackKeys\\[[\\w-]{8}, [\\w-]{8}]");
    for (byte[] key : List.of(key(1), key(2))) {
      assertThat(shown).doesNotContain(base64(key).substring(0, 8)).doesNotContain("SecretKey");
    }
    assertThat(shown).doesNotContain(seal(keys));
  }

  // Which of them the server takes.

  @Test
  void givenKeysComeBeforeTheEnvironmentAndThatBeforeTheStore() {
    Map<String, String> environment = Map.of(CallbackKeys.VARIABLE, base64(key(2)));
    try (PendingStore store = PendingStore.memory()) {
      assertThat(keyId(b -> b.store(store).environment(environment).keys(CallbackKeys.of(key(1)))))
          .isEqualTo(CallbackKeys.of(key(1)).signing().id());
      assertThat(keyId(b -> b.store(store).environment(environment)))
          .isEqualTo(CallbackKeys.of(key(2)).signing().id());
      byte[] own =
          requireNonNull(store.secret("callback-key", () -> key(3)).block(), "made only now");
      assertThat(own).as("nobody had asked the store for it").isEqualTo(key(3));
      assertThat(keyId(b -> b.store(store).environment(Map.of())))
          .isEqualTo(CallbackKeys.of(key(3)).signing().id());
    }
    assertThat(keyId(b -> b.environment(Map.of())))
        .as("made anew")
        .isNotEqualTo(keyId(b -> b.environment(Map.of())));
  }

  @Test
  void badKeysInTheEnvironmentAreToldAtOnce() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                CallbackServer.builder()
                    .environment(Map.of(CallbackKeys.VARIABLE, "secret"))
                    .bind())
        .withMessageContaining("BLINK_CALLBACK_KEY")
        .withMessageNotContaining("secret");
  }

  @Test
  void severalProcessesMustBeGivenKeys() {
    PendingStore shared =
        (PendingStore)
            Proxy.newProxyInstance(
                PendingStore.class.getClassLoader(),
                new Class<?>[] {PendingStore.class},
                (proxy, method, args) -> {
                  assertThat(method.getName()).isEqualTo("isShared");
                  return true;
                });
    assertThatIllegalArgumentException()
        .isThrownBy(() -> CallbackServer.builder().environment(Map.of()).store(shared).bind())
        .withMessageContaining("call keys(...) or set BLINK_CALLBACK_KEY");
    assertThat(keyId(b -> b.environment(Map.of()).store(shared).keys(CallbackKeys.of(key(1)))))
        .isNotEmpty();
    try (PendingStore own = PendingStore.memory()) {
      assertThat(own.isShared()).isFalse();
    }
  }

  private static String keyId(UnaryOperator<CallbackServer.Builder> options) {
    CallbackServer server = requireNonNull(options.apply(CallbackServer.builder()).bind().block());
    try (server) {
      CallbackTarget target = server.target("w", ID, EXPIRY);
      String path = target.url().getPath();
      return path.substring(SealPlaces.PATH.length(), path.indexOf('.'));
    }
  }

  private static String seal(CallbackKeys keys) {
    return new CallbackTokens(keys).make("w", ID, EXPIRY).seal();
  }

  private Path file(String... lines) throws IOException {
    Path file = Files.createTempFile(directory, "keys", "");
    Files.write(file, List.of(lines), StandardCharsets.UTF_8);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    return file;
  }

  private static String base64(byte[] key) {
    return Base64.getEncoder().encodeToString(key);
  }

  private static byte[] key(int first) {
    byte[] key = new byte[CallbackKeys.KEY_BYTES];
    for (int i = 0; i < key.length; i++) {
      key[i] = (byte) (first * 37 + i);
    }
    return key;
  }
}
