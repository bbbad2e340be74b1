package io.blinkreactor.examples.report;

import io.blinkreactor.JsonValue;
import io.blinkreactor.blinkops.Execution;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/** Runs as a busy workspace has them, in some days; all chances come from the seed. */
final class SampleRuns {

  static final List<String> NAMES =
      List.of(
          "Triage \"urgent\" alerts",
          "Rotate access keys",
          "封鎖可疑的 IP 🚫",
          "Onboard new hire </script><script>alert(1)</script>",
          "Close stale tickets\nweekly",
          "Überprüfe C:\\Benutzer\tliste & <b>mehr</b>",
          "Revoke sessions",
          "a-name-without-any-space-".repeat(6),
          "Sync inventory with CMDB",
          "\u202Eright to left override",
          "Enrich 'phishing' report",
          "Quarantine mailbox message",
          "Scan public buckets",
          "Renew certificates",
          "Nightly compliance evidence",
          "Disable leavers",
          "Notify on-call",
          "Snapshot EBS volume",
          "Check backups",
          "Tag untagged resources",
          "Patch window reminder",
          "Rebuild search index",
          "Expire guest accounts",
          "Weekly licence audit");

  private static final Map<String, String> ERRORS =
      Map.of(
          "E1042", "step timed out",
          "HTTP_502", "HTTP 502 from upstream <html><body>Bad Gateway</body></html>",
          "AccessDenied",
              "missing permission \"ec2:Describe*\" on arn:aws:ec2:eu-central-1:123456789012:instance/*",
          "RATE_LIMITED", "too many requests; retry after 30 s",
          "E2001", "參數無效：缺少使用者識別碼",
          "ConnectionRefused", "connect ECONNREFUSED 10.0.12.7:443",
          "", "");

  private SampleRuns() {}

  /** As many runs, of the days before a time. */
  static List<Execution> of(long seed, int runs, int days, Instant end) {
    SplittableRandom random = new SplittableRandom(seed);
    List<Execution> all = new ArrayList<>();
    for (int i = 0; i < runs; i++) {
      all.add(run(random, i, days, end));
    }
    return all;
  }

  private static Execution run(SplittableRandom random, int index, int days, Instant end) {
    // Fewer at night and at weekends.
    Instant created;
    do {
      created = end.minusMillis(random.nextLong(Duration.ofDays(days).toMillis()));
    } while (random.nextDouble() > weight(created));
    int playbook = (int) (NAMES.size() * Math.pow(random.nextDouble(), 2.2));
    Map<String, Object> row = new LinkedHashMap<>();
    row.put("id", "run-" + index);
    row.put("playbook_id", "playbook-" + playbook);
    row.put("last_playbook_name", NAMES.get(playbook));
    row.put("created_at", created.toEpochMilli());
    String state = state(random, playbook, created);
    row.put("state_ui", state);
    row.put("started_at", created.toEpochMilli() + random.nextLong(400));
    if (!List.of("Running", "Paused").contains(state)) {
      double scale = 60.0 * Math.pow(3, playbook % 9);
      long took = (long) (scale * Math.exp(random.nextGaussian()));
      row.put("finished_at", created.toEpochMilli() + 400 + took);
    }
    if (List.of("Failed", "Timeout").contains(state)) {
      List<String> codes = new ArrayList<>(ERRORS.keySet());
      codes.sort(null);
      String code = codes.get((int) (codes.size() * Math.pow(random.nextDouble(), 2)));
      row.put(
          "error_details",
          code.isEmpty() ? Map.of() : Map.of("error_code", code, "message", ERRORS.get(code)));
    }
    return Execution.parse(JsonValue.of(row).text());
  }

  private static double weight(Instant time) {
    long day = Math.floorMod(time.toEpochMilli() / 86_400_000 + 3, 7L);
    long hour = Math.floorMod(time.toEpochMilli() / 3_600_000, 24L);
    return (day > 4 ? 0.35 : 1) * (hour > 6 && hour < 19 ? 1 : 0.4);
  }

  private static String state(SplittableRandom random, int playbook, Instant created) {
    double chance = random.nextDouble();
    double bad =
        0.02 + 0.01 * (playbook % 7) + (created.getEpochSecond() / 86_400 % 11 == 0 ? 0.2 : 0);
    if (chance < bad) {
      return "Failed";
    } else if (chance < bad + 0.02) {
      return "Timeout";
    } else if (chance < bad + 0.05) {
      return "Cancelled";
    } else if (chance < bad + 0.06) {
      return "Skipped";
    } else if (chance < bad + 0.065) {
      return "Paused";
    } else if (chance < bad + 0.07) {
      return "Running";
    } else if (chance < bad + 0.075) {
      return "Awaiting <i>approval</i>";
    }
    return "Completed";
  }
}
