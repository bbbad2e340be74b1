package io.blinkreactor.examples.report;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;

/**
 * The HTML. It loads nothing and runs nothing, and tells the browser so: the style sheet is allowed
 * by its hash, all else is not.
 */
final class Page {

  private final Model model;
  private final StringBuilder out = new StringBuilder(1 << 16);

  private Page(Model model) {
    this.model = model;
  }

  static String of(Model model) {
    Page page = new Page(model);
    page.head();
    if (model.runs() == 0) {
      page.empty();
    } else {
      page.totals();
      page.timeline();
      page.busiest();
      page.durations();
      page.failures();
      page.notes();
    }
    page.foot();
    return page.out.toString();
  }

  private void head() {
    String style = style();
    Model.Timeline timeline = model.timeline();
    String period =
        model.first() == null || model.last() == null
            ? ""
            : Format.period(model.first(), model.last());
    add(
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src '%s'; base-uri 'none'; form-action 'none'">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <meta name="referrer" content="no-referrer">
        <meta name="generator" content="blinkreactor report">
        <title>%s</title>
        <style>%s</style>
        </head>
        <body>
        <header>
        <p class="eyebrow">BlinkOps</p>
        <h1>Workflow runs</h1>
        """,
        hash(style), period.isEmpty() ? "Workflow runs" : "Workflow runs, " + period, style);
    if (!timeline.bars().isEmpty()) {
      add("<p class=\"period\">%s</p>\n", period);
    }
    add("<p class=\"made\">Made %s</p>\n", Format.minute(model.made()));
    if (!model.complete()) {
      add(
          "<p class=\"made\"><strong>The export of this archive has not ended: runs are missing"
              + " here.</strong></p>\n");
    }
    add("</header>\n<main>\n");
  }

  private void empty() {
    add(
        """
        <section class="empty">
        <h2>There are no runs in this archive</h2>
        <p>Nothing went wrong in making this page: all that is whole was read, and holds no run. \
        If there should be some, look at the export's time range and filter.</p>
        </section>
        """);
  }

  private void totals() {
    add("<dl class=\"tiles\">\n");
    tile("Runs", Format.number(model.runs()), span(), "");
    long completed = runs(Slot.COMPLETED);
    tile(
        "Success rate",
        Format.percent(completed, model.finished()),
        model.finished() == 0
            ? "no run has finished"
            : "of " + Format.number(model.finished()) + " finished",
        "");
    stateTile("Failed", Slot.FAILED);
    stateTile("Timed out", Slot.TIMEOUT);
    stateTile("Cancelled", Slot.CANCELLED);
    tile(
        "Unfinished",
        Format.number(model.gaps().unfinished()),
        Format.percent(model.gaps().unfinished(), model.runs()) + " of all runs",
        "");
    add("</dl>\n");
  }

  private String span() {
    int playbooks = model.busiest().rows().size() + model.busiest().others();
    return "of "
        + (model.busiest().all() ? "" : "more than ")
        + Format.number(playbooks, "playbook");
  }

  private void stateTile(String name, Slot slot) {
    long runs = runs(slot);
    tile(
        name,
        Format.number(runs),
        Format.percent(runs, model.runs()) + " of all runs",
        runs == 0 ? "" : slot.style());
  }

  /** How many runs are in a known state; an unknown one may have got its colour. */
  private long runs(Slot slot) {
    return model.states().stream()
        .filter(state -> state.slot() == slot && state.known())
        .mapToLong(Model.State::runs)
        .sum();
  }

  private void tile(String name, String value, String note, String style) {
    add(
        "<div class=\"tile\"><dt>%s%s</dt><dd>%s</dd><dd class=\"note\">%s</dd></div>\n",
        style.isEmpty() ? "" : swatch(style), name, value, note);
  }

  private static String swatch(String style) {
    return "<svg class=\"swatch\" aria-hidden=\"true\"><rect class=\""
        + style
        + "\" width=\"10\" height=\"10\" rx=\"2\"/></svg>";
  }

  private void timeline() {
    section("time", "Runs over time");
    Model.Timeline timeline = model.timeline();
    if (timeline.bars().isEmpty()) {
      add("<p class=\"lead\">No run says when it was created or when it started.</p>\n");
    } else {
      add(
          "<p class=\"lead\">Each bar is %s %s, by the time a run was created, in UTC.</p>\n",
          timeline.unit() == Unit.HOUR ? "an" : "a", timeline.unit().word);
    }
    add("<ul class=\"legend\">\n");
    for (Model.State state : model.states()) {
      add(
          "<li>%s<bdi>%s</bdi> <b>%s</b> <span>%s</span></li>\n",
          swatch(state.slot().style()),
          state(state.name()),
          Format.number(state.runs()),
          Format.percent(state.runs(), model.runs()));
    }
    add("</ul>\n");
    if (!timeline.bars().isEmpty()) {
      out.append(Charts.timeline(model));
      table(timeline);
    }
    add("</section>\n");
  }

  private void table(Model.Timeline timeline) {
    add(
        """
        <details>
        <summary>The same as a table</summary>
        <div class="scroll" tabindex="0" role="region" aria-label="Runs over time, as a table">
        <table class="plain">
        <thead><tr><th scope="col">%s</th><th scope="col">Runs</th>""",
        capital(timeline.unit().word));
    for (Model.State state : model.states()) {
      add("<th scope=\"col\"><bdi>%s</bdi></th>", state(state.name()));
    }
    add("</tr></thead>\n<tbody>\n");
    for (Model.Bar bar : timeline.bars()) {
      add(
          "<tr><th scope=\"row\">%s</th><td>%s</td>",
          Format.bar(timeline.unit(), bar.start()), Format.number(bar.total()));
      for (long count : bar.counts()) {
        add("<td>%s</td>", Format.number(count));
      }
      add("</tr>\n");
    }
    add("</tbody>\n</table>\n</div>\n</details>\n");
  }

  private void busiest() {
    section("busiest", "Busiest playbooks");
    add(
        "<p class=\"lead\">By number of runs. Success is the share of finished runs that"
            + " completed.</p>\n");
    long most = model.busiest().rows().stream().mapToLong(Model.Busy::runs).max().orElse(0);
    columns("busy", List.of("Playbook", "Runs", "Share", "Success", "Over time"));
    rows(
        model.busiest(),
        "playbook",
        (row, name) -> {
          cell("name", "", name.isEmpty() ? playbook(row.name()) : name);
          cell("num", "Runs", Format.number(row.runs()));
          cell(
              "wide",
              "",
              share(row.runs(), most, name, "amount")
                  + "<span class=\"of\">"
                  + Format.percent(row.runs(), model.runs())
                  + "</span>");
          cell("num", "Success", Format.percent(row.completed(), row.finished()));
          cell("draw", "", Charts.trend(row.trend()));
        });
    add("</tbody>\n</table>\n</section>\n");
  }

  private void durations() {
    section("durations", "Durations by playbook");
    List<Model.Durations> rows = new ArrayList<>(model.slowest().rows());
    if (model.slowest().rest() != null) {
      rows.add(model.slowest().rest());
    }
    if (rows.isEmpty()) {
      add("<p class=\"lead\">No run says both when it started and when it ended.</p>\n");
      add("</section>\n");
      return;
    }
    Axis axis = Charts.axis(rows);
    add(
        """
        <p class="lead">From a run's start to its end, slowest first by the 95th percentile. \
        The scale is logarithmic: each line is about ten times the one before.</p>
        <ul class="legend">
        <li>%s half of the runs</li><li>%s 95%% of the runs</li><li>%s the longest run</li>
        </ul>
        """,
        swatch("median"), swatch("p95"), swatch("longest"));
    columns("slow", List.of("Playbook", "Runs", "p50", "p95", "Longest", Charts.scale(axis)));
    rows(
        model.slowest(),
        "playbook",
        (row, name) -> {
          cell("name", "", name.isEmpty() ? playbook(row.name()) : name);
          cell("num", "Runs", Format.number(row.runs()));
          cell("num", "p50", Format.duration(row.median()));
          cell("num", "p95", Format.duration(row.p95()));
          cell("num", "Longest", Format.duration(row.longest()));
          cell("draw", "", Charts.durations(axis, row));
        });
    add("</tbody>\n</table>\n</section>\n");
  }

  private void failures() {
    section("failures", "Failures by error code");
    if (model.failed() == 0) {
      add("<p class=\"lead\">No run failed, timed out or has an error code.</p>\n</section>\n");
      return;
    }
    add(
        "<p class=\"lead\">%s failed, timed out or %s an error code. The message is the newest"
            + " one.</p>\n",
        Format.number(model.failed(), "run"), model.failed() == 1 ? "has" : "have");
    long most = model.failures().rows().stream().mapToLong(Model.Failure::runs).max().orElse(0);
    columns("fail", List.of("Error code", "Runs", "Share", "Message", "Playbooks"));
    rows(
        model.failures(),
        "error code",
        (row, name) -> {
          cell("name", "", name.isEmpty() ? code(row.code()) : name);
          cell("num", "Runs", Format.number(row.runs()));
          cell(
              "wide",
              "",
              share(row.runs(), most, name, "s-failed")
                  + "<span class=\"of\">"
                  + Format.percent(row.runs(), model.failed())
                  + "</span>");
          cell(
              "text",
              "",
              row.example().isBlank()
                  ? "<span class=\"none\">no message</span>"
                  : "<bdi>" + Format.text(row.example()) + "</bdi>");
          cell("text books", "", playbooks(row));
        });
    add("</tbody>\n</table>\n</section>\n");
  }

  /** A bar beside the longest one; none for the others in one, which may be longer than all. */
  private static String share(long runs, long most, String name, String style) {
    return name.isEmpty() ? Charts.share(runs, most, style) : "";
  }

  private static String playbooks(Model.Failure row) {
    List<String> parts = new ArrayList<>();
    for (Model.Share share : row.playbooks()) {
      parts.add(
          "<li>"
              + playbook(share.name())
              + " <span>"
              + Format.number(share.runs())
              + "</span></li>");
    }
    if (row.morePlaybooks() > 0) {
      parts.add(
          "<li><span>and "
              + (row.allPlaybooks() ? "" : "at least ")
              + Format.number(row.morePlaybooks())
              + " more</span></li>");
    }
    return "<ul>" + String.join("", parts) + "</ul>";
  }

  private static String code(String code) {
    return code.isBlank()
        ? "<span class=\"none\">no error code</span>"
        : "<code><bdi>" + Format.text(code) + "</bdi></code>";
  }

  private void notes() {
    Model.Gaps gaps = model.gaps();
    List<String> notes = new ArrayList<>();
    note(
        notes,
        gaps.timeless(),
        "run",
        "without a creation and a start time: counted, but not in the chart over time.");
    note(notes, gaps.unfinished(), "unfinished run", "not in the durations.");
    note(
        notes,
        gaps.unmeasured(),
        "finished run",
        "without a start time or an end time: not in the durations.");
    note(
        notes,
        gaps.backwards(),
        "run",
        "with an end time before the start time: not in the durations.");
    if (!gaps.grouped().isEmpty()) {
      notes.add(
          "“Other states” are: "
              + join(gaps.grouped().subList(0, Math.min(20, gaps.grouped().size())))
              + (gaps.grouped().size() > 20 ? " and more." : "."));
    }
    if (gaps.playbookLimit() > 0) {
      notes.add(
          "The first "
              + Format.number(gaps.playbookLimit())
              + " playbooks that came up are told apart; all others are counted in one.");
    }
    if (gaps.codeLimit() > 0) {
      notes.add(
          "The first "
              + Format.number(gaps.codeLimit())
              + " error codes that came up are told apart; all others are counted in one.");
    }
    if (!model.slowest().rows().isEmpty()) {
      notes.add(
          "p50 and p95 are exact to 1%: half, and 95%, of a playbook's runs took no longer. The"
              + " longest is exact.");
    }
    section("notes", "Notes");
    add("<ul class=\"notes\">\n");
    notes.forEach(note -> add("<li>%s</li>\n", note));
    add("</ul>\n</section>\n");
  }

  private static void note(List<String> notes, long runs, String one, String text) {
    if (runs > 0) {
      notes.add(Format.number(runs, one) + " " + text);
    }
  }

  private static String join(List<String> names) {
    return String.join(", ", names.stream().map(name -> "<bdi>" + state(name) + "</bdi>").toList());
  }

  private void foot() {
    add(
        "</main>\n<footer>Made by <code>blinkreactor report</code>. All times are UTC.</footer>\n</body>\n</html>\n");
  }

  private void section(String id, String title) {
    add("<section aria-labelledby=\"%1$s\">\n<h2 id=\"%1$s\">%2$s</h2>\n", id, title);
  }

  /** A table that becomes cards on a narrow page; roles, as the cards' layout would hide them. */
  private void columns(String style, List<String> names) {
    add(
        "<table class=\"cards %s\" role=\"table\">\n<thead role=\"rowgroup\"><tr role=\"row\">",
        style);
    for (String name : names) {
      add(
          "<th scope=\"col\" role=\"columnheader\"%s>%s</th>",
          name.startsWith("<svg") ? " class=\"times\" aria-label=\"Scale\"" : "", name);
    }
    add("</tr></thead>\n<tbody role=\"rowgroup\">\n");
  }

  /** What writes the cells of a row; its name if it is not the row's own, else an empty one. */
  private interface Cells<T> {
    void write(T row, String name);
  }

  private <T> void rows(Model.Top<T> top, String one, Cells<T> cells) {
    for (T row : top.rows()) {
      add("<tr role=\"row\">");
      cells.write(row, "");
      add("</tr>\n");
    }
    T rest = top.rest();
    if (rest != null) {
      String others =
          top.all()
              ? Format.number(top.others()) + " other"
              : "more than " + Format.number(top.others()) + " other";
      add("<tr role=\"row\" class=\"rest\">");
      cells.write(rest, others + " " + one + (top.others() == 1 ? "" : "s"));
      add("</tr>\n");
    }
  }

  private void cell(String style, String label, String content) {
    add(
        "<td role=\"cell\" class=\"%s\"%s>%s</td>",
        style, label.isEmpty() ? "" : " data-label=\"" + label + "\"", content);
  }

  /** A state's name, escaped. */
  static String state(String name) {
    return name.isBlank() ? "no state" : Format.text(name);
  }

  private static String playbook(String name) {
    return name.isBlank()
        ? "<span class=\"none\">no playbook</span>"
        : "<bdi>" + Format.text(name) + "</bdi>";
  }

  private static String capital(String word) {
    return word.substring(0, 1).toUpperCase(Locale.ROOT) + word.substring(1);
  }

  private void add(String format, Object... values) {
    out.append(values.length == 0 ? format : String.format(Locale.ROOT, format, values));
  }

  private static String style() {
    try (InputStream sheet = Page.class.getResourceAsStream("report.css")) {
      return new String(requireNonNull(sheet, "report.css").readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String hash(String style) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(style.getBytes(StandardCharsets.UTF_8));
      return "sha256-" + Base64.getEncoder().encodeToString(hash);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
