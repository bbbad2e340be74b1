package io.blinkreactor.completion;

import io.blinkreactor.StoreException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;
import org.h2.mvstore.SingleFileStore;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The file of runs, as four maps from bytes to bytes in one MVStore. For one thread only.
 *
 * <pre>
 * ids       correlation id           -> P, registered  or  E, ended
 * runs      registered, id           -> the run, see {@link PendingRunFormat}
 * ended     ended, id                -> the execution id, or nothing if it had none
 * secrets   name                     -> the secret
 * time = milliseconds since 1970 (8 B)
 * </pre>
 *
 * The second and third are in order of time, for recovery and for dropping what is too old. Nothing
 * is written before {@link #commit}, and then all of it in one step.
 */
final class RunFile {

  private static final Logger log = LoggerFactory.getLogger(RunFile.class);

  /** Of the maps; each run has a version of its own. */
  static final int VERSION = 1;

  /** What is read in one go, so that a recovery does not hold up the changes. */
  static final int PAGE_RUNS = 128;

  private static final int PAGE_RECORDS = 1024;

  /** What is dropped in one go, likewise. */
  private static final int DROP_RECORDS = 1024;

  private static final long DROP_INTERVAL = Duration.ofMinutes(1).toMillis();
  private static final long NEVER = -DROP_INTERVAL;
  private static final int TIME_BYTES = Long.BYTES;
  private static final byte PENDING = 'P';
  private static final byte ENDED = 'E';
  private static final byte[] NOTHING = {};

  /**
   * What only tests change.
   *
   * @param scheme of MVStore's virtual file systems, put before the path
   * @param tidyEvery commits between two searches for space to free
   */
  record Tuning(String scheme, int tidyEvery) {
    static final Tuning DEFAULT = new Tuning("", 1000);
  }

  /** A change that can't be made; nothing is wrong with the file. */
  static final class Refused extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final RuntimeException why;

    Refused(RuntimeException why) {
      super(null, why, false, false);
      this.why = why;
    }

    RuntimeException why() {
      return why;
    }
  }

  /** Some pending runs, in order. */
  static final class Page {
    final List<PendingRun> runs = new ArrayList<>();

    /** The key to go on after, or null at the end. */
    byte @Nullable [] next;

    int unreadable;
    @Nullable RuntimeException firstFault;
  }

  private final StoreDirectory directory;
  private final StoreOptions options;
  private final Tuning tuning;
  private final MVStore store;
  private final MVMap<byte[], byte[]> ids;
  private final MVMap<byte[], byte[]> runs;
  private final MVMap<byte[], byte[]> ended;
  private final MVMap<byte[], byte[]> secrets;
  private final long recordLife;
  private final long tombstoneLife;
  private int commitsSinceTidy;
  private long lastDrop = NEVER;

  private RunFile(StoreDirectory directory, StoreOptions options, Tuning tuning, MVStore store) {
    this.directory = directory;
    this.options = options;
    this.tuning = tuning;
    this.store = store;
    this.ids = map(store, "ids");
    this.runs = map(store, "runs");
    this.ended = map(store, "ended");
    this.secrets = map(store, "secrets");
    this.recordLife = options.recordLife().toMillis();
    this.tombstoneLife = options.tombstoneLife().toMillis();
  }

  static RunFile open(StoreDirectory directory, StoreOptions options, Tuning tuning)
      throws IOException {
    long mark = directory.mark();
    if (!Files.exists(directory.runFile())) {
      if (mark > 0) {
        throw Faults.missing(directory.path());
      }
      create(directory);
    } else if (Files.size(directory.runFile()) == 0) {
      throw mark > 0 ? Faults.missing(directory.path()) : Faults.foreign(directory.path());
    }
    directory.narrowRights();
    MVStore store = mvStore(tuning.scheme() + directory.runFile());
    try {
      check(directory, store, mark);
      RunFile file = new RunFile(directory, options, tuning, store);
      file.commit();
      // What the last process wrote may be seen now, but need not be on the disk.
      store.sync();
      directory.mark(store.getCurrentVersion());
      directory.sync();
      return file;
    } catch (IOException | RuntimeException | Error e) {
      store.closeImmediately();
      throw e;
    }
  }

  private static void create(StoreDirectory directory) throws IOException {
    Path made = directory.newRunFile();
    MVStore store = mvStore(made.toString());
    try {
      store.setStoreVersion(VERSION);
      store.commit();
      store.sync();
      store.close();
    } catch (RuntimeException | Error e) {
      store.closeImmediately();
      throw e;
    }
    directory.putInPlace(made);
  }

  private static void check(StoreDirectory directory, MVStore store, long mark) throws IOException {
    if (store.getFileStore().isReadOnly()) {
      throw new AccessDeniedException(directory.runFile().toString());
    }
    int version = store.getStoreVersion();
    if (version > VERSION) {
      throw Faults.newerFile(directory.path(), version, VERSION);
    }
    if (version < VERSION && mark == 0) {
      throw Faults.foreign(directory.path());
    }
    if (store.getCurrentVersion() < mark) {
      throw Faults.behind(directory.path(), store.getCurrentVersion(), mark);
    }
  }

  /**
   * Without any thread of its own: nothing is committed, and no space freed, but by us. What is
   * freed may be written over at once, since each commit is synced before the next one.
   */
  private static MVStore mvStore(String name) {
    SearchedFile file = new SearchedFile();
    file.open(name, false, null);
    try {
      MVStore store =
          new MVStore.Builder()
              .adoptFileStore(file)
              .autoCommitDisabled()
              .autoCommitBufferSize(0)
              .open();
      store.setRetentionTime(0);
      return store;
    } catch (RuntimeException | Error e) {
      file.close();
      throw e;
    }
  }

  /**
   * Looks for the newest version in all of the file. MVStore (2.4.240) trusts the file's header and
   * end, and a chain of parts from there: where a process died in a write, that chain can lead
   * through what was freed and is half written over, and an older version is found though the
   * newest is whole.
   */
  private static final class SearchedFile extends SingleFileStore {

    SearchedFile() {
      super(Map.of());
    }

    @Override
    protected void readStoreHeader(boolean recoveryMode) {
      super.readStoreHeader(true);
    }
  }

  private static MVMap<byte[], byte[]> map(MVStore store, String name) {
    return store.openMap(
        name,
        new MVMap.Builder<byte[], byte[]>()
            .keyType(CheckedBytes.INSTANCE)
            .valueType(CheckedBytes.INSTANCE));
  }

  void register(PendingRun run) {
    try {
      Stored.checkLife(run, options);
    } catch (IllegalArgumentException e) {
      throw new Refused(e);
    }
    byte[] id = bytes(run.correlationId());
    byte[] entry = ids.get(id);
    if (entry != null) {
      if (!isOver(entry)) {
        throw new Refused(Stored.known(run));
      }
      drop(id, entry);
    }
    if (runs.sizeAsLong() >= options.maxPending()) {
      lastDrop = NEVER;
      dropOld();
      if (runs.sizeAsLong() >= options.maxPending()) {
        throw new Refused(Stored.full(options));
      }
    }
    ids.put(id, entry(PENDING, run.registeredMillis()));
    runs.put(key(run.registeredMillis(), id), run.toBytes());
  }

  /** The run after the change, or null if it is not pending. */
  @Nullable PendingRun update(String correlationId, UnaryOperator<PendingRun> change) {
    byte[] key = pendingKey(bytes(correlationId));
    if (key == null) {
      return null;
    }
    PendingRun before = read(key);
    PendingRun after = change.apply(before);
    if (!after.equals(before)) {
      runs.put(key, after.toBytes());
    }
    return after;
  }

  boolean finish(String correlationId, long at) {
    byte[] id = bytes(correlationId);
    byte[] key = pendingKey(id);
    if (key == null) {
      return false;
    }
    // Refuses what a newer version wrote.
    String executionId = read(key).executionId();
    runs.remove(key);
    ids.put(id, entry(ENDED, at));
    ended.put(key(at, id), executionId == null ? NOTHING : bytes(executionId));
    return true;
  }

  boolean hasEnded(String executionId, long since) {
    byte[] wanted = bytes(executionId);
    long now = now();
    byte[] key = ended.ceilingKey(key(since, NOTHING));
    for (; key != null; key = ended.higherKey(key)) {
      if (Arrays.equals(wanted, ended.get(key)) && now - time(key) < tombstoneLife) {
        return true;
      }
    }
    return false;
  }

  @Nullable PendingRun find(String correlationId) {
    byte[] key = pendingKey(bytes(correlationId));
    return key == null ? null : read(key);
  }

  boolean hasEnded(String correlationId) {
    byte[] entry = ids.get(bytes(correlationId));
    return entry != null && entry[0] == ENDED && !isOver(entry);
  }

  Page page(String scope, byte @Nullable [] after) {
    Page page = new Page();
    long now = now();
    byte[] key = after == null ? runs.firstKey() : runs.higherKey(after);
    for (int seen = 1; key != null; seen++, key = runs.higherKey(key)) {
      byte[] record = record(key);
      String whose = PendingRunFormat.scope(record);
      if ((whose == null || whose.equals(scope)) && now - time(key) < recordLife) {
        try {
          page.runs.add(PendingRun.fromBytes(record));
        } catch (StoreException e) {
          page.unreadable++;
          page.firstFault = page.firstFault == null ? e : page.firstFault;
        }
      }
      if (page.runs.size() == PAGE_RUNS || seen == PAGE_RECORDS) {
        page.next = key;
        break;
      }
    }
    return page;
  }

  byte @Nullable [] secret(String name) {
    byte[] secret = secrets.get(bytes(name));
    return secret == null ? null : secret.clone();
  }

  byte[] keepSecret(String name, byte[] made) {
    byte[] before = secrets.putIfAbsent(bytes(name), made);
    return (before == null ? made : before).clone();
  }

  /** Makes durable what was changed since the last time; nothing may be acknowledged before. */
  void commit() throws IOException {
    if (store.hasUnsavedChanges()) {
      store.commit();
      store.sync();
      directory.mark(store.getCurrentVersion());
      commitsSinceTidy++;
    }
  }

  /** Drops some of what is too old, if it is time to look for it. */
  void dropOld() {
    long now = now();
    if (Math.abs(now - lastDrop) < DROP_INTERVAL) {
      return;
    }
    int tombstones = 0;
    byte[] key = ended.firstKey();
    while (key != null && tombstones < DROP_RECORDS && now - time(key) >= tombstoneLife) {
      drop(id(key), entry(ENDED, time(key)));
      tombstones++;
      key = ended.higherKey(key);
    }
    int records = 0;
    key = runs.firstKey();
    for (int seen = 0;
        key != null && seen < DROP_RECORDS && now - time(key) >= recordLife;
        seen++, key = runs.higherKey(key)) {
      if (!isNewer(record(key))) {
        drop(id(key), entry(PENDING, time(key)));
        records++;
      }
    }
    Stored.logDropped(log, records, options);
    if (tombstones < DROP_RECORDS && records < DROP_RECORDS) {
      lastDrop = now;
    }
  }

  /** Whether space is worth looking for when there is nothing else to do. */
  boolean isUntidy() {
    return commitsSinceTidy > tuning.tidyEvery() / 4;
  }

  boolean isVeryUntidy() {
    return commitsSinceTidy > tuning.tidyEvery();
  }

  /** Writes what little is left in old parts of the file anew, so that their space gets free. */
  void tidy() throws IOException {
    store.compact(50, 4 << 20);
    commit();
    commitsSinceTidy = 0;
  }

  void close() throws IOException {
    commit();
    store.close();
  }

  /** Leaves the file as the last commit left it. */
  void abandon() {
    store.closeImmediately();
  }

  private byte @Nullable [] pendingKey(byte[] id) {
    byte[] entry = ids.get(id);
    return entry == null || entry[0] != PENDING || isOver(entry) ? null : key(time(entry, 1), id);
  }

  private PendingRun read(byte[] key) {
    try {
      PendingRun run = PendingRun.fromBytes(record(key));
      if (!Arrays.equals(key, key(run.registeredMillis(), bytes(run.correlationId())))) {
        throw new Refused(PendingRunFormat.damaged(null));
      }
      return run;
    } catch (StoreException e) {
      throw new Refused(e);
    }
  }

  /** Empty, which is a damaged record, if the id's entry points nowhere. */
  private byte[] record(byte[] key) {
    byte[] record = runs.get(key);
    return record == null ? NOTHING : record;
  }

  private void drop(byte[] id, byte[] entry) {
    byte[] key = key(time(entry, 1), id);
    (entry[0] == PENDING ? runs : ended).remove(key);
    // The id may have been registered again since.
    if (Arrays.equals(ids.get(id), entry)) {
      ids.remove(id);
    }
  }

  private boolean isOver(byte[] entry) {
    return now() - time(entry, 1) >= (entry[0] == PENDING ? recordLife : tombstoneLife);
  }

  private long now() {
    return options.time().now().toEpochMilli();
  }

  private static boolean isNewer(byte[] record) {
    try {
      PendingRun.fromBytes(record);
      return false;
    } catch (StoreException e) {
      return e.reason() == StoreException.Reason.NEWER;
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] entry(byte kind, long time) {
    return ByteBuffer.allocate(1 + TIME_BYTES).put(kind).putLong(time).array();
  }

  private static byte[] key(long time, byte[] id) {
    return ByteBuffer.allocate(TIME_BYTES + id.length).putLong(time).put(id).array();
  }

  private static long time(byte[] key) {
    return time(key, 0);
  }

  private static long time(byte[] bytes, int at) {
    return ByteBuffer.wrap(bytes).getLong(at);
  }

  private static byte[] id(byte[] key) {
    return Arrays.copyOfRange(key, TIME_BYTES, key.length);
  }
}
