package io.blinkreactor.examples.report;

import java.time.Duration;
import java.time.LocalDateTime;
import java.util.Collections;
import java.util.List;
import java.util.Locale;

/**
 * The drawings, as SVG. They stretch to the width they get, since what is horizontal is given in
 * percent; what is vertical is given in pixels, so texts and lines keep their size.
 */
final class Charts {

  private static final int HEIGHT = 240;
  private static final int TICKS = 8;
  private static final double WIDEST = 7;

  private Charts() {}

  /** The stacked bars of runs over time. */
  static String timeline(Model model) {
    Model.Timeline timeline = model.timeline();
    long highest = timeline.bars().stream().mapToLong(Model.Bar::total).max().orElse(0);
    long step = Axis.step(Math.max(1, highest));
    long lines = Math.max(1, (highest + step - 1) / step);
    StringBuilder out = new StringBuilder();
    out.append("<div class=\"plot\">\n<svg class=\"scale\" aria-hidden=\"true\">");
    for (long line = 0; line <= lines; line++) {
      out.append(
          format(
              "<text x=\"100%%\" y=\"%.1f\" dy=\"0.32em\">%s</text>",
              y(line, lines), compact(line * step)));
    }
    out.append("</svg>\n<svg class=\"bars\" role=\"img\" aria-labelledby=\"bars-name bars-text\">");
    out.append(
        format("<title id=\"bars-name\">Runs per %s, by state</title>\n", timeline.unit().word));
    out.append("<desc id=\"bars-text\">The table below the chart has the same numbers.</desc>\n");
    for (long line = 0; line <= lines; line++) {
      double y = y(line, lines);
      out.append(
          format(
              "<line class=\"%s\" x1=\"0\" x2=\"100%%\" y1=\"%.1f\" y2=\"%.1f\"/>",
              line == 0 ? "zero" : "grid", y, y));
    }
    double slot = 100.0 / timeline.bars().size();
    for (int i = 0; i < timeline.bars().size(); i++) {
      bar(model, timeline.bars().get(i), slot * i, slot, (double) HEIGHT / (lines * step), out);
    }
    ticks(timeline, slot, out);
    return out.append("</svg>\n</div>\n").toString();
  }

  private static double y(long line, long lines) {
    return 10 + HEIGHT * (1 - (double) line / lines);
  }

  private static void bar(
      Model model, Model.Bar bar, double left, double slot, double scale, StringBuilder out) {
    if (bar.total() == 0) {
      return;
    }
    StringBuilder words = new StringBuilder();
    StringBuilder rects = new StringBuilder();
    double width = Math.min(WIDEST, slot * 0.78);
    double x = left + (slot - width) / 2;
    double bottom = 10 + HEIGHT;
    for (int i = 0; i < bar.counts().size(); i++) {
      long count = bar.counts().get(i);
      if (count == 0) {
        continue;
      }
      Model.State state = model.states().get(i);
      words.append(format("\n%s: %s", Page.state(state.name()), Format.number(count)));
      double height = count * scale;
      bottom -= height;
      rects.append(
          format(
              "<rect class=\"%s\" x=\"%.3f%%\" width=\"%.3f%%\" y=\"%.2f\" height=\"%.2f\"/>",
              state.slot().style(), x, width, bottom, height));
    }
    out.append(
        format(
            "<g class=\"bar\"><title>%s: %s%s</title>",
            Format.bar(model.timeline().unit(), bar.start()),
            Format.number(bar.total(), "run"),
            words));
    out.append(
        format(
            "<rect class=\"hit\" x=\"%.3f%%\" width=\"%.3f%%\" y=\"10\" height=\"%d\"/>%s</g>\n",
            left, slot, HEIGHT, rects));
  }

  private static void ticks(Model.Timeline timeline, double slot, StringBuilder out) {
    List<Model.Bar> bars = timeline.bars();
    int every = every(timeline.unit(), bars.size());
    int shown = 0;
    for (int i = 0; i < bars.size(); i++) {
      LocalDateTime start = bars.get(i).start();
      if (!isTick(timeline.unit(), start, i, every)) {
        continue;
      }
      double middle = slot * (i + 0.5);
      String anchor = middle < 8 ? "start" : middle > 92 ? "end" : "middle";
      double x = middle < 8 ? slot * i : middle > 92 ? slot * (i + 1) : middle;
      out.append(
          format(
              "<text class=\"tick%s\" text-anchor=\"%s\" x=\"%.2f%%\" y=\"%d\">%s</text>",
              shown % 2 == 1 ? " odd" : "",
              anchor,
              x,
              HEIGHT + 32,
              Format.tick(timeline.unit(), start)));
      shown++;
    }
  }

  private static int every(Unit unit, int bars) {
    List<Integer> steps =
        switch (unit) {
          case HOUR -> List.of(1, 3, 6, 12);
          case DAY -> List.of(1, 2, 7, 14);
          case WEEK -> List.of(1, 2, 4, 8, 13, 26);
          case MONTH -> List.of(1, 2, 3, 6, 12, 24);
          case YEAR -> List.of(1, 2, 5, 10, 20);
        };
    return steps.stream()
        .filter(step -> bars <= step * TICKS)
        .findFirst()
        .orElse(Collections.max(steps));
  }

  /** Hours, months and years at round numbers, the others from the first bar on. */
  private static boolean isTick(Unit unit, LocalDateTime start, int index, int every) {
    return switch (unit) {
      case HOUR -> start.getHour() % every == 0;
      case MONTH -> (start.getYear() * 12 + start.getMonthValue() - 1) % every == 0;
      case YEAR -> start.getYear() % every == 0;
      case DAY, WEEK -> index % every == 0;
    };
  }

  /** A bar as long as a share. */
  static String share(long part, long whole, String style) {
    double percent = whole == 0 ? 0 : 100.0 * part / whole;
    return format(
        "<svg class=\"share\" aria-hidden=\"true\"><rect class=\"track\" width=\"100%%\" height=\"6\" rx=\"3\"/>"
            + "<rect class=\"%s\" width=\"%.2f%%\" height=\"6\" rx=\"3\"/></svg>",
        style, percent);
  }

  /** A playbook's runs over time, without numbers. */
  static String trend(List<Integer> counts) {
    if (counts.size() < 2) {
      return "";
    }
    int highest = Math.max(1, Collections.max(counts));
    StringBuilder path = new StringBuilder();
    double x = 0;
    double step = 120.0 / (counts.size() - 1);
    for (int count : counts) {
      path.append(format("L%.1f %.1f", x, 26 - 23.0 * count / highest));
      x += step;
    }
    String line = path.substring(1);
    return format(
        "<svg class=\"trend\" viewBox=\"0 0 120 28\" preserveAspectRatio=\"none\" aria-hidden=\"true\">"
            + "<path class=\"area\" d=\"M0 28L%1$sL120 28Z\"/><path class=\"line\" d=\"M%1$s\"/></svg>",
        line);
  }

  /** From the axis' begin to the median, to the 95th percentile, and a mark at the longest. */
  static String durations(Axis axis, Model.Durations row) {
    double median = axis.at(row.median().toMillis());
    double p95 = axis.at(row.p95().toMillis());
    double longest = axis.at(row.longest().toMillis());
    StringBuilder out = new StringBuilder();
    out.append("<svg class=\"range\" aria-hidden=\"true\">");
    for (Axis.Tick tick : axis.ticks()) {
      out.append(
          format(
              "<line class=\"grid\" x1=\"%1$.2f%%\" x2=\"%1$.2f%%\" y1=\"0\" y2=\"20\"/>",
              tick.percent()));
    }
    out.append(
        format("<line class=\"reach\" x1=\"0\" x2=\"%.2f%%\" y1=\"10\" y2=\"10\"/>", longest));
    out.append(format("<rect class=\"p95\" y=\"5\" height=\"10\" width=\"%.2f%%\"/>", p95));
    out.append(format("<rect class=\"median\" y=\"5\" height=\"10\" width=\"%.2f%%\"/>", median));
    return out.append(
            format("<circle class=\"longest\" cx=\"%.2f%%\" cy=\"10\" r=\"3.5\"/></svg>", longest))
        .toString();
  }

  /** The labels of the durations' axis. */
  static String scale(Axis axis) {
    StringBuilder out = new StringBuilder("<svg class=\"times\" aria-hidden=\"true\">");
    double free = 0;
    for (Axis.Tick tick : axis.ticks()) {
      // In percent, on the narrowest page that the axis is shown on.
      double width = 2.6 * tick.label().length();
      boolean isFirst = tick.percent() < width / 2;
      boolean isLast = tick.percent() > 100 - width / 2;
      double left = isFirst ? tick.percent() : tick.percent() - (isLast ? width : width / 2);
      if (left >= free) {
        out.append(
            format(
                "<text text-anchor=\"%s\" x=\"%.2f%%\" y=\"12\">%s</text>",
                isFirst ? "start" : isLast ? "end" : "middle", tick.percent(), tick.label()));
        free = left + width + 2;
      }
    }
    return out.append("</svg>").toString();
  }

  /** An axis that holds the durations of all rows. */
  static Axis axis(List<Model.Durations> rows) {
    long shortest =
        rows.stream().map(Model.Durations::median).mapToLong(Duration::toMillis).min().orElse(1);
    long longest =
        rows.stream().map(Model.Durations::longest).mapToLong(Duration::toMillis).max().orElse(1);
    return new Axis(Math.max(1, shortest), longest);
  }

  /** A number for an axis, such as 12k. */
  private static String compact(long number) {
    if (number >= 1_000_000 && number % 100_000 == 0) {
      return trim(number / 1_000_000.0) + "M";
    } else if (number >= 1_000 && number % 100 == 0) {
      return trim(number / 1_000.0) + "k";
    }
    return Long.toString(number);
  }

  private static String trim(double number) {
    return format("%.1f", number).replace(".0", "");
  }

  private static String format(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
