package io.blinkreactor.internal.export;

import static org.apache.parquet.schema.LogicalTypeAnnotation.stringType;
import static org.apache.parquet.schema.LogicalTypeAnnotation.timestampType;

import io.blinkreactor.export.Compression;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.parquet.format.CompressionCodec;
import org.apache.parquet.format.ConvertedType;
import org.apache.parquet.format.FieldRepetitionType;
import org.apache.parquet.format.LogicalType;
import org.apache.parquet.format.MilliSeconds;
import org.apache.parquet.format.SchemaElement;
import org.apache.parquet.format.StringType;
import org.apache.parquet.format.TimeUnit;
import org.apache.parquet.format.TimestampType;
import org.apache.parquet.format.Type;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Types;

/**
 * Columns in Parquet, in the words of its encoders and in those of its files. JSON is marked as
 * text: marked as JSON, one string with half a surrogate pair makes whole files unreadable for
 * some.
 */
final class ParquetSchema {

  static final byte[] MAGIC = "PAR1".getBytes(StandardCharsets.US_ASCII);

  private static final String NAME = "row";

  private ParquetSchema() {}

  /** All columns with the last one, each of which may be null. */
  static List<Column> all(List<Column> columns) {
    List<Column> all = new ArrayList<>(columns);
    all.add(new Column(Column.EXTRA, Column.Kind.JSON));
    return all;
  }

  /** For the encoders. */
  static MessageType message(List<Column> columns) {
    Types.MessageTypeBuilder message = Types.buildMessage();
    for (Column column : all(columns)) {
      message.addField(field(column));
    }
    return message.named(NAME);
  }

  private static PrimitiveType field(Column column) {
    return switch (column.kind()) {
      case TEXT, JSON ->
          Types.optional(PrimitiveTypeName.BINARY).as(stringType()).named(column.name());
      case INTEGER -> Types.optional(PrimitiveTypeName.INT64).named(column.name());
      case TIME ->
          Types.optional(PrimitiveTypeName.INT64)
              .as(timestampType(true, LogicalTypeAnnotation.TimeUnit.MILLIS))
              .named(column.name());
      case BOOLEAN -> Types.optional(PrimitiveTypeName.BOOLEAN).named(column.name());
    };
  }

  /** For the end of a file. */
  static List<SchemaElement> elements(List<Column> columns) {
    List<Column> all = all(columns);
    List<SchemaElement> elements = new ArrayList<>();
    elements.add(new SchemaElement(NAME).setNum_children(all.size()));
    for (Column column : all) {
      SchemaElement element =
          new SchemaElement(column.name())
              .setRepetition_type(FieldRepetitionType.OPTIONAL)
              .setType(type(column.kind()));
      switch (column.kind()) {
        case TEXT, JSON ->
            element
                .setConverted_type(ConvertedType.UTF8)
                .setLogicalType(LogicalType.STRING(new StringType()));
        case TIME ->
            element
                .setConverted_type(ConvertedType.TIMESTAMP_MILLIS)
                .setLogicalType(
                    LogicalType.TIMESTAMP(
                        new TimestampType(true, TimeUnit.MILLIS(new MilliSeconds()))));
        case INTEGER, BOOLEAN -> {
          // The type says it all.
        }
      }
      elements.add(element);
    }
    return elements;
  }

  static Type type(Column.Kind kind) {
    return switch (kind) {
      case TEXT, JSON -> Type.BYTE_ARRAY;
      case INTEGER, TIME -> Type.INT64;
      case BOOLEAN -> Type.BOOLEAN;
    };
  }

  static CompressionCodec codec(Compression compression) {
    return switch (compression) {
      case NONE -> CompressionCodec.UNCOMPRESSED;
      case GZIP -> CompressionCodec.GZIP;
      case ZSTD -> CompressionCodec.ZSTD;
    };
  }
}
