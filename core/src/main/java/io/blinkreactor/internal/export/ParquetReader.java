package io.blinkreactor.internal.export;

import io.blinkreactor.export.Compression;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;
import org.apache.parquet.bytes.BytesInput;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.column.ColumnReader;
import org.apache.parquet.column.Encoding;
import org.apache.parquet.column.impl.ColumnReadStoreImpl;
import org.apache.parquet.column.page.DataPage;
import org.apache.parquet.column.page.DataPageV1;
import org.apache.parquet.column.page.DictionaryPage;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.column.page.PageReader;
import org.apache.parquet.column.statistics.Statistics;
import org.apache.parquet.format.ColumnMetaData;
import org.apache.parquet.format.DataPageHeader;
import org.apache.parquet.format.DictionaryPageHeader;
import org.apache.parquet.format.FileMetaData;
import org.apache.parquet.format.PageHeader;
import org.apache.parquet.format.PageType;
import org.apache.parquet.format.RowGroup;
import org.apache.parquet.format.Util;
import org.apache.parquet.io.api.Converter;
import org.apache.parquet.io.api.GroupConverter;
import org.apache.parquet.io.api.PrimitiveConverter;
import org.apache.parquet.schema.MessageType;
import org.jspecify.annotations.Nullable;

/** Reads the ids and times of files that {@link ParquetWriter} has written. */
final class ParquetReader implements RowReader {

  private static final int TAIL = Integer.BYTES + ParquetSchema.MAGIC.length;

  private final FileChannel file;
  private final Compression compression;
  private final List<Column> columns;
  private final MessageType schema;
  private final CellKeys keys;
  private final Iterator<RowGroup> groups;
  private @Nullable Group group;
  private long rows;

  ParquetReader(Path part, Compression compression, List<Column> columns, RowKeys keys)
      throws IOException {
    this.compression = compression;
    this.columns = ParquetSchema.all(columns);
    this.schema = ParquetSchema.message(columns);
    this.keys = new CellKeys(columns, keys);
    this.file = FileChannel.open(part);
    try {
      this.groups = table().getRow_groups().iterator();
    } catch (IOException | RuntimeException e) {
      file.close();
      throw e;
    }
  }

  private FileMetaData table() throws IOException {
    long size = file.size();
    byte[] magic = ParquetSchema.MAGIC;
    if (size < magic.length + TAIL) {
      throw new IOException("The file is too short for a Parquet file.");
    }
    byte[] tail = read(size - TAIL, TAIL);
    int length = ByteBuffer.wrap(tail).order(ByteOrder.LITTLE_ENDIAN).getInt();
    if (!Arrays.equals(tail, Integer.BYTES, TAIL, magic, 0, magic.length)
        || length < 0
        || length > size - TAIL - magic.length) {
      throw new IOException("The file does not end as a Parquet file does: it is cut off.");
    }
    FileMetaData table =
        Util.readFileMetaData(new ByteArrayInputStream(read(size - TAIL - length, length)));
    if (!table.getSchema().equals(ParquetSchema.elements(columns.subList(0, columns.size() - 1)))) {
      throw new IOException("The file's columns are not these ones.");
    }
    return table;
  }

  private byte[] read(long from, int length) throws IOException {
    byte[] read = new byte[length];
    ByteBuffer bytes = ByteBuffer.wrap(read);
    while (bytes.hasRemaining()) {
      if (file.read(bytes, from + bytes.position()) < 0) {
        throw new IOException("The file is cut off.");
      }
    }
    return read;
  }

  @Override
  public @Nullable Row next() throws IOException {
    try {
      while (group == null || group.left == 0) {
        if (!groups.hasNext()) {
          return null;
        }
        group = new Group(groups.next());
      }
      Row row = group.next();
      rows++;
      return row;
    } catch (RuntimeException e) {
      Throwable why = e.getCause() == null ? e : e.getCause();
      throw new IOException("Row " + (rows + 1) + ": " + why.getMessage(), e);
    }
  }

  @Override
  public void close() throws IOException {
    file.close();
  }

  /** The columns that are asked for, of one group of rows. */
  private final class Group implements PageReadStore {

    private final RowGroup group;
    private final ColumnReadStoreImpl store;
    private final Map<Integer, ColumnReader> readers = new HashMap<>();
    private long left;

    Group(RowGroup group) {
      this.group = group;
      this.left = group.getNum_rows();
      this.store = new ColumnReadStoreImpl(this, new Ignoring(), schema, null);
    }

    Row next() {
      left--;
      Object extra = value(columns.size() - 1);
      return keys.row((String) extra, this::value);
    }

    /** A column's value in this row; to be asked once a row, as it is passed by then. */
    private @Nullable Object value(int column) {
      ColumnReader reader =
          readers.computeIfAbsent(column, i -> store.getColumnReader(schema.getColumns().get(i)));
      Object value =
          reader.getCurrentDefinitionLevel() == 0
              ? null
              : switch (columns.get(column).kind()) {
                case TEXT, JSON -> reader.getBinary().toStringUsingUTF8();
                case INTEGER, TIME -> reader.getLong();
                case BOOLEAN -> reader.getBoolean();
              };
      reader.consume();
      return value;
    }

    @Override
    public PageReader getPageReader(ColumnDescriptor descriptor) {
      int column = schema.getColumns().indexOf(descriptor);
      ColumnMetaData data = group.getColumns().get(column).getMeta_data();
      long from =
          data.isSetDictionary_page_offset()
              ? data.getDictionary_page_offset()
              : data.getData_page_offset();
      try {
        return new Pages(
            read(from, Math.toIntExact(data.getTotal_compressed_size())),
            data.getNum_values(),
            Statistics.createStats(descriptor.getPrimitiveType()));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public long getRowCount() {
      return group.getNum_rows();
    }
  }

  /** The pages of one column. */
  private final class Pages implements PageReader {

    private final ByteArrayInputStream in;
    private final Statistics<?> none;
    private final long values;
    private final @Nullable DictionaryPage dictionary;
    private @Nullable DataPage next;

    Pages(byte[] chunk, long values, Statistics<?> none) throws IOException {
      this.in = new ByteArrayInputStream(chunk);
      this.values = values;
      this.none = none;
      PageHeader header = Util.readPageHeader(in);
      if (header.getType() == PageType.DICTIONARY_PAGE) {
        DictionaryPageHeader of = header.getDictionary_page_header();
        this.dictionary =
            new DictionaryPage(body(header), of.getNum_values(), told(of.getEncoding()));
      } else {
        this.dictionary = null;
        this.next = data(header);
      }
    }

    private DataPage data(PageHeader header) throws IOException {
      DataPageHeader of = header.getData_page_header();
      return new DataPageV1(
          body(header),
          of.getNum_values(),
          header.getUncompressed_page_size(),
          none,
          told(of.getRepetition_level_encoding()),
          told(of.getDefinition_level_encoding()),
          told(of.getEncoding()));
    }

    private BytesInput body(PageHeader header) throws IOException {
      byte[] body = in.readNBytes(header.getCompressed_page_size());
      CRC32 sum = new CRC32();
      sum.update(body);
      if (header.getCrc() != (int) sum.getValue()) {
        throw new IOException("A page is damaged: its check sum is another one.");
      }
      try (InputStream plain =
          CompressedOutput.plain(new ByteArrayInputStream(body), compression)) {
        return BytesInput.from(plain.readNBytes(header.getUncompressed_page_size()));
      }
    }

    @Override
    public @Nullable DictionaryPage readDictionaryPage() {
      return dictionary;
    }

    @Override
    public long getTotalValueCount() {
      return values;
    }

    @Override
    public @Nullable DataPage readPage() {
      DataPage page = next;
      next = null;
      try {
        return page != null ? page : in.available() == 0 ? null : data(Util.readPageHeader(in));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private static Encoding told(org.apache.parquet.format.Encoding encoding) {
    return Encoding.valueOf(encoding.name());
  }

  /** For a way of reading that is not gone here. */
  private static final class Ignoring extends GroupConverter {

    @Override
    public Converter getConverter(int field) {
      return new PrimitiveConverter() {};
    }

    @Override
    public void start() {}

    @Override
    public void end() {}
  }
}
