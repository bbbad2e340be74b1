package io.blinkreactor.internal.export;

import io.blinkreactor.export.Compression;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.zip.CRC32;
import org.apache.parquet.bytes.BytesInput;
import org.apache.parquet.column.Encoding;
import org.apache.parquet.column.page.DictionaryPage;
import org.apache.parquet.column.page.PageWriter;
import org.apache.parquet.column.statistics.SizeStatistics;
import org.apache.parquet.column.statistics.Statistics;
import org.apache.parquet.column.statistics.geospatial.GeospatialStatistics;
import org.apache.parquet.format.ColumnChunk;
import org.apache.parquet.format.ColumnMetaData;
import org.apache.parquet.format.DataPageHeader;
import org.apache.parquet.format.DictionaryPageHeader;
import org.apache.parquet.format.PageHeader;
import org.apache.parquet.format.PageType;
import org.apache.parquet.format.Util;
import org.apache.parquet.schema.PrimitiveType;
import org.jspecify.annotations.Nullable;

/** The compressed pages of one column in one group of rows. */
final class ParquetPages implements PageWriter {

  private final String name;
  private final Column.Kind kind;
  private final Compression compression;
  private final Statistics<?> statistics;
  private final ByteArrayOutputStream pages = new ByteArrayOutputStream();
  private final ByteArrayOutputStream dictionary = new ByteArrayOutputStream();
  private final Set<org.apache.parquet.format.Encoding> encodings =
      EnumSet.noneOf(org.apache.parquet.format.Encoding.class);
  private long values;

  /** The bytes of all pages with their headers, had they not been compressed. */
  private long plainBytes;

  ParquetPages(Column column, PrimitiveType type, Compression compression) {
    this.name = column.name();
    this.kind = column.kind();
    this.compression = compression;
    this.statistics = Statistics.createStats(type);
  }

  @Override
  public void writePage(
      BytesInput bytes,
      int valueCount,
      int rowCount,
      @Nullable Statistics<?> ofPage,
      @Nullable SizeStatistics sizes,
      @Nullable GeospatialStatistics shapes,
      Encoding repetition,
      Encoding definition,
      Encoding encoding)
      throws IOException {
    PageHeader header = new PageHeader(PageType.DATA_PAGE, 0, 0);
    header.setData_page_header(
        new DataPageHeader(valueCount, told(encoding), told(definition), told(repetition)));
    write(pages, header, bytes);
    values += valueCount;
    if (ofPage != null) {
      statistics.mergeStatistics(ofPage);
    }
  }

  @Override
  public void writeDictionaryPage(DictionaryPage page) throws IOException {
    PageHeader header = new PageHeader(PageType.DICTIONARY_PAGE, 0, 0);
    header.setDictionary_page_header(
        new DictionaryPageHeader(page.getDictionarySize(), told(page.getEncoding())));
    write(dictionary, header, page.getBytes());
  }

  private org.apache.parquet.format.Encoding told(Encoding encoding) {
    org.apache.parquet.format.Encoding told =
        org.apache.parquet.format.Encoding.valueOf(encoding.name());
    encodings.add(told);
    return told;
  }

  private void write(ByteArrayOutputStream to, PageHeader header, BytesInput bytes)
      throws IOException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    CompressedOutput compressed = CompressedOutput.of(body, compression);
    bytes.writeAllTo(compressed);
    compressed.finish();
    CRC32 sum = new CRC32();
    sum.update(body.toByteArray());
    header
        .setUncompressed_page_size(Math.toIntExact(bytes.size()))
        .setCompressed_page_size(body.size())
        .setCrc((int) sum.getValue());
    int before = to.size();
    Util.writePageHeader(header, to);
    plainBytes += to.size() - before + bytes.size();
    body.writeTo(to);
  }

  /**
   * Writes the pages, the dictionary first.
   *
   * @param position where in the file this is
   */
  ColumnChunk writeTo(OutputStream out, long position) throws IOException {
    dictionary.writeTo(out);
    pages.writeTo(out);
    ColumnMetaData data =
        new ColumnMetaData(
            ParquetSchema.type(kind),
            new ArrayList<>(encodings),
            List.of(name),
            ParquetSchema.codec(compression),
            values,
            plainBytes,
            size(),
            position + dictionary.size());
    if (dictionary.size() > 0) {
      data.setDictionary_page_offset(position);
    }
    data.setStatistics(told(statistics));
    return new ColumnChunk(0).setMeta_data(data);
  }

  /** Of texts without their bounds, which could be as long as the texts. */
  private org.apache.parquet.format.Statistics told(Statistics<?> of) {
    org.apache.parquet.format.Statistics told =
        new org.apache.parquet.format.Statistics().setNull_count(of.getNumNulls());
    if (of.hasNonNullValue() && ParquetSchema.type(kind) == org.apache.parquet.format.Type.INT64) {
      told.setMin_value(of.getMinBytes()).setMax_value(of.getMaxBytes());
    }
    return told;
  }

  long plainBytes() {
    return plainBytes;
  }

  long size() {
    return (long) dictionary.size() + pages.size();
  }

  @Override
  public long getMemSize() {
    return size();
  }

  @Override
  public long allocatedSize() {
    return size();
  }

  @Override
  public String memUsageString(String prefix) {
    return prefix + " " + name + " " + size() + " bytes";
  }

  @Override
  @Deprecated
  public void writePage(
      BytesInput bytes,
      int valueCount,
      @Nullable Statistics<?> ofPage,
      Encoding repetition,
      Encoding definition,
      Encoding encoding) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void writePage(
      BytesInput bytes,
      int valueCount,
      int rowCount,
      @Nullable Statistics<?> ofPage,
      Encoding repetition,
      Encoding definition,
      Encoding encoding)
      throws IOException {
    writePage(bytes, valueCount, rowCount, ofPage, null, null, repetition, definition, encoding);
  }

  @Override
  public void writePageV2(
      int rowCount,
      int nullCount,
      int valueCount,
      BytesInput repetitions,
      BytesInput definitions,
      Encoding encoding,
      BytesInput data,
      @Nullable Statistics<?> ofPage) {
    throw new UnsupportedOperationException();
  }
}
