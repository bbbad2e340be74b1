package io.blinkreactor.internal.export;

import io.blinkreactor.export.Compression;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.column.ColumnWriteStore;
import org.apache.parquet.column.ColumnWriter;
import org.apache.parquet.column.ParquetProperties;
import org.apache.parquet.column.page.PageWriter;
import org.apache.parquet.format.ColumnChunk;
import org.apache.parquet.format.ColumnOrder;
import org.apache.parquet.format.FileMetaData;
import org.apache.parquet.format.RowGroup;
import org.apache.parquet.format.TypeDefinedOrder;
import org.apache.parquet.format.Util;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.schema.MessageType;
import org.jspecify.annotations.Nullable;

/**
 * A Parquet file of flat columns: groups of rows, in each of them the pages of one column after the
 * other, and the table of all that at the end. The library encodes the pages and the table.
 */
final class ParquetWriter implements RowWriter {

  /** What a group may take in memory before it is written. */
  private static final int GROUP_BYTES = 8 << 20;

  private static final int PAGE_BYTES = 256 << 10;
  private static final int DICTIONARY_BYTES = 64 << 10;

  /** How much may come between two looks at a group's size. */
  private static final int LOOK_BYTES = 256 << 10;

  private static final ParquetProperties PROPERTIES =
      ParquetProperties.builder()
          .withWriterVersion(ParquetProperties.WriterVersion.PARQUET_1_0)
          .withPageSize(PAGE_BYTES)
          .withDictionaryPageSize(DICTIONARY_BYTES)
          .withSizeStatisticsEnabled(false)
          .build();

  private final OutputStream out;
  private final Compression compression;
  private final List<Column> columns;
  private final MessageType schema;
  private final List<ColumnDescriptor> descriptors;
  private final Cells cells;
  private final List<RowGroup> groups = new ArrayList<>();
  private Group group;
  private long position;
  private long rows;
  private int unlooked;

  ParquetWriter(OutputStream out, Compression compression, List<Column> columns)
      throws IOException {
    this.out = out;
    this.compression = compression;
    this.columns = columns;
    this.schema = ParquetSchema.message(columns);
    this.descriptors = schema.getColumns();
    this.cells = new Cells(columns);
    this.group = new Group();
  }

  @Override
  public void write(Row row) throws IOException {
    cells.read(row.json());
    group.write();
    rows++;
    unlooked += row.json().length;
    if (unlooked >= LOOK_BYTES) {
      unlooked = 0;
      if (group.store.getBufferedSize() >= GROUP_BYTES) {
        end();
      }
    }
  }

  private void end() throws IOException {
    if (group.rows > 0) {
      begin();
      groups.add(group.end());
      group = new Group();
    }
  }

  private void begin() throws IOException {
    if (position == 0) {
      out.write(ParquetSchema.MAGIC);
      position = ParquetSchema.MAGIC.length;
    }
  }

  /** The table at the end names every page, so a file can't be cut and gone on with. */
  @Override
  public boolean flush() {
    return false;
  }

  @Override
  public void finish() throws IOException {
    end();
    begin();
    ByteArrayOutputStream table = new ByteArrayOutputStream();
    FileMetaData data = new FileMetaData(1, ParquetSchema.elements(columns), rows, groups);
    data.setCreated_by("blinkreactor");
    data.setColumn_orders(
        Collections.nCopies(descriptors.size(), ColumnOrder.TYPE_ORDER(new TypeDefinedOrder())));
    Util.writeFileMetaData(data, table);
    table.writeTo(out);
    out.write(
        ByteBuffer.allocate(Integer.BYTES)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putInt(table.size())
            .array());
    out.write(ParquetSchema.MAGIC);
    out.flush();
  }

  /** It holds nothing that the collector does not free. */
  @Override
  public void abandon() {}

  /** Rows that are not written yet. */
  private final class Group {

    private final Map<ColumnDescriptor, ParquetPages> pages = new LinkedHashMap<>();
    private final ColumnWriteStore store;
    private final ColumnWriter[] writers = new ColumnWriter[descriptors.size()];
    private int rows;

    Group() {
      List<Column> all = ParquetSchema.all(columns);
      for (int i = 0; i < all.size(); i++) {
        ColumnDescriptor descriptor = descriptors.get(i);
        pages.put(
            descriptor, new ParquetPages(all.get(i), descriptor.getPrimitiveType(), compression));
      }
      store = PROPERTIES.newColumnWriteStore(schema, this::pages);
      for (int i = 0; i < writers.length; i++) {
        writers[i] = store.getColumnWriter(descriptors.get(i));
      }
    }

    private PageWriter pages(ColumnDescriptor descriptor) {
      PageWriter of = pages.get(descriptor);
      if (of == null) {
        throw new IllegalArgumentException(descriptor.toString());
      }
      return of;
    }

    void write() {
      for (int i = 0; i < columns.size(); i++) {
        write(writers[i], cells.get(i));
      }
      write(writers[columns.size()], cells.extra());
      store.endRecord();
      rows++;
    }

    private static void write(ColumnWriter writer, @Nullable Object value) {
      if (value == null) {
        writer.writeNull(0, 0);
      } else if (value instanceof Long number) {
        writer.write(number.longValue(), 0, 1);
      } else if (value instanceof Boolean bool) {
        writer.write(bool.booleanValue(), 0, 1);
      } else {
        writer.write(Binary.fromString((String) value), 0, 1);
      }
    }

    RowGroup end() throws IOException {
      store.flush();
      store.close();
      long start = position;
      long plain = 0;
      List<ColumnChunk> chunks = new ArrayList<>();
      for (ParquetPages of : pages.values()) {
        chunks.add(of.writeTo(out, position));
        position += of.size();
        plain += of.plainBytes();
      }
      return new RowGroup(chunks, plain, rows)
          .setFile_offset(start)
          .setTotal_compressed_size(position - start);
    }
  }
}
