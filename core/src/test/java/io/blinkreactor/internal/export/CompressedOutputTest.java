package io.blinkreactor.internal.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.blinkreactor.export.Compression;
import io.blinkreactor.export.ExportFormat;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CompressedOutputTest {

  private static final long SEED = Long.getLong("blinkreactor.seed", System.nanoTime());

  private final Path directory;

  CompressedOutputTest(@TempDir Path directory) {
    this.directory = directory;
  }

  /** At each boundary the file is cut, as by a kill, and gone on with by another writer. */
  @ParameterizedTest
  @EnumSource(Compression.class)
  void aFileCutAtABoundaryIsWholeAndCanBeGoneOnWith(Compression compression) throws Exception {
    SplittableRandom random = new SplittableRandom(SEED);
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    ByteArrayOutputStream plain = new ByteArrayOutputStream();
    CompressedOutput out = CompressedOutput.of(file, compression);
    for (int member = 0; member < 20; member++) {
      byte[] bytes = new byte[random.nextInt(3) == 0 ? 1 : random.nextInt(200_000)];
      random.nextBytes(bytes);
      Arrays.fill(bytes, bytes.length / 2, bytes.length, (byte) 'x');
      out.write(bytes, 0, bytes.length - 1);
      if (random.nextBoolean()) {
        out.flush();
      }
      out.write(bytes[bytes.length - 1]);
      plain.writeBytes(bytes);
      out.boundary();
      out.boundary();
      byte[] whole = file.toByteArray();
      assertThat(plain(whole, compression))
          .as("seed %d member %d", SEED, member)
          .isEqualTo(plain.toByteArray());
      if (random.nextBoolean()) {
        byte[] lost = new byte[random.nextInt(200_000)];
        out.write(lost);
        out.flush();
        file.reset();
        file.writeBytes(whole);
        out = CompressedOutput.of(file, compression);
      }
    }
    out.finish();
    checkByTool(file.toByteArray(), compression, plain.toByteArray());
  }

  @ParameterizedTest
  @EnumSource(Compression.class)
  void anEmptyFileIsOneOfItsCompression(Compression compression) throws Exception {
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    CompressedOutput out = CompressedOutput.of(file, compression);
    out.flush();
    out.boundary();
    assertThat(file.size()).isZero();
    out.finish();
    assertThat(file.size() == 0).isEqualTo(compression == Compression.NONE);
    assertThat(plain(file.toByteArray(), compression)).isEmpty();
    checkByTool(file.toByteArray(), compression, new byte[0]);
  }

  @ParameterizedTest
  @EnumSource(Compression.class)
  void partsOfEveryFormatCanBeGoneOnWith(Compression compression) throws Exception {
    RandomRows random = new RandomRows(SEED, true);
    List<byte[]> rows = Stream.generate(random::next).limit(300).toList();
    for (ExportFormat format : List.of(ExportFormat.NDJSON, ExportFormat.CSV)) {
      Encoding encoding = Parts.encoding(format, compression);
      ByteArrayOutputStream file = new ByteArrayOutputStream();
      for (int from = 0; from < rows.size(); from += 50) {
        RowWriter writer = encoding.writer(file, from > 0);
        for (int i = from; i < from + 50; i++) {
          writer.write(Parts.row(rows.get(i)));
        }
        assertThat(writer.flush()).isTrue();
        byte[] whole = file.toByteArray();
        writer.write(Parts.row(rows.get(0)));
        file.reset();
        file.writeBytes(whole);
        assertThat(Parts.read(encoding, Parts.file(directory, encoding, whole)))
            .as("seed %d", SEED)
            .hasSize(from + 50);
      }
      encoding.writer(file, true).finish();
      Encoding plain = Parts.encoding(format, Compression.NONE);
      assertThat(plain(file.toByteArray(), compression))
          .as("seed %d", SEED)
          .isEqualTo(Parts.write(plain, rows, 1000));
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Compression.class,
      mode = EnumSource.Mode.EXCLUDE,
      names = {"NONE"})
  void aCutFileIsToldWithTheRow(Compression compression) throws Exception {
    RandomRows random = new RandomRows(SEED, true);
    List<byte[]> rows = Stream.generate(random::next).limit(300).toList();
    for (ExportFormat format : List.of(ExportFormat.NDJSON, ExportFormat.CSV)) {
      Encoding encoding = Parts.encoding(format, compression);
      byte[] whole = Parts.write(encoding, rows, 1000);
      Path part = Parts.file(directory, encoding, Arrays.copyOf(whole, whole.length - 20));
      assertThatThrownBy(() -> Parts.read(encoding, part))
          .isInstanceOf(IOException.class)
          .hasMessageMatching("(?s)Row \\d+: .*");
    }
  }

  @Test
  void damageInAFrameIsNoticed() throws Exception {
    Encoding encoding = Parts.encoding(ExportFormat.NDJSON, Compression.ZSTD);
    byte[] whole = Parts.write(encoding, List.of(new byte[0]), 1);
    // The frame's last four bytes are its check sum.
    whole[whole.length - 1] ^= 1;
    Path part = Parts.file(directory, encoding, whole);
    assertThatThrownBy(() -> Parts.read(encoding, part))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("checksum");
  }

  private static byte[] plain(byte[] file, Compression compression) throws IOException {
    if (file.length == 0) {
      return file;
    }
    try (InputStream in = CompressedOutput.plain(new ByteArrayInputStream(file), compression)) {
      return in.readAllBytes();
    }
  }

  /** By the program that users have, where there is one. */
  private void checkByTool(byte[] file, Compression compression, byte[] plain) throws Exception {
    if (compression == Compression.NONE) {
      return;
    }
    String tool = compression == Compression.GZIP ? "gzip" : "zstd";
    assumeTrue(
        Stream.of(System.getenv().getOrDefault("PATH", "").split(java.io.File.pathSeparator))
            .anyMatch(p -> Files.isExecutable(Path.of(p, tool))),
        tool + " is not there");
    Path in = Files.write(directory.resolve("in" + compression.suffix()), file);
    Path out = directory.resolve("out");
    List<String> command = new ArrayList<>(List.of(tool, "-d", "-c", in.toString()));
    Process process =
        new ProcessBuilder(command)
            .redirectOutput(out.toFile())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    assertThat(process.waitFor()).isZero();
    assertThat(Files.readAllBytes(out)).isEqualTo(plain);
  }
}
