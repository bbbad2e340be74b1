package io.blinkreactor.examples.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.blinkreactor.blinkops.Execution;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The page as a person sees it. The pictures stay in target/report. */
class BrowserTest {

  private static final Clock CLOCK =
      Clock.fixed(Instant.parse("2026-11-22T21:00:00Z"), ZoneOffset.UTC);

  private static final Path PICTURES = Path.of("target", "report");

  /** What reaches beyond the page or beyond its cell, but for what scrolls in a box of its own. */
  private static final String TOO_WIDE =
      """
      [...document.querySelectorAll('body *')]
        .filter(e => !e.closest('.scroll'))
        .filter(e => e.getBoundingClientRect().right > innerWidth + 0.5
            || e.matches('td, dd') && e.scrollWidth > e.clientWidth)
        .map(e => e.tagName + '.' + (e.className.baseVal ?? e.className)).join(' ')
      """;

  private static final String NAMES =
      "[...document.querySelectorAll('.busy .name bdi')].map(e => e.textContent).join('|')";

  @TempDir static Path directory = Path.of("");

  private static Browser browser;

  @BeforeAll
  static void startBrowser() throws Exception {
    browser = Browser.start(directory);
  }

  @AfterAll
  static void closeBrowser() throws Exception {
    browser.close();
  }

  @Test
  void aPersonCanReadIt() throws Exception {
    List<Execution> runs = SampleRuns.of(7, 3_000, 30, CLOCK.instant());
    Path page = page("month", runs);
    BufferedImage light = look(page, "wide-light", 1280, 900, false);
    BufferedImage dark = look(page, "wide-dark", 1280, 900, true);
    assertThat(brightness(light)).isGreaterThan(200);
    assertThat(brightness(dark)).isLessThan(60);
    light = look(page, "narrow-light", 360, 780, false);
    dark = look(page, "narrow-dark", 360, 780, true);
    assertThat(brightness(light)).isGreaterThan(200);
    assertThat(brightness(dark)).isLessThan(60);
    Browser.Tab tab = browser.open(page.toUri(), 1280, 900, false);
    assertThat(((String) tab.evaluate(NAMES)).split("\\|"))
        .as("names as they are")
        .hasSize(Aggregate.SHOWN)
        .isSubsetOf(SampleRuns.NAMES)
        .contains(SampleRuns.NAMES.get(2), SampleRuns.NAMES.get(3), SampleRuns.NAMES.get(5));
  }

  @Test
  void soAreFewRunsAndNone() throws Exception {
    Path none = page("none", List.of());
    look(none, "none", 360, 780, false);
    Path few = page("few", SampleRuns.of(3, 40, 2, CLOCK.instant()));
    look(few, "few", 1280, 900, false);
    look(few, "few-narrow", 360, 780, true);
    Path years = page("years", SampleRuns.of(4, 3_000, 700, CLOCK.instant()));
    look(years, "years", 1280, 900, true);
  }

  private Path page(String name, List<Execution> runs) throws IOException {
    Files.createDirectories(PICTURES);
    Path page = PICTURES.resolve(name + ".html").toAbsolutePath();
    return Files.writeString(page, Report.of(runs.iterator(), true, CLOCK).html());
  }

  /** Looks at the page once; nothing may be wrong with it. */
  private static BufferedImage look(Path page, String name, int width, int height, boolean dark)
      throws IOException {
    Browser.Tab tab = browser.open(page.toUri(), width, height, dark);
    assertThat(tab.evaluate("innerWidth")).isEqualTo(width);
    Files.write(PICTURES.resolve(name + "-whole.png"), tab.whole());
    byte[] png = tab.screenshot();
    Files.write(PICTURES.resolve(name + ".png"), png);
    assertThat(tab.evaluate("document.documentElement.scrollWidth"))
        .as("no scrolling sideways: %s", name)
        .isEqualTo(width);
    assertThat(tab.evaluate(TOO_WIDE)).as("nothing is cut off: %s", name).isEqualTo("");
    assertThat(tab.evaluate("document.scripts.length")).isEqualTo(0);
    assertThat(tab.requests()).containsExactly(page.toUri().toString());
    assertThat(tab.complaints()).as(name).isEmpty();
    BufferedImage picture = ImageIO.read(new ByteArrayInputStream(png));
    assertThat(picture.getWidth()).isEqualTo(width);
    assertThat(picture.getHeight()).isEqualTo(height);
    assertThat(colours(picture)).as("not blank: %s", name).hasSizeGreaterThan(20);
    return picture;
  }

  private static Set<Integer> colours(BufferedImage picture) {
    Set<Integer> colours = new HashSet<>();
    for (int y = 0; y < picture.getHeight(); y++) {
      for (int x = 0; x < picture.getWidth(); x++) {
        colours.add(picture.getRGB(x, y));
      }
    }
    return colours;
  }

  /** From 0 to 255, on average. */
  private static double brightness(BufferedImage picture) {
    double sum = 0;
    for (int y = 0; y < picture.getHeight(); y++) {
      for (int x = 0; x < picture.getWidth(); x++) {
        int colour = picture.getRGB(x, y);
        sum += ((colour >> 16 & 255) + (colour >> 8 & 255) + (colour & 255)) / 3.0;
      }
    }
    return sum / (picture.getWidth() * picture.getHeight());
  }
}
