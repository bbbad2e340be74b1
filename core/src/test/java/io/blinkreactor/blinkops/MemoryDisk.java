package io.blinkreactor.blinkops;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.AccessMode;
import java.nio.file.CopyOption;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileStore;
import java.nio.file.FileSystem;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.StandardOpenOption;
import java.nio.file.WatchService;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileAttributeView;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.nio.file.spi.FileSystemProvider;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A file system in memory whose operations fail when told to, and which knows what a power cut
 * would leave of it: of a file what was forced, of a directory the names that were there when it
 * was forced. Looking at attributes never fails.
 */
final class MemoryDisk extends FileSystemProvider {

  /** How it fails. */
  enum Fault {
    /** Not at all. */
    NONE,
    /** One operation fails, the next one works again. */
    ERROR("Input/output error"),
    /** From one operation on there is no room; half of what is written finds some. */
    FULL("No space left on device"),
    /** From one operation on nothing works, so nothing changes any more. */
    DEAD("Input/output error");

    private final String message;

    Fault() {
      this("");
    }

    Fault(String message) {
      this.message = message;
    }
  }

  /** What is lost with the machine. */
  enum Loss {
    /** Nothing, as with a process that was killed. */
    NOTHING,
    /** Bytes that were not forced. */
    BYTES,
    /** Names that came, went or changed since their directory was forced. */
    NAMES,
    /** Both. */
    BYTES_AND_NAMES
  }

  private static final class Node {
    final boolean directory;
    byte[] bytes = {};
    int length;
    byte[] durable = {};

    Node(boolean directory) {
      this.directory = directory;
    }

    byte[] content() {
      return Arrays.copyOf(bytes, length);
    }
  }

  private final Map<Path, Node> names = new TreeMap<>();
  private final Map<Path, Node> durableNames = new TreeMap<>();
  private final Set<Path> locks = new HashSet<>();
  private final FileSystem system = new MemorySystem();
  private Fault fault = Fault.NONE;
  private int failAt;
  private int operations;
  private int failures;
  private int open;
  private int mostAtOnce = Integer.MAX_VALUE;

  /** An empty disk. */
  MemoryDisk() {
    Node root = new Node(true);
    names.put(Path.of("/"), root);
    durableNames.put(Path.of("/"), root);
  }

  /** A sound disk with what is left of this one. */
  synchronized MemoryDisk after(Loss loss) {
    MemoryDisk left = new MemoryDisk();
    boolean bytes = loss == Loss.NOTHING || loss == Loss.NAMES;
    (loss == Loss.NOTHING || loss == Loss.BYTES ? names : durableNames)
        .forEach(
            (path, node) -> {
              Path above = path.getParent();
              if (above == null || left.names.containsKey(above)) {
                Node copy = new Node(node.directory);
                copy.bytes = bytes ? node.content() : node.durable.clone();
                copy.length = copy.bytes.length;
                copy.durable = copy.bytes;
                left.names.put(path, copy);
                left.durableNames.put(path, copy);
              }
            });
    return left;
  }

  /** Tells what is left by names and contents, to see whether two disks differ. */
  synchronized Map<String, Integer> summary() {
    Map<String, Integer> summary = new TreeMap<>();
    names.forEach((path, node) -> summary.put(path.toString(), Arrays.hashCode(node.content())));
    return summary;
  }

  /** Has an operation fail, counted from 1 and from now. */
  synchronized void failAt(int operation, Fault how) {
    operations = 0;
    failures = 0;
    failAt = operation;
    fault = how;
  }

  /** Has reads and writes take some bytes at once only. */
  synchronized void mostAtOnce(int bytes) {
    mostAtOnce = bytes;
  }

  /** How many operations there were since the fault was set. */
  synchronized int operations() {
    return operations;
  }

  /** How many of them failed. */
  synchronized int failures() {
    return failures;
  }

  synchronized int openFiles() {
    return open;
  }

  synchronized int locks() {
    return locks.size();
  }

  Path path(String absolute) {
    return wrapped(Path.of(absolute));
  }

  /** Counts an operation, and answers whether it fails. */
  private boolean fails(boolean needsRoom) {
    operations++;
    boolean fails =
        switch (fault) {
          case NONE -> false;
          case ERROR -> operations == failAt;
          case FULL -> operations >= failAt && needsRoom;
          case DEAD -> operations >= failAt;
        };
    failures += fails ? 1 : 0;
    return fails;
  }

  private void check(boolean needsRoom, Path path) throws IOException {
    if (fails(needsRoom)) {
      throw new FileSystemException(path.toString(), null, fault.message);
    }
  }

  private Node node(Path path) throws NoSuchFileException {
    Node node = names.get(plain(path));
    if (node == null) {
      throw new NoSuchFileException(path.toString());
    }
    return node;
  }

  // Paths: those of the default file system, with another file system behind them.

  private interface Wrapped {
    Path plain();

    MemoryDisk disk();
  }

  private static Path plain(Path path) {
    return path instanceof Wrapped wrapped ? wrapped.plain() : path;
  }

  private Path wrapped(Path plain) {
    return (Path)
        Proxy.newProxyInstance(
            MemoryDisk.class.getClassLoader(),
            new Class<?>[] {Path.class, Wrapped.class},
            (proxy, method, args) -> call(plain, method, args));
  }

  private @Nullable Object call(Path plain, Method method, Object @Nullable [] args)
      throws Throwable {
    return switch (method.getName()) {
      case "plain" -> plain;
      case "disk" -> this;
      case "getFileSystem" -> system;
      case "toRealPath" -> {
        node(plain);
        yield wrapped(plain.toAbsolutePath().normalize());
      }
      case "equals" ->
          args != null
              && args[0] instanceof Wrapped other
              && other.disk() == this
              && other.plain().equals(plain);
      default -> delegate(plain, method, args);
    };
  }

  private @Nullable Object delegate(Path plain, Method method, Object @Nullable [] args)
      throws Throwable {
    Object[] unwrapped = args == null ? new Object[0] : args.clone();
    for (int i = 0; i < unwrapped.length; i++) {
      unwrapped[i] = unwrapped[i] instanceof Path path ? plain(path) : unwrapped[i];
    }
    try {
      Object result = method.invoke(plain, unwrapped);
      return result instanceof Path path ? wrapped(path) : result;
    } catch (InvocationTargetException e) {
      throw e.getCause() == null ? e : e.getCause();
    }
  }

  // The provider.

  @Override
  public synchronized FileChannel newFileChannel(
      Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
      throws IOException {
    Path plain = plain(path);
    Node node = names.get(plain);
    boolean create = node == null && options.contains(StandardOpenOption.CREATE);
    check(create, plain);
    if (create) {
      node(requireNonNull(plain.getParent()));
      node = new Node(false);
      names.put(plain, node);
    } else if (node == null) {
      throw new NoSuchFileException(plain.toString());
    }
    if (options.contains(StandardOpenOption.TRUNCATE_EXISTING)) {
      node.length = 0;
    }
    open++;
    return new MemoryFile(plain, node);
  }

  @Override
  public SeekableByteChannel newByteChannel(
      Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
      throws IOException {
    return newFileChannel(path, options, attributes);
  }

  @Override
  public synchronized DirectoryStream<Path> newDirectoryStream(
      Path directory, DirectoryStream.Filter<? super Path> filter) throws IOException {
    Path plain = plain(directory);
    check(false, plain);
    node(plain);
    List<Path> children =
        names.keySet().stream()
            .filter(path -> plain.equals(path.getParent()))
            .map(this::wrapped)
            .toList();
    return new DirectoryStream<>() {
      @Override
      public Iterator<Path> iterator() {
        return children.stream()
            .filter(
                child -> {
                  try {
                    return filter.accept(child);
                  } catch (IOException e) {
                    throw new AssertionError(e);
                  }
                })
            .iterator();
      }

      @Override
      public void close() {}
    };
  }

  @Override
  public synchronized void createDirectory(Path path, FileAttribute<?>... attributes)
      throws IOException {
    Path plain = plain(path);
    check(true, plain);
    if (names.containsKey(plain)) {
      throw new FileAlreadyExistsException(plain.toString());
    }
    names.put(plain, new Node(true));
  }

  @Override
  public synchronized void delete(Path path) throws IOException {
    check(false, plain(path));
    node(path);
    names.remove(plain(path));
  }

  /** As with the option to do it at once, which also replaces. */
  @Override
  public synchronized void move(Path source, Path target, CopyOption... options)
      throws IOException {
    check(true, plain(source));
    Node node = node(source);
    names.remove(plain(source));
    names.put(plain(target), node);
  }

  @Override
  public synchronized void checkAccess(Path path, AccessMode... modes) throws IOException {
    node(path);
  }

  @Override
  public synchronized <A extends BasicFileAttributes> A readAttributes(
      Path path, Class<A> type, LinkOption... options) throws IOException {
    Node node = node(path);
    return type.cast(new Attributes(node.directory, node.length));
  }

  @Override
  public <V extends FileAttributeView> @Nullable V getFileAttributeView(
      Path path, Class<V> type, LinkOption... options) {
    return Files.getFileAttributeView(Path.of("/"), type, options);
  }

  private record Attributes(boolean directory, long size) implements BasicFileAttributes {
    private static final FileTime NEVER = FileTime.fromMillis(0);

    @Override
    public FileTime lastModifiedTime() {
      return NEVER;
    }

    @Override
    public FileTime lastAccessTime() {
      return NEVER;
    }

    @Override
    public FileTime creationTime() {
      return NEVER;
    }

    @Override
    public boolean isRegularFile() {
      return !directory;
    }

    @Override
    public boolean isDirectory() {
      return directory;
    }

    @Override
    public boolean isSymbolicLink() {
      return false;
    }

    @Override
    public boolean isOther() {
      return false;
    }

    @Override
    public @Nullable Object fileKey() {
      return null;
    }
  }

  @Override
  public boolean isSameFile(Path one, Path other) {
    return one.equals(other);
  }

  @Override
  public boolean isHidden(Path path) {
    return false;
  }

  @Override
  public String getScheme() {
    return "memory";
  }

  @Override
  public FileSystem newFileSystem(URI uri, Map<String, ?> environment) {
    throw new UnsupportedOperationException();
  }

  @Override
  public FileSystem getFileSystem(URI uri) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Path getPath(URI uri) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void copy(Path source, Path target, CopyOption... options) {
    throw new UnsupportedOperationException();
  }

  @Override
  public FileStore getFileStore(Path path) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Map<String, Object> readAttributes(Path path, String names, LinkOption... options) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void setAttribute(Path path, String name, Object value, LinkOption... options) {
    throw new UnsupportedOperationException();
  }

  private final class MemorySystem extends FileSystem {

    @Override
    public FileSystemProvider provider() {
      return MemoryDisk.this;
    }

    @Override
    public void close() {}

    @Override
    public boolean isOpen() {
      return true;
    }

    @Override
    public boolean isReadOnly() {
      return false;
    }

    @Override
    public String getSeparator() {
      return "/";
    }

    @Override
    public Iterable<Path> getRootDirectories() {
      return List.of(path("/"));
    }

    @Override
    public Iterable<FileStore> getFileStores() {
      return List.of();
    }

    @Override
    public Set<String> supportedFileAttributeViews() {
      return Set.of("basic");
    }

    @Override
    public Path getPath(String first, String... more) {
      return wrapped(Path.of(first, more));
    }

    @Override
    public PathMatcher getPathMatcher(String pattern) {
      PathMatcher matcher = FileSystems.getDefault().getPathMatcher(pattern);
      return path -> matcher.matches(plain(path));
    }

    @Override
    public UserPrincipalLookupService getUserPrincipalLookupService() {
      throw new UnsupportedOperationException();
    }

    @Override
    public WatchService newWatchService() {
      throw new UnsupportedOperationException();
    }
  }

  /** A file, or a directory that is to be forced. */
  private final class MemoryFile extends FileChannel {

    private final Path path;
    private final Node node;
    private long position;
    private @Nullable FileLock held;

    MemoryFile(Path path, Node node) {
      this.path = path;
      this.node = node;
    }

    @Override
    public int write(ByteBuffer from) throws IOException {
      synchronized (MemoryDisk.this) {
        int length = Math.min(from.remaining(), mostAtOnce);
        boolean fails = fails(true);
        if (fails) {
          length = fault == Fault.FULL ? length / 2 : 0;
        }
        int end = (int) position + length;
        if (end > node.bytes.length) {
          node.bytes = Arrays.copyOf(node.bytes, end * 2);
        }
        if (position > node.length) {
          Arrays.fill(node.bytes, node.length, (int) position, (byte) 0);
        }
        from.get(node.bytes, (int) position, length);
        node.length = Math.max(node.length, end);
        position = end;
        if (fails) {
          throw new IOException(fault.message);
        }
        return length;
      }
    }

    @Override
    public int read(ByteBuffer to) throws IOException {
      synchronized (MemoryDisk.this) {
        int read = read(to, position);
        position += Math.max(0, read);
        return read;
      }
    }

    @Override
    public int read(ByteBuffer to, long at) throws IOException {
      synchronized (MemoryDisk.this) {
        failing(false);
        int length = Math.min(Math.min(to.remaining(), mostAtOnce), node.length - (int) at);
        if (length <= 0) {
          return to.hasRemaining() ? -1 : 0;
        }
        to.put(node.bytes, (int) at, length);
        return length;
      }
    }

    private void failing(boolean needsRoom) throws IOException {
      if (fails(needsRoom)) {
        throw new IOException(fault.message);
      }
    }

    @Override
    public void force(boolean metaData) throws IOException {
      synchronized (MemoryDisk.this) {
        failing(true);
        if (!node.directory) {
          node.durable = node.content();
          return;
        }
        durableNames.keySet().removeIf(name -> path.equals(name.getParent()));
        names.forEach(
            (name, child) -> {
              if (path.equals(name.getParent())) {
                durableNames.put(name, child);
              }
            });
      }
    }

    @Override
    public FileChannel truncate(long size) throws IOException {
      synchronized (MemoryDisk.this) {
        failing(false);
        node.length = (int) Math.min(node.length, size);
        position = Math.min(position, size);
        return this;
      }
    }

    @Override
    public long position() {
      return position;
    }

    @Override
    public FileChannel position(long at) {
      position = at;
      return this;
    }

    @Override
    public long size() {
      synchronized (MemoryDisk.this) {
        return node.length;
      }
    }

    @Override
    public @Nullable FileLock tryLock(long at, long length, boolean shared) throws IOException {
      synchronized (MemoryDisk.this) {
        failing(false);
        if (!locks.add(path)) {
          return null;
        }
        FileLock lock =
            new FileLock(this, at, length, shared) {
              @Override
              public boolean isValid() {
                return held == this;
              }

              @Override
              public void release() {
                synchronized (MemoryDisk.this) {
                  locks.remove(path);
                  held = null;
                }
              }
            };
        held = lock;
        return lock;
      }
    }

    @Override
    protected void implCloseChannel() throws IOException {
      synchronized (MemoryDisk.this) {
        open--;
      }
      FileLock lock = held;
      if (lock != null) {
        lock.release();
      }
    }

    @Override
    public int write(ByteBuffer from, long at) {
      throw new UnsupportedOperationException();
    }

    @Override
    public long read(ByteBuffer[] to, int offset, int length) {
      throw new UnsupportedOperationException();
    }

    @Override
    public long write(ByteBuffer[] from, int offset, int length) {
      throw new UnsupportedOperationException();
    }

    @Override
    public long transferTo(long at, long count, WritableByteChannel target) {
      throw new UnsupportedOperationException();
    }

    @Override
    public long transferFrom(ReadableByteChannel source, long at, long count) {
      throw new UnsupportedOperationException();
    }

    @Override
    public MappedByteBuffer map(MapMode mode, long at, long size) {
      throw new UnsupportedOperationException();
    }

    @Override
    public FileLock lock(long at, long size, boolean shared) {
      throw new UnsupportedOperationException();
    }
  }
}
