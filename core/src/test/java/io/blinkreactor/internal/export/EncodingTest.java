package io.blinkreactor.internal.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.blinkreactor.export.Compression;
import io.blinkreactor.export.ExportFormat;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EncodingTest {

  @Test
  void partsAreNamedByFormatAndCompression() {
    assertThat(Parts.encoding(ExportFormat.NDJSON, Compression.NONE).suffix()).isEqualTo(".ndjson");
    assertThat(Parts.encoding(ExportFormat.CSV, Compression.GZIP).suffix()).isEqualTo(".csv.gz");
    assertThat(Parts.encoding(ExportFormat.NDJSON, Compression.ZSTD).suffix())
        .isEqualTo(".ndjson.zst");
    assertThat(Parts.encoding(ExportFormat.PARQUET, Compression.ZSTD).suffix())
        .isEqualTo(".parquet");
  }

  @ParameterizedTest
  @CsvSource({
    "CSV, NONE, org.apache.commons:commons-csv, org.apache.commons.csv.",
    "PARQUET, NONE, org.apache.parquet:parquet-column, org.apache.parquet.schema.",
    "PARQUET, GZIP, org.apache.parquet:parquet-format-structures, org.apache.parquet.format.",
    "PARQUET, ZSTD, com.github.luben:zstd-jni, com.github.luben.",
    "NDJSON, ZSTD, com.github.luben:zstd-jni, com.github.luben.",
  })
  void aMissingLibraryIsNamedAtOnce(
      ExportFormat format, Compression compression, String artifact, String packages)
      throws Exception {
    try (URLClassLoader without = without(packages)) {
      // What needs no library works without one.
      make(without, ExportFormat.NDJSON, Compression.GZIP);
      assertThatThrownBy(() -> make(without, format, compression))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("needs " + artifact + " on the class path");
    }
  }

  private static void make(ClassLoader loader, ExportFormat format, Compression compression)
      throws Exception {
    Class<?> encoding = loader.loadClass(Encoding.class.getName());
    Constructor<?> constructor = encoding.getDeclaredConstructors()[0];
    constructor.setAccessible(true);
    Class<?> form = loader.loadClass(RowKeys.Form.class.getName());
    try {
      constructor.newInstance(
          constant(loader, ExportFormat.class, format.name()),
          constant(loader, Compression.class, compression.name()),
          List.of(),
          loader
              .loadClass(RowKeys.class.getName())
              .getConstructor(String.class, String.class, form)
              .newInstance("id", "at", form.getEnumConstants()[0]));
    } catch (InvocationTargetException e) {
      throw e.getCause() instanceof Exception cause ? cause : e;
    }
  }

  private static Object constant(ClassLoader loader, Class<?> type, String name) throws Exception {
    return loader.loadClass(type.getName()).getMethod("valueOf", String.class).invoke(null, name);
  }

  /** Loads the library's classes anew, and none of some packages. */
  private static URLClassLoader without(String packages) {
    URL[] places =
        Arrays.stream(System.getProperty("java.class.path").split(java.io.File.pathSeparator))
            .map(
                place -> {
                  try {
                    return java.nio.file.Path.of(place).toUri().toURL();
                  } catch (java.net.MalformedURLException e) {
                    throw new IllegalArgumentException(e);
                  }
                })
            .toArray(URL[]::new);
    return new URLClassLoader(places, ClassLoader.getPlatformClassLoader()) {
      @Override
      protected Class<?> findClass(String name) throws ClassNotFoundException {
        if (name.startsWith(packages)) {
          throw new ClassNotFoundException(name);
        }
        return super.findClass(name);
      }
    };
  }
}
