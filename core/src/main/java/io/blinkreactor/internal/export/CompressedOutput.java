package io.blinkreactor.internal.export;

import com.github.luben.zstd.ZstdInputStream;
import com.github.luben.zstd.ZstdOutputStreamNoFinalizer;
import io.blinkreactor.export.Compression;
import java.io.BufferedOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * Bytes on their way through a compression into a file, which can be cut at each boundary and gone
 * on with: a gzip file may have many members, a zstd file many frames. Begins a member with its
 * first byte, so that none is empty.
 */
final class CompressedOutput extends OutputStream {

  private static final int BUFFER = 1 << 16;

  /** Opens a member on a file that is to stay open. */
  private interface Member {
    OutputStream open(OutputStream file) throws IOException;
  }

  private final Unclosed file;
  private final Member member;

  /** Whether a boundary is no more than a flush. */
  private final boolean seamless;

  private @Nullable OutputStream open;
  private boolean begun;

  private CompressedOutput(OutputStream file, Member member, boolean seamless) {
    this.file = new Unclosed(file);
    this.member = member;
    this.seamless = seamless;
  }

  static CompressedOutput of(OutputStream file, Compression compression) {
    return new CompressedOutput(
        file,
        switch (compression) {
          case NONE -> out -> new BufferedOutputStream(out, BUFFER);
          case GZIP -> out -> new BufferedOutputStream(new GZIPOutputStream(out, BUFFER), BUFFER);
          case ZSTD -> out -> new BufferedOutputStream(Zstd.compressing(out), BUFFER);
        },
        compression == Compression.NONE);
  }

  /** What was compressed, of all members. */
  static InputStream plain(InputStream file, Compression compression) throws IOException {
    return switch (compression) {
      case NONE -> file;
      case GZIP -> new GZIPInputStream(file, BUFFER);
      case ZSTD -> Zstd.plain(file);
    };
  }

  @Override
  public void write(int b) throws IOException {
    member().write(b);
  }

  @Override
  public void write(byte[] bytes, int from, int length) throws IOException {
    member().write(bytes, from, length);
  }

  private OutputStream member() throws IOException {
    OutputStream now = open;
    if (now == null) {
      now = member.open(file);
      open = now;
      begun = true;
    }
    return now;
  }

  /** Hands on all that was written, as far as that is possible within a member. */
  @Override
  public void flush() throws IOException {
    if (open != null) {
      open.flush();
    }
  }

  /** Ends the member, if one was begun. */
  void boundary() throws IOException {
    OutputStream now = open;
    if (now != null && seamless) {
      now.flush();
    } else if (now != null) {
      open = null;
      now.close();
    }
  }

  /** Frees what a member holds; what it would still write is dropped. */
  void abandon() throws IOException {
    OutputStream now = open;
    if (now != null) {
      open = null;
      file.drop();
      now.close();
    }
  }

  /** Ends the file. If nothing was written it gets an empty member, which every reader takes. */
  void finish() throws IOException {
    if (!begun) {
      member();
    }
    boundary();
  }

  /** What needs the library. */
  private static final class Zstd {

    /** The kind with a finalizer writes to the file when an unfinished one is collected. */
    static OutputStream compressing(OutputStream out) throws IOException {
      return new ZstdOutputStreamNoFinalizer(out).setChecksum(true);
    }

    static InputStream plain(InputStream file) throws IOException {
      return new ZstdInputStream(file);
    }
  }

  /** The file outlives its members. */
  private static final class Unclosed extends FilterOutputStream {

    Unclosed(OutputStream file) {
      super(file);
    }

    void drop() {
      out = OutputStream.nullOutputStream();
    }

    @Override
    public void write(byte[] bytes, int from, int length) throws IOException {
      out.write(bytes, from, length);
    }

    @Override
    public void close() throws IOException {
      flush();
    }
  }
}
