package io.blinkreactor.internal.export;

import io.blinkreactor.TimeSource;
import io.blinkreactor.internal.stream.Listing;
import io.blinkreactor.internal.stream.ServerMemory;
import io.blinkreactor.internal.stream.StreamOptions;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The list that is exported.
 *
 * @param columns of the tabular formats
 * @param keys where its elements have their id and time
 * @param options how it is read
 */
public record ExportSource(
    Listing<Row> listing,
    List<Column> columns,
    RowKeys keys,
    StreamOptions options,
    ServerMemory memory,
    @Nullable MeterRegistry meters,
    TimeSource time) {}
