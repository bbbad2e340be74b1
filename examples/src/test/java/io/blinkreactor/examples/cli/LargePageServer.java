package io.blinkreactor.examples.cli;

import java.io.BufferedOutputStream;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Answers one page of large rows and then empty ones, written no faster than its client reads; on
 * plain sockets, so that nothing but the socket's own buffers stands between.
 */
final class LargePageServer implements AutoCloseable {

  private static final int SOCKET_BUFFER = 64 * 1024;
  private static final long NEWEST = 1_772_323_200_000L;

  private final int rows;
  private final int rowBytes;
  private final ServerSocket listener;
  private final AtomicLong written = new AtomicLong();
  private final AtomicInteger pages = new AtomicInteger();

  LargePageServer(int rows, int rowBytes) throws IOException {
    this.rows = rows;
    this.rowBytes = rowBytes;
    this.listener = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
    Thread acceptor = new Thread(this::accept, "large-page-server");
    acceptor.setDaemon(true);
    acceptor.start();
  }

  String url() {
    return "http://127.0.0.1:" + listener.getLocalPort();
  }

  /** Bytes of rows that the socket took so far. */
  long written() {
    return written.get();
  }

  int pages() {
    return pages.get();
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket socket = listener.accept();
        Thread server = new Thread(() -> serve(socket), "large-page-connection");
        server.setDaemon(true);
        server.start();
      } catch (IOException closed) {
        return;
      }
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      socket.setSendBufferSize(SOCKET_BUFFER);
      BufferedReader in =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
      OutputStream out = new BufferedOutputStream(socket.getOutputStream(), 8192);
      String line;
      while ((line = in.readLine()) != null) {
        if (line.isEmpty()) {
          answer(out, pages.getAndIncrement() == 0 ? rows : 0);
        }
      }
    } catch (IOException clientHasGone) {
      // What was written until then is what the test looks at.
    }
  }

  private void answer(OutputStream out, int count) throws IOException {
    out.write(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
            .getBytes(StandardCharsets.US_ASCII));
    chunk(out, "{\"limit\":1000,\"offset\":0,\"results\":[");
    for (int i = 0; i < count; i++) {
      String start =
          (i == 0 ? "" : ",")
              + "{\"id\":\""
              + i
              + "\",\"created_at\":"
              + (NEWEST - i)
              + ",\"name\":\"";
      chunk(out, start + "x".repeat(rowBytes - start.length() - 2) + "\"}");
      written.addAndGet(rowBytes);
    }
    chunk(out, "],\"total\":" + count + "}");
    chunk(out, "");
    out.flush();
  }

  private static void chunk(OutputStream out, String text) throws IOException {
    out.write(
        (Integer.toHexString(text.length()) + "\r\n" + text + "\r\n")
            .getBytes(StandardCharsets.US_ASCII));
  }

  @Override
  public void close() throws IOException {
    listener.close();
  }
}
