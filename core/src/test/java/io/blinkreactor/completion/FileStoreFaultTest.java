package io.blinkreactor.completion;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.blinkreactor.StoreException;
import io.blinkreactor.StoreException.Reason;
import io.blinkreactor.TimeSource;
import java.io.File;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.zip.CRC32C;
import org.assertj.core.api.ThrowableAssert;
import org.awaitility.Awaitility;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** What only a store on a disk can suffer. */
class FileStoreFaultTest {

  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Instant NOW = Instant.parse("2026-03-01T00:00:00Z");
  private static final List<String> MAPS = List.of("ids", "runs", "ended");

  private final Path place;

  FileStoreFaultTest(@TempDir Path place) {
    this.place = place;
  }

  @BeforeEach
  void heal() {
    FaultyFiles.heal();
  }

  // One at a time.

  @Test
  void aSecondStoreOfTheProcessIsRefusedAndHarmsNothing() throws IOException {
    Path directory = place.resolve("store");
    try (PendingStore store = open(directory)) {
      Path link = Files.createSymbolicLink(place.resolve("link"), directory);
      for (Path same : List.of(directory, place.resolve("x/../store").normalize(), link)) {
        assertFails(Reason.LOCKED, () -> open(same), directory.toString(), "this process");
      }
      register(store, "id-1");
      try (StoreProcess other = StoreProcess.start(directory, "p")) {
        assertThat(other.line()).as("is refused").isNull();
      }
      try (StoreProcess other = StoreProcess.start(directory, StoreProcess.ONLY_LOCK)) {
        assertThat(other.line()).as("the lock is still held").isEqualTo("held");
      }
    }
    try (PendingStore store = open(directory)) {
      assertThat(ids(store)).containsExactly("id-1");
    }
  }

  @Test
  void aStoreOfAnotherProcessIsRefusedUntilThatIsGone() throws IOException {
    Path directory = place.resolve("store");
    try (StoreProcess other = StoreProcess.start(directory, "p")) {
      assertThat(other.line()).isEqualTo("open");
      assertFails(Reason.LOCKED, () -> open(directory), directory.toString(), "another process");
      assertThat(other.line()).as("it goes on").startsWith("registered");
    }
    open(directory).close();
  }

  /** Also while the file of runs, which MVStore locks too, is not there yet. */
  @Test
  void nothingIsTouchedWithoutTheLock() throws IOException {
    Path lock = place.resolve(StoreDirectory.LOCK_FILE);
    try (FileChannel other =
        FileChannel.open(lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      assertThat(other.tryLock()).isNotNull();
      assertFails(Reason.LOCKED, () -> open(place), place.toString());
      assertThat(place).isDirectoryNotContaining(file -> !file.equals(lock));
    }
    open(place).close();
  }

  @Test
  void aDirectoryThatCantBeMadeIsNamed() throws IOException {
    Path file = Files.createFile(place.resolve("file"));
    assertFails(Reason.FAILED, () -> open(file), file.toString());
    assertFails(Reason.FAILED, () -> open(file.resolve("in it")), file.toString());
  }

  @Test
  void onlyTheOwnerMayReadIt() throws IOException {
    if (!FileSystems.getDefault().supportedFileAttributeViews().contains("posix")) {
      return;
    }
    Path directory = place.resolve("a/b");
    open(directory).close();
    assertThat(rights(directory)).isEqualTo("rwx------");
    assertThat(rights(directory.resolve(StoreDirectory.RUN_FILE))).isEqualTo("rw-------");
    assertThat(rights(directory.resolve(StoreDirectory.LOCK_FILE))).isEqualTo("rw-------");
    Files.setPosixFilePermissions(
        directory.resolve(StoreDirectory.RUN_FILE), PosixFilePermissions.fromString("rw-r--r--"));
    open(directory).close();
    assertThat(rights(directory.resolve(StoreDirectory.RUN_FILE))).isEqualTo("rw-------");
  }

  @Test
  void theMissingLibraryIsNamed() throws Exception {
    URL[] classPath =
        Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
            .filter(entry -> !entry.contains("h2-mvstore"))
            .map(FileStoreFaultTest::url)
            .toArray(URL[]::new);
    try (URLClassLoader loader =
        new URLClassLoader(classPath, ClassLoader.getPlatformClassLoader())) {
      Class<?> store = loader.loadClass(PendingStore.class.getName());
      assertThat(store.getMethod("memory").invoke(null)).isNotNull();
      assertThatExceptionOfType(InvocationTargetException.class)
          .isThrownBy(() -> store.getMethod("file", Path.class).invoke(null, place.resolve("s")))
          .withCauseInstanceOf(IllegalStateException.class)
          .satisfies(
              e ->
                  assertThat(e.getCause())
                      .hasMessageContaining("com.h2database:h2-mvstore")
                      .hasMessageContaining("class path"));
      assertThat(place.resolve("s")).doesNotExist();
    }
  }

  // The thread.

  @Test
  void noInterruptClosesTheFile() {
    try (PendingStore store = open(place.resolve("store"))) {
      for (int i = 0; i < 20; i++) {
        Thread.getAllStackTraces().keySet().stream()
            .filter(thread -> thread.getName().equals(RunFileThread.NAME))
            .forEach(Thread::interrupt);
        register(store, "id-" + i);
      }
      store.check().block(PATIENCE);
    }
  }

  @Test
  void aSubscriberThatBlocksHoldsUpNobody() throws InterruptedException {
    try (PendingStore store = open(place.resolve("store"))) {
      CountDownLatch release = new CountDownLatch(1);
      CountDownLatch blocked = new CountDownLatch(1);
      store
          .register(run("id-0").build())
          .doOnSuccess(
              done -> {
                blocked.countDown();
                try {
                  release.await();
                } catch (InterruptedException e) {
                  throw new IllegalStateException(e);
                }
              })
          .subscribe();
      blocked.await();
      register(store, "id-1");
      assertThat(ids(store)).containsExactly("id-0", "id-1");
      release.countDown();
    }
  }

  @Test
  void changesThatComeTogetherShareOneSync() {
    try (PendingStore store = faulty(place.resolve("store"))) {
      int before = FaultyFiles.syncs.get();
      registerMany(store, 2000);
      int used = before - FaultyFiles.syncs.get();
      assertThat(used).isBetween(1, 500);
      before = FaultyFiles.syncs.get();
      register(store, "alone");
      assertThat(before - FaultyFiles.syncs.get()).as("synced before it is answered").isPositive();
      FaultyFiles.tries.set(0);
      assertThat(ids(store)).hasSize(2001);
      assertThat(store.signal("nobody", NOW).block(PATIENCE)).isEqualTo(CallbackReceipt.ORPHAN);
      assertThat(store.finish("nobody", NOW).block(PATIENCE)).isFalse();
      assertThat(FaultyFiles.tries).as("what changes nothing writes nothing").hasValue(0);
    }
  }

  /** Handed on at once, an answer would be seen before the sync if it were given before it. */
  @Test
  void nothingIsAnsweredBeforeItsSync() throws Exception {
    StoreOptions options =
        StoreOptions.builder()
            .time(TimeSource.of(Clock.fixed(NOW, ZoneOffset.UTC), Schedulers.immediate()))
            .build();
    Path directory = place.resolve("store");
    try (PendingStore store =
        FilePendingStore.open(directory, options, new RunFile.Tuning(FaultyFiles.SCHEME, 1000))) {
      FaultyFiles.gate = new CountDownLatch(1);
      int syncs = FaultyFiles.syncs.get();
      CompletableFuture<Void> first = store.register(run("id-1").build()).toFuture();
      Awaitility.await().until(() -> FaultyFiles.syncs.get() < syncs);
      CompletableFuture<PendingRun> second = store.find("id-1").toFuture();
      CompletableFuture<Void> works = store.check().toFuture();
      try {
        assertThat(first).isNotDone();
        assertThat(works).as("a disk that hangs is not one that works").isNotDone();
        assertThat(second).as("sees what is not durable yet").isNotDone();
      } finally {
        FaultyFiles.gate.countDown();
      }
      first.get(30, TimeUnit.SECONDS);
      works.get(30, TimeUnit.SECONDS);
      assertThat(second.get(30, TimeUnit.SECONDS)).isEqualTo(run("id-1").build());
    }
  }

  // Faults of the disk.

  @Test
  void aFullDiskEndsAcceptanceForGood() {
    failsForGood(() -> FaultyFiles.space.set(5_000), "No space left on device");
  }

  @Test
  void aSyncThatFailsEndsAcceptanceForGood() {
    failsForGood(() -> FaultyFiles.syncs.set(3), "Input/output error");
  }

  private void failsForGood(Runnable fault, String what) {
    Path directory = place.resolve("store");
    Map<String, Boolean> answers = new HashMap<>();
    try (PendingStore store = faulty(directory)) {
      registerMany(store, 50);
      fault.run();
      for (int i = 50; answers.size() < 100; i++) {
        String id = "id-" + i;
        Throwable failure =
            store
                .register(run(id).build())
                .then(Mono.<Throwable>empty())
                .onErrorResume(Mono::just)
                .block(PATIENCE);
        answers.put(id, failure == null);
        if (failure != null) {
          assertThat(failure).isInstanceOf(StoreException.class).hasMessageContaining(what);
          assertThat(((StoreException) failure).reason()).isEqualTo(Reason.FAILED);
        }
      }
      assertThat(answers.values()).contains(false);
      FaultyFiles.heal();
      assertFails(Reason.FAILED, () -> store.check().block(PATIENCE), what, directory.toString());
      assertFails(Reason.FAILED, () -> store.signal("id-1", NOW).block(PATIENCE), what);
      assertFails(Reason.FAILED, () -> store.find("id-1").block(PATIENCE), what);
      assertFails(Reason.FAILED, () -> store.pending("ws").blockLast(PATIENCE), what);
      assertThat(FaultyFiles.tries).as("nothing more is tried").hasValue(0);
      assertFails(Reason.LOCKED, () -> open(directory), "this process");
    }
    try (PendingStore store = open(directory)) {
      List<String> stored = ids(store);
      assertThat(stored).containsAll(IntStream.range(0, 50).mapToObj(i -> "id-" + i).toList());
      answers.forEach(
          (id, acknowledged) -> {
            if (acknowledged) {
              assertThat(stored).contains(id);
            }
          });
      assertThat(answers.keySet().stream().filter(stored::contains).count())
          .as("the change that failed may be there, later ones are not")
          .isLessThanOrEqualTo(answers.values().stream().filter(ok -> ok).count() + 1);
      register(store, "again");
    }
  }

  // Damage.

  @Test
  void aFileThatIsNotAStoreIsRefused() throws IOException {
    Path directory = Files.createDirectory(place.resolve("store"));
    Path file = directory.resolve(StoreDirectory.RUN_FILE);
    for (byte[] content :
        List.of("not a store".getBytes(StandardCharsets.UTF_8), new byte[20_000], new byte[0])) {
      Files.write(file, content);
      assertFails(Reason.DAMAGED, () -> open(directory), directory.toString());
      assertThat(Files.readAllBytes(file)).isEqualTo(content);
    }
  }

  @Test
  void anotherProgramsFileIsRefused() throws IOException {
    Path directory = Files.createDirectory(place.resolve("store"));
    edit(directory, mv -> mv.openMap("mine").put("a", "b"));
    assertFails(Reason.DAMAGED, () -> open(directory), "not a store of this library");
    edit(directory, mv -> assertThat(mv.openMap("mine")).containsEntry("a", "b"));
  }

  @Test
  void aFileThatLostItsEndIsRefusedAndNothingIsRemoved() throws IOException {
    Path directory = place.resolve("store");
    Path copy = place.resolve("copy");
    try (PendingStore store = open(directory)) {
      registerMany(store, 20);
      FilePendingStoreTest.copy(directory, copy);
      register(store, "late");
    }
    Path file = directory.resolve(StoreDirectory.RUN_FILE);
    Files.copy(copy.resolve(StoreDirectory.RUN_FILE), file, StandardCopyOption.REPLACE_EXISTING);
    byte[] before = Files.readAllBytes(file);
    assertFails(Reason.DAMAGED, () -> open(directory), "lacks changes", directory.toString());
    assertThat(Files.readAllBytes(file)).isEqualTo(before);
    Files.delete(directory.resolve(StoreDirectory.LOCK_FILE));
    try (PendingStore store = open(directory)) {
      assertThat(ids(store)).hasSize(20);
    }
    Files.delete(file);
    assertFails(Reason.DAMAGED, () -> open(directory), "lost its file");
  }

  /**
   * Wherever bytes are wrong: what is still told is right, and whatever can't be told is an error,
   * never a run that is silently not there.
   */
  @Test
  void t25NoDamageGoesUnnoticed() throws IOException {
    long seed = Long.getLong("blinkreactor.seed", System.nanoTime());
    SplittableRandom random = new SplittableRandom(seed);
    Path whole = place.resolve("whole");
    Map<String, PendingRun> runs = new HashMap<>();
    try (PendingStore store = open(whole)) {
      for (int i = 0; i < 300; i++) {
        PendingRun run = run("id-" + i).attribute("a", "b".repeat(random.nextInt(200))).build();
        runs.put(run.correlationId(), run);
      }
      Flux.fromIterable(runs.values()).flatMap(store::register, 64).blockLast(PATIENCE);
      for (int i = 0; i < 60; i++) {
        store.finish("id-" + i, NOW).block(PATIENCE);
        runs.remove("id-" + i);
      }
    }
    int noticed = 0;
    for (int round = 0; round < 40; round++) {
      String told = "seed " + seed + " round " + round;
      Path damaged = place.resolve("damaged-" + round);
      FilePendingStoreTest.copy(whole, damaged);
      damage(damaged.resolve(StoreDirectory.RUN_FILE), random);
      if (hasNoticed(damaged, runs, told)) {
        noticed++;
      }
    }
    assertThat(noticed).as("seed " + seed).isPositive();
  }

  private static void damage(Path file, SplittableRandom random) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    int at = random.nextInt(bytes.length);
    int length =
        switch (random.nextInt(3)) {
          case 0 -> 1;
          case 1 -> 512;
          default -> 8192;
        };
    for (int i = at; i < Math.min(bytes.length, at + length); i++) {
      bytes[i] = (byte) random.nextInt();
    }
    Files.write(file, bytes);
  }

  private static boolean hasNoticed(Path directory, Map<String, PendingRun> runs, String told) {
    boolean noticed = false;
    try (PendingStore store = open(directory)) {
      for (PendingRun run : runs.values()) {
        try {
          assertThat(store.find(run.correlationId()).block(PATIENCE)).as(told).isEqualTo(run);
        } catch (StoreException e) {
          assertThat(e.reason()).as(told).isIn(Reason.DAMAGED, Reason.NEWER, Reason.FAILED);
          noticed = true;
        }
      }
      try {
        assertThat(store.pending("ws").collectList().block(PATIENCE))
            .as(told)
            .containsExactlyInAnyOrderElementsOf(runs.values());
      } catch (StoreException e) {
        noticed = true;
      }
    } catch (StoreException e) {
      assertThat(e.reason()).as(told + " " + e).isIn(Reason.DAMAGED, Reason.NEWER);
      return true;
    }
    return noticed;
  }

  // Versions.

  @Test
  void aRecordOfANewerVersionIsKeptAndHoldsUpNoOther() throws IOException {
    Path directory = place.resolve("store");
    try (PendingStore store = open(directory)) {
      registerMany(store, 3);
      PendingRun other = PendingRun.builder("other", "id-9", "p", NOW, NOW).build();
      store.register(other).block(PATIENCE);
    }
    edit(
        directory,
        mv -> {
          MVMap<byte[], byte[]> runs = map(mv, "runs");
          byte[] first = requireNonNull(runs.firstKey());
          runs.put(first, newer(requireNonNull(runs.get(first)).clone()));
        });
    try (PendingStore store = open(directory)) {
      assertFails(Reason.NEWER, () -> store.find("id-0").block(PATIENCE), "version 2");
      assertFails(Reason.NEWER, () -> store.signal("id-0", NOW).block(PATIENCE), "version 2");
      assertFails(Reason.NEWER, () -> store.finish("id-0", NOW).block(PATIENCE), "version 2");
      assertThat(store.finish("id-1", NOW).block(PATIENCE)).isTrue();
      ArrayList<String> seen = new ArrayList<>();
      assertFails(
          Reason.NEWER,
          () -> store.pending("ws").doOnNext(r -> seen.add(r.correlationId())).blockLast(PATIENCE),
          "1 pending runs");
      assertThat(seen).containsExactly("id-2");
      assertThat(store.pending("other").collectList().block(PATIENCE)).hasSize(1);
      store.check().block(PATIENCE);
    }
    try (PendingStore store = open(directory, NOW.plus(Duration.ofDays(30)))) {
      assertThat(store.signal("id-2", NOW).block(PATIENCE)).isEqualTo(CallbackReceipt.ORPHAN);
    }
    edit(
        directory,
        mv -> {
          assertThat(map(mv, "runs")).hasSize(1);
          assertThat(map(mv, "ids")).hasSize(1);
        });
  }

  @Test
  void aStoreOfANewerVersionIsRefused() throws IOException {
    Path directory = place.resolve("store");
    open(directory).close();
    edit(directory, mv -> mv.setStoreVersion(RunFile.VERSION + 1));
    assertFails(Reason.NEWER, () -> open(directory), "version 2", directory.toString());
  }

  // Space.

  @Test
  void whatIsTooOldLeavesTheFile() throws IOException {
    Path directory = place.resolve("store");
    try (PendingStore store = open(directory)) {
      registerMany(store, 200);
      for (int i = 0; i < 50; i++) {
        store.finish("id-" + i, NOW).block(PATIENCE);
      }
    }
    edit(
        directory,
        mv -> assertThat(MAPS).map(m -> map(mv, m).size()).containsExactly(200, 150, 50));
    try (PendingStore store = open(directory, NOW.plus(Duration.ofDays(2)))) {
      assertThat(store.signal("nobody", NOW).block(PATIENCE)).isEqualTo(CallbackReceipt.ORPHAN);
    }
    edit(
        directory, mv -> assertThat(MAPS).map(m -> map(mv, m).size()).containsExactly(150, 150, 0));
    try (PendingStore store = open(directory, NOW.plus(Duration.ofDays(16)))) {
      assertThat(store.signal("nobody", NOW).block(PATIENCE)).isEqualTo(CallbackReceipt.ORPHAN);
    }
    edit(directory, mv -> assertThat(MAPS).map(m -> map(mv, m).size()).containsExactly(0, 0, 0));
  }

  @Test
  void theFileDoesNotGrowWithWhatHasEnded() throws IOException {
    Path directory = place.resolve("store");
    try (PendingStore store =
        FilePendingStore.open(directory, options(NOW), new RunFile.Tuning("", 25))) {
      registerMany(store, 500);
      for (int round = 0; round < 150; round++) {
        String prefix = "r" + round + "-";
        Flux.range(0, 20)
            .flatMap(
                i ->
                    store
                        .register(run(prefix + i).build())
                        .then(store.finish(prefix + i, NOW.minus(Duration.ofHours(24)))),
                20)
            .blockLast(PATIENCE);
      }
      assertThat(Files.size(directory.resolve(StoreDirectory.RUN_FILE))).isLessThan(8 << 20);
      assertThat(ids(store)).hasSize(500);
    }
  }

  private static PendingStore open(Path directory) {
    return open(directory, NOW);
  }

  private static PendingStore open(Path directory, Instant now) {
    return PendingStore.file(directory, options(now));
  }

  private static PendingStore faulty(Path directory) {
    return FilePendingStore.open(
        directory, options(NOW), new RunFile.Tuning(FaultyFiles.SCHEME, 1000));
  }

  private static StoreOptions options(Instant now) {
    return StoreOptions.builder()
        .time(TimeSource.of(Clock.fixed(now, ZoneOffset.UTC), Schedulers.boundedElastic()))
        .build();
  }

  private static PendingRun.Builder run(String id) {
    return PendingRun.builder("ws", id, "playbook", NOW, NOW.plusSeconds(60));
  }

  private static void register(PendingStore store, String id) {
    store.register(run(id).build()).block(PATIENCE);
  }

  private static void registerMany(PendingStore store, int count) {
    Flux.range(0, count)
        .flatMap(i -> store.register(run("id-" + i).build()), 256)
        .blockLast(PATIENCE);
  }

  private static List<String> ids(PendingStore store) {
    return requireNonNull(
        store.pending("ws").map(PendingRun::correlationId).collectList().block(PATIENCE));
  }

  private static void assertFails(
      Reason reason, ThrowableAssert.ThrowingCallable work, String... words) {
    assertThatExceptionOfType(StoreException.class)
        .isThrownBy(work)
        .satisfies(e -> assertThat(e.reason()).as(e.toString()).isEqualTo(reason))
        .satisfies(e -> assertThat(e.getMessage()).contains(words).endsWith(e.advice()));
  }

  /** Works on the file as nobody should. */
  private static void edit(Path directory, Consumer<MVStore> work) {
    MVStore mv = MVStore.open(directory.resolve(StoreDirectory.RUN_FILE).toString());
    try {
      work.accept(mv);
    } finally {
      mv.close();
    }
  }

  private static MVMap<byte[], byte[]> map(MVStore mv, String name) {
    return mv.openMap(
        name,
        new MVMap.Builder<byte[], byte[]>()
            .keyType(CheckedBytes.INSTANCE)
            .valueType(CheckedBytes.INSTANCE));
  }

  static byte[] newer(byte[] record) {
    record[4] = PendingRunFormat.VERSION + 1;
    CRC32C crc = new CRC32C();
    crc.update(record, 4, record.length - 4);
    ByteBuffer.wrap(record).putInt((int) crc.getValue());
    return record;
  }

  private static String rights(Path path) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }

  private static URL url(String entry) {
    try {
      return Path.of(entry).toUri().toURL();
    } catch (MalformedURLException e) {
      throw new IllegalArgumentException(e);
    }
  }
}
