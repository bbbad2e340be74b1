package io.blinkreactor.completion;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.h2.store.fs.FileBase;
import org.h2.store.fs.FilePath;
import org.h2.store.fs.FilePathWrapper;
import org.jspecify.annotations.Nullable;

/** A file system of MVStore that fails when told to, and counts. Public since MVStore makes it. */
public final class FaultyFiles extends FilePathWrapper {

  static final String SCHEME = "faulty:";

  /** Bytes that still fit on the disk. */
  static final AtomicLong space = new AtomicLong();

  /** Syncs that still work. */
  static final AtomicInteger syncs = new AtomicInteger();

  /** What a sync waits for, after it has been counted in {@link #tries}. */
  static volatile CountDownLatch gate = new CountDownLatch(0);

  /** What was tried, failed or not. */
  static final AtomicInteger tries = new AtomicInteger();

  /** What was done to the file, in order; null to forget. */
  static volatile @Nullable List<Write> writes;

  enum Kind {
    WRITE,
    CUT,
    SYNC
  }

  /**
   * A change of a file.
   *
   * @param at where, or the length to which it was cut
   * @param bytes as Latin-1; empty if it was not a write
   */
  record Write(Kind kind, long at, String bytes) {}

  static void heal() {
    writes = null;
    FilePath.register(new FaultyFiles());
    space.set(Long.MAX_VALUE);
    syncs.set(Integer.MAX_VALUE);
    gate = new CountDownLatch(0);
    tries.set(0);
  }

  @Override
  public String getScheme() {
    return "faulty";
  }

  @Override
  public FileChannel open(String mode) throws IOException {
    return new FaultyFile(super.open(mode));
  }

  private static final class FaultyFile extends FileBase {
    private final FileChannel file;

    FaultyFile(FileChannel file) {
      this.file = file;
    }

    /** A disk that gets full takes the beginning of what is written. */
    @Override
    public synchronized int write(ByteBuffer from, long at) throws IOException {
      tries.incrementAndGet();
      int length = from.remaining();
      long left = space.addAndGet(-length);
      note(Kind.WRITE, at, StandardCharsets.ISO_8859_1.decode(from.duplicate()).toString());
      if (left >= 0) {
        return file.write(from, at);
      }
      space.set(0);
      ByteBuffer part = from.duplicate();
      part.limit(part.position() + (int) Math.max(0, length + left));
      file.write(part, at);
      throw new IOException("No space left on device");
    }

    private static void note(Kind kind, long at, String bytes) {
      List<Write> log = writes;
      if (log != null) {
        log.add(new Write(kind, at, bytes));
      }
    }

    @Override
    public void force(boolean metaData) throws IOException {
      tries.incrementAndGet();
      if (syncs.getAndDecrement() <= 0) {
        throw new IOException("Input/output error");
      }
      try {
        assertThat(gate.await(30, TimeUnit.SECONDS)).isTrue();
      } catch (InterruptedException e) {
        throw new InterruptedIOException();
      }
      file.force(metaData);
      note(Kind.SYNC, 0, "");
    }

    @Override
    public int write(ByteBuffer from) throws IOException {
      return file.write(from);
    }

    @Override
    public int read(ByteBuffer to) throws IOException {
      return file.read(to);
    }

    @Override
    public synchronized int read(ByteBuffer to, long at) throws IOException {
      return file.read(to, at);
    }

    @Override
    public long position() throws IOException {
      return file.position();
    }

    @Override
    public FileChannel position(long at) throws IOException {
      file.position(at);
      return this;
    }

    @Override
    public long size() throws IOException {
      return file.size();
    }

    @Override
    public FileChannel truncate(long size) throws IOException {
      tries.incrementAndGet();
      note(Kind.CUT, size, "");
      file.truncate(size);
      return this;
    }

    @Override
    public FileLock tryLock(long at, long length, boolean shared) throws IOException {
      return file.tryLock(at, length, shared);
    }

    @Override
    protected void implCloseChannel() throws IOException {
      file.close();
    }
  }
}
