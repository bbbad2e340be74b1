package io.blinkreactor.callback;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;

/** A client's connection on which a test writes what it likes and sees every byte that comes. */
final class RawConnection implements AutoCloseable {

  private static final Duration PATIENCE = Duration.ofSeconds(10);

  /** One answer as it came; the body is as long as its content-length says. */
  record Answer(int status, String head, String body) {
    boolean closes() {
      return head.toLowerCase(Locale.ROOT).contains("\r\nconnection: close\r\n");
    }
  }

  private final Socket socket = new Socket();
  private final ByteArrayOutputStream unread = new ByteArrayOutputStream();

  RawConnection(int port) throws IOException {
    socket.connect(
        new InetSocketAddress(InetAddress.getLoopbackAddress(), port), (int) PATIENCE.toMillis());
    socket.setTcpNoDelay(true);
  }

  RawConnection send(String latin1) throws IOException {
    return send(latin1.getBytes(StandardCharsets.ISO_8859_1));
  }

  RawConnection send(byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
    return this;
  }

  /** Whether the peer still took the bytes, as far as this side can know. */
  boolean trySend(byte[] bytes) {
    try {
      send(bytes);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /** The next answer; fails if the connection ends before it is whole. */
  Answer read() throws IOException {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      String text = unread.toString(StandardCharsets.ISO_8859_1);
      int blank = text.indexOf("\r\n\r\n");
      if (blank >= 0) {
        String head = text.substring(0, blank + 4);
        int bodyEnd = blank + 4 + contentLength(head);
        if (text.length() >= bodyEnd) {
          unread.reset();
          unread.writeBytes(text.substring(bodyEnd).getBytes(StandardCharsets.ISO_8859_1));
          int status = Integer.parseInt(head.substring(9, 12));
          return new Answer(status, head, text.substring(blank + 4, bodyEnd));
        }
      }
      if (System.nanoTime() - end > 0) {
        throw new AssertionError("No whole answer came, only: " + text);
      }
      if (fill(PATIENCE) == End.CLOSED) {
        throw new AssertionError("The connection ended after: " + text);
      }
    }
  }

  /** Everything until the peer closes. */
  String readToEnd() throws IOException {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (fill(PATIENCE) != End.CLOSED) {
      if (System.nanoTime() - end > 0) {
        throw new AssertionError("Not closed after " + PATIENCE + ", only: " + unread);
      }
    }
    String all = unread.toString(StandardCharsets.ISO_8859_1);
    unread.reset();
    return all;
  }

  /** What comes until nothing has come for a while after it began, or the peer closes. */
  String readUntilSilent(Duration time) throws IOException {
    End end = fill(PATIENCE);
    while (end == End.OPEN) {
      end = fill(time);
    }
    String all = unread.toString(StandardCharsets.ISO_8859_1);
    unread.reset();
    return all;
  }

  /** Whether nothing comes for a while, not even the end; a pause that is no sleep. */
  boolean silentFor(Duration time) throws IOException {
    return unread.size() == 0 && fill(time) == End.SILENT;
  }

  private enum End {
    CLOSED,
    SILENT,
    OPEN
  }

  private End fill(Duration time) throws IOException {
    socket.setSoTimeout((int) time.toMillis());
    byte[] piece = new byte[8192];
    try {
      int read = socket.getInputStream().read(piece);
      if (read < 0) {
        return End.CLOSED;
      }
      unread.write(piece, 0, read);
      return End.OPEN;
    } catch (SocketTimeoutException e) {
      return End.SILENT;
    } catch (SocketException reset) {
      return End.CLOSED;
    }
  }

  private static int contentLength(String head) {
    String marker = "\r\ncontent-length: ";
    int at = head.toLowerCase(Locale.ROOT).indexOf(marker);
    if (at < 0) {
      return 0;
    }
    int from = at + marker.length();
    return Integer.parseInt(head.substring(from, head.indexOf("\r\n", from)));
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
