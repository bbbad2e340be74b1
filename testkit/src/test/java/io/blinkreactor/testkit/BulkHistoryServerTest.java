package io.blinkreactor.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BulkHistoryServerTest {

  private static final HttpClient HTTP =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private static final String LOWEST = "00000000-0000-0000-0000-000000000000";
  private static final String HIGHEST = "ffffffff-ffff-ffff-ffff-ffffffffffff";
  private static final long LATEST = (1L << 53) - 1;

  private static HttpResponse<String> ask(BulkHistoryServer server, String q) throws Exception {
    return ask(server, server.workspace(), server.apiKey(), q);
  }

  private static HttpResponse<String> ask(
      BulkHistoryServer server, String workspace, String key, String q) throws Exception {
    String path = "/api/v1/workspace/" + workspace + "/executions?q=";
    return HTTP.send(
        HttpRequest.newBuilder(
                URI.create(server.baseUrl() + path + URLEncoder.encode(q, StandardCharsets.UTF_8)))
            .header("BLINK-API-KEY", key)
            .timeout(Duration.ofSeconds(20))
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  private static String after(String bounds, long at, String id, int limit) {
    return """
        {"filter":{"created_at":{%s},"$or":[{"created_at":{"$gt":%d}},\
        {"created_at":%d,"id":{"$gt":"%s"}}]},"sort":["created_at","id"],"limit":%d}"""
        .formatted(bounds, at, at, id, limit);
  }

  private static String before(String bounds, long at, String id, int limit) {
    return after(bounds, at, id, limit)
        .replace("$gt\"", "$lt\"")
        .replace("[\"created_at\",\"id\"]", "[\"-created_at\",\"-id\"]");
  }

  private static List<Map<?, ?>> rows(HttpResponse<String> page) {
    assertThat(page.statusCode()).as(page.body()).isEqualTo(200);
    return new Calls.Reply(200, Map.of(), page.body()).results();
  }

  private static Map<?, ?> last(List<Map<?, ?>> rows) {
    return rows.get(rows.size() - 1);
  }

  private static long at(Map<?, ?> row) {
    return row.get("created_at") instanceof Long at ? at : -1;
  }

  private static List<String> ids(BulkHistoryServer server, int from, int to) {
    return IntStream.range(from, to).mapToObj(server::id).toList();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 7, 50, 1_000})
  void aWalkSeesEachRowOnceInItsOrder(int limit) throws Exception {
    try (BulkHistoryServer server = BulkHistoryServer.builder().rows(101).start()) {
      for (boolean up : List.of(true, false)) {
        List<String> seen = new ArrayList<>();
        long at = up ? -1 : LATEST;
        String id = up ? LOWEST : HIGHEST;
        List<Map<?, ?>> rows;
        do {
          String q =
              up ? after("\"$gte\":" + at, at, id, limit) : before("\"$lte\":" + at, at, id, limit);
          rows = rows(ask(server, q));
          for (Map<?, ?> row : rows) {
            seen.add(String.valueOf(row.get("id")));
          }
          if (!rows.isEmpty()) {
            at = at(last(rows));
            id = String.valueOf(last(rows).get("id"));
          }
        } while (!rows.isEmpty());
        List<String> expected = new ArrayList<>(ids(server, 0, 101));
        if (!up) {
          Collections.reverse(expected);
        }
        assertThat(seen).isEqualTo(expected);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"0,1", "1,0", "999,1", "1000,0", "1001,1", "14000,0", "15000,0"})
  void boundsAreTimesOfWhichTheUpperOneIsLeftOut(long offset, int more) throws Exception {
    try (BulkHistoryServer server = BulkHistoryServer.builder().rows(100).start()) {
      long start = server.createdAt(0).toEpochMilli();
      long bound = start + offset;
      int below = (int) IntStream.range(0, 100).filter(i -> at(server, i) < bound).count();
      String low = "\"$gte\":" + (bound - 1);
      assertThat(rows(ask(server, after(low, bound - 1, LOWEST, 1_000))))
          .hasSize((int) IntStream.range(0, 100).filter(i -> at(server, i) >= bound - 1).count());
      String under = "\"$gte\":-1,\"$lt\":" + bound;
      assertThat(rows(ask(server, after(under, -1, LOWEST, 1_000)))).hasSize(below);
      String head = "\"$lte\":" + bound + ",\"$lt\":" + bound + ",\"$gte\":" + (start + more);
      int least = more == 0 ? 0 : 7;
      assertThat(rows(ask(server, before(head, bound, HIGHEST, 1_000))))
          .hasSize(Math.max(0, below - least));
    }
  }

  private static long at(BulkHistoryServer server, int row) {
    return server.createdAt(row).toEpochMilli();
  }

  /** What readers look at differs from row to row, and is as long as was asked for. */
  @ParameterizedTest
  @ValueSource(ints = {1_400, 4_096, 65_536})
  void rowsAreWholeExecutions(int bytes) throws Exception {
    try (BulkHistoryServer server = BulkHistoryServer.builder().rows(40).rowBytes(bytes).start()) {
      String body = ask(server, after("\"$gte\":-1", -1, LOWEST, 20)).body();
      Map<String, Object> page = new Calls.Reply(200, Map.of(), body).map();
      assertThat(page).containsEntry("total", 40).containsEntry("limit", 20);
      assertThat(body.getBytes(StandardCharsets.UTF_8).length)
          .isEqualTo(body.indexOf('[') + 1 + 20 * (bytes + 1) + 1);
      List<Map<?, ?>> rows = new Calls.Reply(200, Map.of(), body).results();
      assertThat(rows).hasSize(20);
      for (int i = 0; i < 20; i++) {
        Map<?, ?> row = rows.get(i);
        long created = server.createdAt(i).toEpochMilli();
        assertThat(row.get("id")).isEqualTo(server.id(i)).isEqualTo(row.get("top_execution_id"));
        assertThat(String.valueOf(row.get("id")))
            .matches("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");
        assertThat(row.get("created_at")).isEqualTo(created);
        assertThat(row.get("execution_number")).isEqualTo(1_000_000_000_000L + i);
        assertThat((Long) row.get("finished_at")).isGreaterThan(created);
        assertThat(row.get("step_results")).isInstanceOf(Map.class);
        assertThat(row.get("workspace_id")).isEqualTo(server.workspace());
      }
      assertThat(rows.stream().map(row -> String.valueOf(row.get("state_ui"))))
          .contains("Completed", "Failed", "Cancelled", "Timeout");
      Set<?> known = membersOfTheEmulator();
      assertThat(rows).allSatisfy(row -> assertThat(row.keySet()).isEqualTo(known));
    }
  }

  private static Set<?> membersOfTheEmulator() throws Exception {
    try (BlinkOpsEmulator emulator = BlinkOpsEmulator.builder().start()) {
      emulator.addExecution(Map.of("created_at", Instant.parse("2026-03-01T00:00:00Z")));
      return new Calls(emulator).list("{}").results().get(0).keySet();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "[]",
        "{",
        "{'limit':5}",
        "{'sort':['created_at','id'],'limit':5}",
        "{'filter':{'created_at':{'$gte':0}},'sort':['created_at','id'],'limit':5}",
        "{'filter':{'created_at':{'$gte':0},'$or':[{'created_at':{'$gt':0}},"
            + "{'created_at':1,'id':{'$gt':'a'}}]},'sort':['created_at','id'],'limit':5}",
        "{'filter':{'created_at':{'$gte':0},'$or':[{'created_at':{'$lt':0}},"
            + "{'created_at':0,'id':{'$lt':'a'}}]},'sort':['created_at','id'],'limit':5}",
        "{'filter':{'created_at':{'$gte':0},'$or':[{'created_at':{'$gt':0}},"
            + "{'created_at':0,'id':{'$gt':'a'}}]},'sort':['created_at'],'limit':5}",
        "{'filter':{'created_at':{'$gte':0},'$or':[{'created_at':{'$gt':0}},"
            + "{'created_at':0,'id':{'$gt':'a'}}]},'sort':['created_at','id'],'limit':1001}",
        "{'filter':{'created_at':{'$gte':0},'name':'x','$or':[{'created_at':{'$gt':0}},"
            + "{'created_at':0,'id':{'$gt':'a'}}]},'sort':['created_at','id'],'limit':5}",
      })
  void everyOtherQueryIsRefused(String q) throws Exception {
    try (BulkHistoryServer server = BulkHistoryServer.builder().start()) {
      assertThat(ask(server, q.replace('\'', '"')).statusCode()).isEqualTo(400);
      assertThat(server.pages()).isZero();
    }
  }

  @Test
  void strangersAreRefused() throws Exception {
    try (BulkHistoryServer server = BulkHistoryServer.builder().start()) {
      String q = after("\"$gte\":-1", -1, LOWEST, 20);
      assertThat(ask(server, server.workspace(), "x", q).statusCode()).isEqualTo(401);
      assertThat(ask(server, "x", server.apiKey(), q).statusCode()).isEqualTo(404);
    }
  }

  @Test
  void aPageTakesAsLongAsWasSaid() throws Exception {
    Duration latency = Duration.ofMillis(60);
    try (BulkHistoryServer server = BulkHistoryServer.builder().latency(latency).start()) {
      long start = System.nanoTime();
      rows(ask(server, after("\"$gte\":-1", -1, LOWEST, 20)));
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(latency);
    }
  }

  @Test
  void aRowHasALeastLength() {
    BulkHistoryServer.Builder builder = BulkHistoryServer.builder().rowBytes(100);
    assertThatThrownBy(builder::start)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("bytes or more");
  }

  /** Prints the speed, which is that of copying. */
  @Test
  void aLongHistoryIsReadWhole() throws Exception {
    int rows = 20_000;
    try (BulkHistoryServer server = BulkHistoryServer.builder().rows(rows).start()) {
      for (int row = 0; row < rows; row += 1_000) {
        long at = row == 0 ? -1 : at(server, row - 1);
        String id = row == 0 ? LOWEST : server.id(row - 1);
        HttpResponse<String> page = ask(server, after("\"$gte\":" + at, at, id, 1_000));
        assertThat(page.body()).contains(server.id(row)).contains(server.id(row + 999));
      }
      assertThat(server.rowsSent()).isEqualTo(rows);
    }
  }
}
