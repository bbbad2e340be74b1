package io.blinkreactor.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class BlaxelSwitchTest {
  private final TurnableClock clock = new TurnableClock(Instant.parse("2026-06-01T12:00:00Z"));

  @Order(1)
  @RegisterExtension
  final BlaxelEmulatorExtension blaxel =
      BlaxelEmulatorExtension.create(builder -> builder.history(60).clock(clock).jobs("second"));

  @Order(2)
  @RegisterExtension
  final InvariantsExtension invariants = new InvariantsExtension();

  private BlaxelEmulator emulator;
  private BlaxelCalls calls;
  private List<String> newestFirst;

  @BeforeEach
  void connect() {
    emulator = blaxel.emulator();
    calls = new BlaxelCalls(emulator);
    newestFirst = emulator.executionIds();
  }

  private String added(String status) {
    return emulator.addExecution(Map.of("status", status));
  }

  private void manual() {
    emulator.set(BlaxelSwitch.RUN_DURATION, "manual");
    emulator.set(BlaxelSwitch.RUN_PENDING, "PT0S");
  }

  @EachValue(BlaxelSwitch.CONTRACT_SERVED)
  @Shows(BlaxelSwitch.CONTRACT_SERVED)
  void theContractGoesByTheHeaderOrNot(String served) throws Exception {
    emulator.set(BlaxelSwitch.CONTRACT_SERVED, served);
    assertThat(calls.list("").json() instanceof List).isEqualTo(served.equals("legacy"));
    assertThat(calls.legacy().list("").json() instanceof List).isEqualTo(!served.equals("cursor"));
    assertThat(calls.legacy().list("limit=4&offset=4").ids())
        .isEqualTo(served.equals("cursor") ? newestFirst.subList(0, 4) : newestFirst.subList(4, 8));
    assertThat(calls.tasks(newestFirst.get(0), "").status())
        .isEqualTo(served.equals("legacy") ? 404 : 200);
    assertThat(emulator.violations()).as("the server's fault").isEmpty();
  }

  @EachValue(BlaxelSwitch.LEGACY_ORDER)
  @Shows(BlaxelSwitch.LEGACY_ORDER)
  void theLegacyContractSortsOneWayOrTheOther(String order) throws Exception {
    emulator.set(BlaxelSwitch.LEGACY_ORDER, order);
    List<String> expected = new ArrayList<>(newestFirst);
    if (order.equals("asc")) {
      Collections.reverse(expected);
    }
    assertThat(calls.legacy().list("limit=60").ids()).isEqualTo(expected);
    assertThat(calls.list("limit=60").ids()).isEqualTo(newestFirst);
  }

  @EachValue(BlaxelSwitch.LIST_OVER_MAX)
  @Shows({BlaxelSwitch.LIST_OVER_MAX, BlaxelSwitch.LIST_MAX_LIMIT, BlaxelSwitch.LIST_DEFAULT_LIMIT})
  void limitsHaveADefaultAndAMost(String overMax) throws Exception {
    assertThat(calls.list("limit=101").status()).isEqualTo(400);
    emulator.set(BlaxelSwitch.LIST_OVER_MAX, overMax);
    emulator.set(BlaxelSwitch.LIST_MAX_LIMIT, "30");
    emulator.set(BlaxelSwitch.LIST_DEFAULT_LIMIT, "11");
    for (BlaxelCalls contract : List.of(calls, calls.legacy())) {
      assertThat(contract.list("").ids()).hasSize(11);
      assertThat(contract.list("limit=30").ids()).hasSize(30);
      BlaxelCalls.Reply over = contract.list("limit=31");
      if (overMax.equals("clamp")) {
        assertThat(over.ids()).hasSize(30);
      } else {
        assertThat(over.status()).isEqualTo(400);
        assertThat(over.text("message")).isEqualTo("limit must be between 1 and 30");
      }
    }
    assertThat(emulator.violations()).isEmpty();
  }

  @EachValue(BlaxelSwitch.LIST_TOTAL)
  @Shows(BlaxelSwitch.LIST_TOTAL)
  void theTotalCountsThisOrThat(String total) throws Exception {
    emulator.addExecution(Map.of("metadata", Map.of("job", "second")));
    emulator.set(BlaxelSwitch.LIST_TOTAL, total);
    Map<String, @Nullable Object> meta = calls.list("q=" + newestFirst.get(0)).part("meta");
    switch (total) {
      case "job" -> assertThat(meta).containsEntry("total", 60);
      case "workspace" -> assertThat(meta).containsEntry("total", 61);
      case "filtered" -> assertThat(meta).containsEntry("total", 1);
      case "wrong" -> {
        assertThat(meta.get("total")).isInstanceOf(Integer.class).isNotEqualTo(60);
        assertThat(calls.list("").part("meta").get("total")).isNotEqualTo(60);
      }
      default -> assertThat(meta).doesNotContainKey("total");
    }
    assertThat(calls.tasks(newestFirst.get(0), "").part("meta").containsKey("total"))
        .isEqualTo(!total.equals("absent"));
  }

  @EachValue(BlaxelSwitch.LIST_TASKS)
  @Shows(BlaxelSwitch.LIST_TASKS)
  void listsTellTheTasksOrNot(String form) throws Exception {
    emulator.set(BlaxelSwitch.LIST_TASKS, form);
    Map<String, @Nullable Object> row = calls.list("limit=1").rows().get(0);
    switch (form) {
      case "full" ->
          assertThat(row.get("tasks")).asInstanceOf(InstanceOfAssertFactories.LIST).isNotEmpty();
      case "empty" -> assertThat(row).containsEntry("tasks", List.of());
      default -> assertThat(row).doesNotContainKey("tasks");
    }
    assertThat(calls.get(newestFirst.get(0)).map().get("tasks"))
        .asInstanceOf(InstanceOfAssertFactories.LIST)
        .isNotEmpty();
  }

  @EachValue(BlaxelSwitch.LIST_DELETED)
  @Shows(BlaxelSwitch.LIST_DELETED)
  void deletedAndExpiredExecutionsStayOrGo(String form) throws Exception {
    String deleted =
        emulator.addExecution(Map.of("metadata", Map.of("deletedAt", "2026-05-31T00:00:00Z")));
    String expired =
        emulator.addExecution(Map.of("metadata", Map.of("expiredAt", clock.instant())));
    String kept = added("running");
    boolean listed = form.equals("listed");
    emulator.set(BlaxelSwitch.LIST_DELETED, form);
    assertThat(emulator.executionIds().containsAll(List.of(deleted, expired))).isEqualTo(listed);
    assertThat(emulator.executionIds()).contains(kept);
    assertThat(calls.walk("limit=10")).isEqualTo(emulator.executionIds());
    assertThat(calls.list("").part("meta")).containsEntry("total", emulator.executionIds().size());
    for (String id : List.of(deleted, expired)) {
      assertThat(calls.get(id).status()).isEqualTo(listed ? 200 : 404);
      assertThat(calls.cancel(id).status()).isEqualTo(listed ? 200 : 404);
    }
    clock.turn(Duration.ofDays(61));
    assertThat(calls.legacy().list("").ids().isEmpty()).isEqualTo(!listed);
  }

  @Test
  @Shows(BlaxelSwitch.PAGE_SHORT)
  void pagesMayBeShortThoughMoreFollow() throws Exception {
    emulator.set(BlaxelSwitch.PAGE_SHORT, "1");
    BlaxelCalls.Reply first = calls.list("limit=10");
    assertThat(first.ids()).isEqualTo(newestFirst.subList(0, 5));
    assertThat(first.hasMore()).isTrue();
    assertThat(calls.legacy().list("limit=10").ids()).hasSize(5);
    assertThat(calls.legacy().list("limit=10&offset=55").ids()).hasSize(5);
    assertThat(calls.walk("limit=10")).isEqualTo(newestFirst);
  }

  @Test
  @Shows(BlaxelSwitch.PAGE_EMPTY)
  void pagesMayBeEmptyThoughMoreFollow() throws Exception {
    emulator.set(BlaxelSwitch.PAGE_EMPTY, "1");
    for (String position : List.of("offset", "keyset")) {
      emulator.set(BlaxelSwitch.CURSOR_POSITION, position);
      BlaxelCalls.Reply first = calls.list("limit=10");
      assertThat(first.ids()).isEmpty();
      assertThat(first.hasMore()).isTrue();
      BlaxelCalls.Reply second = calls.next("limit=10", first);
      assertThat(second.ids()).isEqualTo(newestFirst.subList(0, 10));
      assertThat(calls.next("limit=10", second).ids()).isEmpty();
      assertThat(calls.walk("limit=10")).isEqualTo(newestFirst);
    }
  }

  @EachValue(BlaxelSwitch.CURSOR_POSITION)
  @Shows(BlaxelSwitch.CURSOR_POSITION)
  void aCursorHoldsAnOffsetOrAKey(String position) throws Exception {
    emulator.set(BlaxelSwitch.CURSOR_POSITION, position);
    BlaxelCalls.Reply first = calls.list("limit=10");
    emulator.removeExecution(newestFirst.get(0));
    assertThat(calls.next("limit=10", first).ids().get(0))
        .isEqualTo(newestFirst.get(position.equals("offset") ? 11 : 10));
  }

  @EachValue(BlaxelSwitch.CURSOR_REJECTED_STATUS)
  @Shows({BlaxelSwitch.CURSOR_REJECTED_STATUS, BlaxelSwitch.CURSOR_LIFETIME})
  void aRejectedCursorIsToldByOneStatusOrAnother(String status) throws Exception {
    emulator.set(BlaxelSwitch.CURSOR_REJECTED_STATUS, status);
    emulator.set(BlaxelSwitch.CURSOR_LIFETIME, "1h");
    BlaxelCalls.Reply first = calls.list("limit=10");
    clock.turn(Duration.ofMinutes(59));
    assertThat(calls.next("limit=10", first).status()).isEqualTo(200);
    clock.turn(Duration.ofMinutes(1));
    assertThat(calls.next("limit=10", first).status()).isEqualTo(Integer.parseInt(status));
    assertThat(calls.list("cursor=x").map())
        .containsEntry("error", "invalid_cursor")
        .containsEntry("code", Integer.parseInt(status));
  }

  @Test
  @Shows(BlaxelSwitch.CURSOR_LOOP)
  void aCursorMayLeadToItself() throws Exception {
    emulator.set(BlaxelSwitch.CURSOR_LOOP, "1");
    BlaxelCalls.Reply first = calls.list("limit=10");
    BlaxelCalls.Reply second = calls.next("limit=10", first);
    assertThat(second.cursor()).isEqualTo(first.cursor());
    assertThat(calls.next("limit=10", second).ids()).isEqualTo(second.ids());
    emulator.set(BlaxelSwitch.CURSOR_LOOP, "0.5");
    assertThat(new HashSet<>(calls.walk("limit=5"))).hasSize(60);
  }

  @EachValue(BlaxelSwitch.CURSOR_LAST)
  @Shows(BlaxelSwitch.CURSOR_LAST)
  void theLastPageSaysSoInOneFormOrAnother(String form) throws Exception {
    emulator.set(BlaxelSwitch.CURSOR_LAST, form);
    Map<String, @Nullable Object> meta = calls.list("limit=60").part("meta");
    switch (form) {
      case "empty" -> assertThat(meta).containsEntry("nextCursor", "");
      case "null" -> assertThat(meta).containsEntry("nextCursor", null);
      default -> assertThat(meta).doesNotContainKey("nextCursor");
    }
    assertThat(calls.walk("limit=13")).isEqualTo(newestFirst);
  }

  @EachValue(BlaxelSwitch.META_DISAGREE)
  @Shows(BlaxelSwitch.META_DISAGREE)
  void hasMoreAndTheCursorMayDisagree(String form) throws Exception {
    emulator.set(BlaxelSwitch.META_DISAGREE, form);
    BlaxelCalls.Reply first = calls.list("limit=40");
    BlaxelCalls.Reply last = calls.next("limit=40", first);
    assertThat(first.cursor()).isNotEmpty();
    assertThat(first.hasMore()).isEqualTo(!form.equals("cursor-without-more"));
    assertThat(last.ids()).hasSize(20);
    assertThat(last.hasMore()).isEqualTo(form.equals("more-without-cursor"));
    assertThat(last.cursor().isEmpty()).isEqualTo(!form.equals("cursor-on-last"));
    if (form.equals("cursor-on-last")) {
      BlaxelCalls.Reply beyond = calls.next("limit=40", last);
      assertThat(beyond.ids()).isEmpty();
      assertThat(beyond.cursor()).isEmpty();
    }
    assertThat(calls.walk("limit=7")).isEqualTo(newestFirst);
  }

  @EachValue(BlaxelSwitch.STATUS_SPELLING)
  @Shows(BlaxelSwitch.STATUS_SPELLING)
  void statusesAreSpelledThisWayOrThat(String spelling) throws Exception {
    String good = added("succeeded");
    String bad = added("failed");
    emulator.set(BlaxelSwitch.STATUS_SPELLING, spelling);
    assertThat(calls.status(good))
        .isEqualTo(
            switch (spelling) {
              case "upper" -> "SUCCEEDED";
              case "completed" -> "completed";
              default -> "succeeded";
            });
    assertThat(calls.status(bad)).isEqualTo(spelling.equals("upper") ? "FAILED" : "failed");
    assertThat(calls.list("limit=2").rows().get(1).get("status")).isEqualTo(calls.status(good));
    assertThat(calls.tasks(good, "").rows().get(0).get("status")).isEqualTo(calls.status(good));
  }

  @Test
  @Shows(BlaxelSwitch.STATUS_UNKNOWN)
  void someStatusesMayBeUndocumented() throws Exception {
    emulator.set(BlaxelSwitch.STATUS_UNKNOWN, "0.3");
    List<@Nullable Object> statuses = new ArrayList<>();
    calls.list("limit=60").rows().forEach(row -> statuses.add(row.get("status")));
    assertThat(statuses).contains("succeeded");
    assertThat(Collections.frequency(statuses, BlaxelView.UNDOCUMENTED_STATUS)).isBetween(5, 35);
    int odd = statuses.indexOf(BlaxelView.UNDOCUMENTED_STATUS);
    assertThat(calls.status(newestFirst.get(odd))).isEqualTo(BlaxelView.UNDOCUMENTED_STATUS);
  }

  @EachValue(BlaxelSwitch.TIME_FORMAT)
  @Shows(BlaxelSwitch.TIME_FORMAT)
  void timesAreWrittenThisWayOrThat(String format) throws Exception {
    String id =
        emulator.addExecution(
            Map.of("metadata", Map.of("createdAt", "2026-05-01T02:03:04.567891234Z")));
    emulator.set(BlaxelSwitch.TIME_FORMAT, format);
    assertThat(calls.get(id).part("metadata"))
        .containsEntry(
            "createdAt",
            switch (format) {
              case "seconds" -> "2026-05-01T02:03:04Z";
              case "nanos" -> "2026-05-01T02:03:04.567891234Z";
              case "offset" -> "2026-05-01T02:03:04.567+00:00";
              case "text" -> "2026-05-01 02:03:04.567 +0000 UTC";
              default -> "2026-05-01T02:03:04.567Z";
            });
  }

  @EachValue(BlaxelSwitch.ENV_FORM)
  @Shows(BlaxelSwitch.ENV_FORM)
  void theEnvironmentIsAnObjectOrText(String form) throws Exception {
    emulator.set(BlaxelSwitch.ENV_FORM, form);
    Set<String> forms = new HashSet<>();
    for (Map<String, @Nullable Object> row : calls.list("limit=60").rows()) {
      Object env = BlaxelCalls.at(row, "spec", "envOverride");
      forms.add(env instanceof String ? "string" : "object");
      assertThat(env instanceof String text ? Json.read(text) : env)
          .isEqualTo(Map.of("REGION", "****", "NOTE \"☃\"", "****"));
    }
    assertThat(forms).isEqualTo(form.equals("mixed") ? Set.of("object", "string") : Set.of(form));
  }

  @Test
  @Shows({BlaxelSwitch.RUN_DURATION, BlaxelSwitch.RUN_PENDING, BlaxelSwitch.RUN_OUTCOMES})
  void executionsTakeTheirTimeAndEndAsDrawn() throws Exception {
    emulator.set(BlaxelSwitch.RUN_PENDING, "1h");
    assertThat(calls.status(calls.start(Map.of()))).isEqualTo("pending");
    emulator.set(BlaxelSwitch.RUN_PENDING, "20ms");
    emulator.set(BlaxelSwitch.RUN_DURATION, "20ms..50ms");
    emulator.set(BlaxelSwitch.RUN_OUTCOMES, "timeout=1,failed=0");
    String id = calls.start(Map.of());
    await().until(() -> calls.status(id).equals("timeout"));
    assertThat(calls.get(id).part("metadata")).containsKeys("startedAt", "completedAt");
    manual();
    String other = calls.start(Map.of());
    assertThat(calls.status(other)).isEqualTo("running");
    emulator.completeExecution(other, "retired");
    assertThat(calls.status(other)).isEqualTo("retired");
  }

  @Test
  @Shows(BlaxelSwitch.LIMIT_RUNNING)
  void onlySoManyGoOnAtOnce() throws Exception {
    manual();
    emulator.set(BlaxelSwitch.LIMIT_RUNNING, "1");
    String first = calls.start(Map.of());
    String second = calls.start(Map.of());
    assertThat(calls.status(second)).isEqualTo("queued");
    assertThat(calls.create(Map.of("allowQueue", false)).status()).isEqualTo(429);
    emulator.completeExecution(first, "succeeded");
    assertThat(calls.status(second)).isEqualTo("running");
  }

  @EachValue(BlaxelSwitch.CANCEL_FINISHED)
  @Shows({BlaxelSwitch.CANCEL_FINISHED, BlaxelSwitch.CANCEL_DURATION})
  void whatHasEndedStaysAsItIs(String status) throws Exception {
    manual();
    emulator.set(BlaxelSwitch.CANCEL_FINISHED, status);
    emulator.set(BlaxelSwitch.CANCEL_DURATION, "1h");
    assertThat(calls.cancel(calls.start(Map.of())).text("status")).isEqualTo("cancelling");
    emulator.set(BlaxelSwitch.CANCEL_DURATION, "20ms");
    String id = calls.start(Map.of());
    assertThat(calls.cancel(id).status()).isEqualTo(200);
    await().until(() -> calls.status(id).equals("cancelled"));
    String over = added("succeeded");
    BlaxelCalls.Reply reply = calls.cancel(over);
    assertThat(reply.status()).isEqualTo(Integer.parseInt(status));
    assertThat(reply.text("status")).isEqualTo(status.equals("200") ? "succeeded" : "null");
    assertThat(calls.status(over)).isEqualTo("succeeded");
  }

  @EachValue(BlaxelSwitch.CREATE_TAKEN_ID)
  @Shows(BlaxelSwitch.CREATE_TAKEN_ID)
  void anIdIsTakenOnlyOnce(String form) throws Exception {
    emulator.set(BlaxelSwitch.CREATE_TAKEN_ID, form);
    Map<String, String> mine = Map.of("executionId", "mine");
    assertThat(calls.create(mine).status()).isEqualTo(200);
    BlaxelCalls.Reply again = calls.create(mine);
    if (form.equals("same")) {
      assertThat(again.text("executionId")).isEqualTo("mine");
    } else {
      assertThat(again.status()).isEqualTo(Integer.parseInt(form));
    }
    assertThat(emulator.createdIds()).containsExactly("mine");
  }

  @EachValue(BlaxelSwitch.JOB_UNKNOWN)
  @Shows(BlaxelSwitch.JOB_UNKNOWN)
  void aJobThatIsNotThere(String form) throws Exception {
    emulator.set(BlaxelSwitch.JOB_UNKNOWN, form);
    BlaxelCalls.Reply list = calls.send("GET", "/jobs/none/executions", null);
    BlaxelCalls.Reply old = calls.legacy().send("GET", "/jobs/none/executions", null);
    BlaxelCalls.Reply create = calls.send("POST", "/jobs/none/executions", "{}");
    if (form.equals("empty")) {
      assertThat(list.map()).containsEntry("data", List.of()).containsKey("meta");
      assertThat(old.json()).isEqualTo(List.of());
      assertThat(create.status()).isEqualTo(404);
    } else {
      assertThat(List.of(list.status(), old.status(), create.status()))
          .containsOnly(Integer.parseInt(form));
    }
    assertThat(emulator.violations()).isEmpty();
  }

  @Test
  @Shows(BlaxelSwitch.GET_MISSING)
  void aSingleReadMayBeLate() throws Exception {
    emulator.set(BlaxelSwitch.GET_MISSING, "1h");
    String id = calls.start(Map.of());
    assertThat(calls.get(id).status()).isEqualTo(404);
    assertThat(calls.tasks(id, "").status()).isEqualTo(404);
    assertThatThrownBy(() -> emulator.execution(id)).isInstanceOf(NoSuchElementException.class);
    assertThat(calls.list("limit=1").ids()).containsExactly(id);
    emulator.set(BlaxelSwitch.GET_MISSING, "20ms");
    String other = calls.start(Map.of());
    await().until(() -> calls.get(other).status() == 200);
  }

  @EachValue(BlaxelSwitch.TOKEN_EXPIRES_IN)
  @Shows({BlaxelSwitch.TOKEN_EXPIRES_IN, BlaxelSwitch.TOKEN_LIFETIME})
  void tokensExpireAndMayTellWhen(String form) throws Exception {
    emulator.set(BlaxelSwitch.TOKEN_EXPIRES_IN, form);
    emulator.set(BlaxelSwitch.TOKEN_LIFETIME, "90s");
    BlaxelCalls.Reply reply =
        calls
            .with("Authorization", null)
            .token(
                Map.of(
                    "grant_type", "client_credentials",
                    "client_id", emulator.clientId(),
                    "client_secret", emulator.clientSecret()));
    assertThat(reply.map().get("expires_in")).isEqualTo(form.equals("told") ? 90 : null);
    BlaxelCalls own = calls.with("Authorization", "Bearer " + reply.text("access_token"));
    clock.turn(Duration.ofSeconds(89));
    assertThat(own.list("").status()).isEqualTo(200);
    clock.turn(Duration.ofSeconds(1));
    assertThat(own.list("").status()).isEqualTo(401);
  }

  @EachValue(BlaxelSwitch.ERROR_BODY)
  @Shows(BlaxelSwitch.ERROR_BODY)
  void errorsHaveOneBodyOrAnother(String form) throws Exception {
    emulator.set(BlaxelSwitch.ERROR_BODY, form);
    BlaxelCalls.Reply denied = calls.with("Authorization", "Bearer x").list("");
    BlaxelCalls.Reply missing = calls.get("none");
    assertThat(denied.status()).isEqualTo(401);
    assertThat(missing.status()).isEqualTo(404);
    boolean gateway = form.equals("gateway");
    if (form.equals("none")) {
      assertThat(denied.body() + missing.body()).isEmpty();
    } else {
      assertThat(denied.map().get("error") instanceof Map)
          .isEqualTo(gateway || form.equals("documented"));
      assertThat(missing.map().get("error") instanceof Map).isEqualTo(gateway);
    }
    assertThat(missing.headers().containsKey("x-blaxel-source")).isEqualTo(gateway);
    if (!gateway && !form.equals("none")) {
      assertThat(missing.map())
          .containsEntry("error", "not_found")
          .containsEntry("code", 404)
          .containsKey("message");
    }
  }

  @EachValue(BlaxelSwitch.UNKNOWN_MEMBERS)
  @Shows(BlaxelSwitch.UNKNOWN_MEMBERS)
  void membersMayBeAddedSomeDay(String on) throws Exception {
    emulator.set(BlaxelSwitch.UNKNOWN_MEMBERS, on);
    boolean odd = on.equals("on");
    BlaxelCalls.Reply page = calls.list("limit=1");
    Map<String, @Nullable Object> row = page.rows().get(0);
    for (Map<String, @Nullable Object> part :
        List.of(
            page.map(),
            page.part("meta"),
            row,
            BlaxelCalls.members(row.get("metadata")),
            BlaxelCalls.members(row.get("spec")),
            calls.get(newestFirst.get(0)).map(),
            calls.tasks(newestFirst.get(0), "").rows().get(0),
            calls.create(Map.of()).map(),
            calls.get("none").map())) {
      assertThat(part.containsKey("x_added_later")).isEqualTo(odd);
    }
  }

  @EachValue(BlaxelSwitch.ELEMENT_FORMAT)
  @Shows(BlaxelSwitch.ELEMENT_FORMAT)
  void whiteSpaceMayCome(String format) throws Exception {
    emulator.set(BlaxelSwitch.ELEMENT_FORMAT, format);
    for (BlaxelCalls.Reply reply : List.of(calls.list(""), calls.get("none"))) {
      assertThat(reply.body().contains("\n")).isEqualTo(format.equals("pretty"));
    }
  }

  @EachValue(BlaxelSwitch.WIRE_GZIP)
  @Shows(BlaxelSwitch.WIRE_GZIP)
  void answersMayBeCompressedForThoseWhoAsk(String on) throws Exception {
    emulator.set(BlaxelSwitch.WIRE_GZIP, on);
    assertThat(calls.list("").headers()).doesNotContainKey("content-encoding");
    if (on.equals("on")) {
      BlaxelCalls.Reply packed = calls.listGzipped("limit=20");
      assertThat(packed.headers()).containsEntry("content-encoding", List.of("gzip"));
      assertThat(packed.ids()).hasSize(20);
    }
  }
}
