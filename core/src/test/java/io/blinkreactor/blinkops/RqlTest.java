package io.blinkreactor.blinkops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import io.blinkreactor.testkit.BlinkOpsEmulator;
import io.blinkreactor.testkit.BlinkOpsEmulatorExtension;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.function.Predicate;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class RqlTest {

  private static final int ROWS = 300;

  @RegisterExtension
  final BlinkOpsEmulatorExtension emulators =
      BlinkOpsEmulatorExtension.create(builder -> builder.history(ROWS));

  @Test
  void everyPredicateIsWrittenAsDocumented() {
    Rql query =
        Rql.where("a")
            .eq("x")
            .and("b")
            .neq(true)
            .and("c")
            .gt(1)
            .and("d")
            .lt(2L)
            .and("e")
            .gte(Instant.ofEpochMilli(1735689600000L))
            .and("e")
            .lte("z")
            .and("f")
            .like("100%_+{}")
            .and("g")
            .eq(ExecutionState.FAILED)
            .sort("-created_at", "id")
            .select("id", "state")
            .limit(50)
            .offset(100);
    assertThat(query)
        .hasToString(
            "{\"filter\":{\"a\":\"x\",\"b\":{\"$neq\":true},\"c\":{\"$gt\":1},\"d\":{\"$lt\":2},"
                + "\"e\":{\"$gte\":1735689600000,\"$lte\":\"z\"},\"f\":{\"$like\":\"100%_+{}\"},\"g\":\"Failed\"},"
                + "\"sort\":[\"-created_at\",\"id\"],\"select\":[\"id\",\"state\"],\"limit\":50,\"offset\":100}");
  }

  @Test
  void alternativesNest() {
    Rql inner = Rql.where("x").eq(1).and(Rql.anyOf(Rql.where("y").eq(2), Rql.where("z").eq(3)));
    assertThat(Rql.anyOf(inner, Rql.where("w").eq(4)).and("v").eq(5))
        .hasToString(
            "{\"filter\":{\"v\":5,\"$or\":[{\"x\":1,\"$or\":[{\"y\":2},{\"z\":3}]},{\"w\":4}]}}");
  }

  @Test
  void whatOneObjectCantHoldTwiceGoesOneLevelDown() {
    assertThat(Rql.where("a").gte(1).and("a").gte(2))
        .hasToString("{\"filter\":{\"a\":{\"$gte\":1},\"$or\":[{\"a\":{\"$gte\":2}}]}}");
    Rql or = Rql.anyOf(Rql.where("a").eq(1), Rql.where("b").eq(2));
    assertThat(or.and(Rql.anyOf(Rql.where("c").eq(3), Rql.where("d").eq(4))))
        .hasToString(
            "{\"filter\":{\"$or\":[{\"a\":1,\"$or\":[{\"c\":3},{\"d\":4}]},{\"b\":2,\"$or\":[{\"c\":3},{\"d\":4}]}]}}");
  }

  @Test
  void jsonIsSentAsItIs() {
    assertThat(Rql.json("{\"filter\":{\"a\" : 1.10}}")).hasToString("{\"filter\":{\"a\" : 1.10}}");
    assertThat(Rql.filterJson("{\"$and\":[{\"a\":1}]}").sort("id").limit(3))
        .hasToString("{\"filter\":{\"$and\":[{\"a\":1}]},\"sort\":[\"id\"],\"limit\":3}");
  }

  @SuppressWarnings("NullAway") // a program without null checks may pass null
  @Test
  void mistakesFailAtOnceWithASentence() {
    refused(() -> Rql.all().limit(0), "'limit' must be 1 to 1000");
    refused(() -> Rql.all().limit(1001), "'limit' must be 1 to 1000");
    refused(() -> Rql.all().offset(-1), "'offset' must be 0 or more");
    refused(() -> Rql.where(" "), "name of a member");
    refused(() -> Rql.where("$or"), "name of a member");
    refused(() -> Rql.where("a").gt(true), "eq and neq");
    refused(() -> Rql.where("a").eq(1.5), "not with Double");
    refused(() -> Rql.where("a").eq(List.of()), "can be compared with");
    refused(() -> Rql.anyOf(), "at least one filter");
    refused(() -> Rql.anyOf(Rql.all()), "without conditions");
    refused(() -> Rql.filterJson("[1]"), "JSON object");
    refused(() -> Rql.json("{"), "not JSON");
    refused(() -> Rql.json("{}").limit(3), "takes no limit");
    refused(() -> Rql.filterJson("{}").and("a").eq(1), "takes no condition");
    refused(() -> Rql.all().sort("-"), "without a field name");
    assertThatNullPointerException()
        .isThrownBy(() -> Rql.where("a").eq(null))
        .withMessageContaining("no test for null");
  }

  @Test
  void nothingIsLostOnTheWay(BlinkOpsEmulator emulator) {
    String name = "100% +plus+ {curly} [x] \"quoted\" \\ / ? & = # ; \u00fc \u4f60 \ud83d\ude00";
    String id = emulator.addExecution(Map.of("name", name));
    try (BlinkOpsClient client = client(emulator)) {
      assertThat(ids(client, Rql.where("name").eq(name))).containsExactly(id);
      assertThat(ids(client, Rql.where("name").like("100% +plus+ {curly}%").sort("-created_at")))
          .containsExactly(id);
    }
  }

  /**
   * What the builder means is what the emulator, written from the vendor's documentation alone,
   * lets through.
   */
  @Test
  void theEmulatorUnderstandsWhatTheBuilderMeans(BlinkOpsEmulator emulator) {
    long seed = Long.getLong("blinkreactor.seed", System.nanoTime());
    SplittableRandom random = new SplittableRandom(seed);
    try (BlinkOpsClient client = client(emulator)) {
      List<Execution> all =
          Objects.requireNonNull(
              client
                  .executions()
                  .find(Rql.all())
                  .items()
                  .collectList()
                  .block(Duration.ofSeconds(20)));
      assertThat(all).hasSize(ROWS);
      int matched = 0;
      for (int i = 0; i < 150; i++) {
        Clause clause = Clause.random(random, all, 3);
        while (clause.query.toJson().length() > 10_000) { // beyond what fits into a URL
          clause = Clause.random(random, all, 3);
        }
        List<String> expected =
            all.stream().filter(clause.meaning).map(e -> String.valueOf(e.id())).sorted().toList();
        assertThat(ids(client, clause.query))
            .as("seed %d, query %s", seed, clause.query)
            .isEqualTo(expected);
        matched += expected.isEmpty() ? 0 : 1;
      }
      assertThat(matched).as("queries that let something through, seed %d", seed).isGreaterThan(20);
    }
  }

  /** A random filter and what it means. */
  private record Clause(Rql query, Predicate<Execution> meaning) {

    static Clause random(SplittableRandom random, List<Execution> rows, int depth) {
      Clause clause = condition(random, rows);
      for (int more = random.nextInt(3); more > 0; more--) {
        Clause other =
            depth > 0 && random.nextBoolean()
                ? anyOf(random, rows, depth - 1)
                : condition(random, rows);
        Predicate<Execution> both = clause.meaning.and(other.meaning);
        clause = new Clause(clause.query.and(other.query), both);
      }
      return clause;
    }

    private static Clause anyOf(SplittableRandom random, List<Execution> rows, int depth) {
      Clause a = random(random, rows, depth);
      Clause b = random(random, rows, depth);
      return new Clause(Rql.anyOf(a.query, b.query), a.meaning.or(b.meaning));
    }

    private static Clause condition(SplittableRandom random, List<Execution> rows) {
      Execution row = rows.get(random.nextInt(rows.size()));
      Instant at = Objects.requireNonNull(row.createdAt());
      long number = Objects.requireNonNull(row.executionNumber());
      String playbook = Objects.requireNonNull(row.playbookId());
      ExecutionState state = Objects.requireNonNull(row.stateUi());
      return switch (random.nextInt(8)) {
        case 0 -> new Clause(Rql.where("created_at").gte(at), e -> !created(e).isBefore(at));
        case 1 -> new Clause(Rql.where("created_at").lt(at), e -> created(e).isBefore(at));
        case 2 ->
            new Clause(Rql.where("playbook_id").eq(playbook), e -> playbook.equals(e.playbookId()));
        case 3 ->
            new Clause(
                Rql.where("playbook_id").neq(playbook), e -> !playbook.equals(e.playbookId()));
        case 4 -> new Clause(Rql.where("execution_number").gt(number), e -> number(e) > number);
        case 5 -> new Clause(Rql.where("execution_number").lte(number), e -> number(e) <= number);
        case 6 -> new Clause(Rql.where("state_ui").eq(state), e -> state.equals(e.stateUi()));
        default ->
            new Clause(
                Rql.where("state_ui").like(state.name().charAt(0) + "%"),
                e ->
                    Objects.requireNonNull(e.stateUi()).name().charAt(0) == state.name().charAt(0));
      };
    }

    private static Instant created(Execution e) {
      return Objects.requireNonNull(e.createdAt());
    }

    private static long number(Execution e) {
      return Objects.requireNonNull(e.executionNumber());
    }
  }

  private static List<String> ids(BlinkOpsClient client, Rql query) {
    return Objects.requireNonNull(
        client
            .executions()
            .find(query)
            .items()
            .map(e -> String.valueOf(e.id()))
            .sort()
            .collectList()
            .block(Duration.ofSeconds(20)));
  }

  private static BlinkOpsClient client(BlinkOpsEmulator emulator) {
    return BlinkOpsClient.builder()
        .baseUrl(emulator.baseUrl())
        .apiKey(emulator.apiKey())
        .workspace(emulator.workspace())
        .build();
  }

  private static void refused(ThrowingCallable call, String why) {
    assertThatIllegalArgumentException().isThrownBy(call).withMessageContaining(why);
  }
}
