package io.blinkreactor.examples.cli;

import io.blinkreactor.JsonValue;
import io.blinkreactor.export.ExportJob;
import io.blinkreactor.export.ExportProgress;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;

/** Tells on stderr how far an export is: a bar with rate and ETA, lines, or JSON. */
final class ExportTeller implements AutoCloseable {

  private static final Duration LINE_EVERY = Duration.ofSeconds(5);
  private static final Duration BAR_EVERY = Duration.ofMillis(250);

  private final Disposable looks;
  private final @Nullable Bar bar;

  /** When the last line was told, in the job's time. */
  private Duration last = Duration.ZERO;

  ExportTeller(ExportJob job, ExportFlags flags, Console console) {
    // Whoever sees the rows themselves on the terminal must not get a bar among them.
    boolean alone = flags.told == ExportFlags.Told.AUTO && !flags.output.equals("-");
    this.bar = alone && console.terminal() ? new Bar("export", "rows") : null;
    this.looks =
        switch (flags.told) {
          case NONE -> () -> {};
          case JSON ->
              job.progress(LINE_EVERY)
                  .filter(this::isDue)
                  .subscribe(p -> console.say("%s", JsonValue.of(members(p)).text()));
          case LINES, AUTO ->
              bar == null
                  ? job.progress(LINE_EVERY)
                      .filter(this::isDue)
                      .subscribe(p -> console.say("%s", line(p)))
                  : job.progress(BAR_EVERY)
                      .subscribe(p -> bar.show(p.rows(), p.expected(), trouble(p)));
        };
  }

  /** The progress at the end is told by the summary, unless the last line is long ago. */
  private boolean isDue(ExportProgress now) {
    boolean due = now.elapsed().minus(last).compareTo(LINE_EVERY.dividedBy(2)) > 0;
    last = due ? now.elapsed() : last;
    return due;
  }

  /** Rows a second of this process. */
  static double rate(ExportProgress now) {
    return (now.rows() - now.before()) / Math.max(0.001, now.elapsed().toNanos() / 1e9);
  }

  private String line(ExportProgress now) {
    double rate = rate(now);
    Long expected = now.expected();
    String of =
        expected == null || expected <= now.rows()
            ? ""
            : String.format(Locale.ROOT, " of about %,d", expected);
    String eta =
        of.isEmpty() || expected == null || rate < 1
            ? ""
            : ", about "
                + Duration.ofSeconds((long) ((expected - now.rows()) / rate))
                    .toString()
                    .substring(2)
                    .toLowerCase(Locale.ROOT)
                + " left";
    return String.format(
        Locale.ROOT,
        "%,d rows%s, %s, %,.0f rows/s%s%s",
        now.rows(),
        of,
        size(now.bytes()),
        rate,
        eta,
        trouble(now));
  }

  /** What a line says of a server that makes the export wait; usually nothing. */
  private static String trouble(ExportProgress now) {
    String retries =
        now.retries() == 0 ? "" : String.format(Locale.ROOT, ", %,d retries", now.retries());
    return now.throttled().isZero()
        ? retries
        : String.format(
            Locale.ROOT, "%s, throttled for %,d s", retries, now.throttled().toSeconds());
  }

  static Map<String, @Nullable Object> members(ExportProgress now) {
    Map<String, @Nullable Object> members = new LinkedHashMap<>();
    members.put("rows", now.rows());
    members.put("parts", now.parts());
    members.put("bytes", now.bytes());
    members.put("pages", now.pages());
    members.put("repeated", now.repeated());
    members.put("retries", now.retries());
    members.put("throttled_ms", now.throttled().toMillis());
    members.put("elapsed_ms", now.elapsed().toMillis());
    members.put("mode", now.mode() == null ? null : now.mode().name().toLowerCase(Locale.ROOT));
    members.put("expected", now.expected());
    return members;
  }

  static String size(long bytes) {
    return bytes < 1 << 20
        ? String.format(Locale.ROOT, "%.1f KB", bytes / 1024.0)
        : bytes < 1 << 30
            ? String.format(Locale.ROOT, "%.1f MB", bytes / 1048576.0)
            : String.format(Locale.ROOT, "%.2f GB", bytes / 1073741824.0);
  }

  @Override
  public void close() {
    looks.dispose();
    if (bar != null) {
      bar.close();
    }
  }
}
