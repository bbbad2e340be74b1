package io.blinkreactor.blinkops;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.blinkreactor.ApiException;
import io.blinkreactor.InvalidRequestException;
import io.blinkreactor.StreamException;
import io.blinkreactor.stream.PagingMode;
import io.blinkreactor.testkit.Operation;
import io.blinkreactor.testkit.Switch;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SwitchRqlTest extends SwitchTest {

  @EachValue(Switch.RQL_AND)
  @Shows(Switch.RQL_AND)
  void theBuilderNeedsNoAnd(String and) {
    emulator.set(Switch.RQL_AND, and);
    List<String> newestFirst = history(10);
    Instant sixth = created(newestFirst.get(5));
    assertThat(ids(find(Rql.where("created_at").gte(sixth).and("playbook_id").eq("even"))))
        .isEqualTo(everySecond(newestFirst.subList(0, 6)));
    assertThat(
            ids(
                find(
                    Rql.where("created_at")
                        .gte(sixth)
                        .and("created_at")
                        .gte(sixth.plus(Duration.ofMinutes(2)))
                        .and("created_at")
                        .lt(created(newestFirst.get(0))))))
        .isEqualTo(newestFirst.subList(1, 4));
  }

  @EachValue(Switch.RQL_AND)
  @Shows(Switch.RQL_AND)
  void anAndOfTheCallersOwnIsAnsweredOrRefused(String and) {
    emulator.set(Switch.RQL_AND, and);
    List<String> evenOnes = everySecond(history(4));
    ExecutionQuery query = find(Rql.filterJson("{\"$and\":[{\"playbook_id\":\"even\"}]}"));
    if (and.equals("on")) {
      assertThat(ids(query)).isEqualTo(evenOnes);
    } else {
      assertThat(failure(InvalidRequestException.class, query.items().then()))
          .hasMessageContaining("$and");
    }
  }

  @EachValue(Switch.RQL_NESTED_OR)
  @Shows(Switch.RQL_NESTED_OR)
  void oneAlternativeNeedsNoNestingAndTwoAreAnsweredOrRefused(String nested) {
    emulator.set(Switch.RQL_NESTED_OR, nested);
    List<String> newestFirst = history(8);
    Rql firstOrThird =
        Rql.anyOf(Rql.where("id").eq(newestFirst.get(0)), Rql.where("id").eq(newestFirst.get(2)));
    Rql thirdOrEven =
        Rql.anyOf(Rql.where("id").eq(newestFirst.get(2)), Rql.where("playbook_id").eq("odd"));
    assertThat(ids(find(firstOrThird))).containsExactly(newestFirst.get(0), newestFirst.get(2));
    ExecutionQuery both = find(firstOrThird.and(thirdOrEven));
    if (nested.equals("on")) {
      assertThat(ids(both)).containsExactly(newestFirst.get(2));
    } else {
      long before = emulator.count(Operation.LIST);
      assertThat(failure(InvalidRequestException.class, both.items().then()).call())
          .satisfies(call -> assertThat(call.vendorMessage()).contains("$or"))
          .satisfies(call -> assertThat(call.attempts()).isEqualTo(1));
      assertThat(emulator.count(Operation.LIST)).as("by KEYSET and by TIME").isEqualTo(before + 2);
    }
  }

  @EachValue(Switch.RQL_IGNORE_SORT)
  @Shows(Switch.RQL_IGNORE_SORT)
  void anOrderThatIsIgnoredIsALoudErrorUnlessItIsTheSame(String ignored) {
    emulator.set(Switch.RQL_IGNORE_SORT, ignored);
    List<String> newestFirst = history(10);
    assertThat(ids(find(Rql.all()).pageSize(3))).isEqualTo(newestFirst);
    emulator.set(Switch.LIST_DEFAULT_ORDER, "oldest");
    for (PagingMode mode : List.of(PagingMode.KEYSET, PagingMode.TIME, PagingMode.OFFSET)) {
      ExecutionQuery query = find(Rql.all()).pageSize(3).paging(mode);
      if (ignored.equals("off")) {
        assertThat(ids(query)).isEqualTo(newestFirst);
      } else {
        assertThat(failure(StreamException.class, query.items().then()))
            .hasMessageContaining("not sorted by created_at")
            .hasMessageContaining("ignores 'sort'")
            .hasMessageContaining(mode.name());
      }
    }
  }

  @EachValue(Switch.RQL_IGNORE_FILTER)
  @Shows(Switch.RQL_IGNORE_FILTER)
  void aFilterThatIsIgnoredIsALoudErrorAndOffsetsDoWithoutIt(String ignored) {
    emulator.set(Switch.RQL_IGNORE_FILTER, ignored);
    List<String> evenOnes = everySecond(history(10));
    ExecutionQuery even = find(Rql.where("playbook_id").eq("even")).pageSize(3);
    for (PagingMode mode : List.of(PagingMode.KEYSET, PagingMode.TIME)) {
      if (ignored.equals("off")) {
        assertThat(ids(even.paging(mode))).isEqualTo(evenOnes);
      } else {
        assertThat(failure(StreamException.class, even.paging(mode).items().then()))
            .hasMessageContaining("ignores 'filter'");
      }
    }
    assertThat(ids(even.paging(PagingMode.OFFSET))).containsAll(evenOnes).doesNotHaveDuplicates();
  }

  @ParameterizedTest
  @CsvSource({
    "400,io.blinkreactor.InvalidRequestException",
    "404,io.blinkreactor.NotFoundException",
    "418,io.blinkreactor.ApiException",
    "422,io.blinkreactor.InvalidRequestException",
    "500,io.blinkreactor.ApiException"
  })
  @Shows(Switch.RQL_ERROR_STATUS)
  void aRefusedQueryIsTriedOnceAndNamesItsStatusAndReason(
      int status, Class<? extends ApiException> type) {
    emulator.set(Switch.RQL_ERROR_STATUS, String.valueOf(status));
    ApiException refused = failure(type, find(Rql.where("no_such_field").eq("x")).items().then());
    assertThat(refused.status()).isEqualTo(status);
    assertThat(refused.call().vendorMessage())
        .isEqualTo("unrecognized key \"no_such_field\" for filtering");
    assertThat(emulator.count(Operation.LIST)).isEqualTo(1);
  }

  @EachValue(Switch.RQL_ERROR_BODY)
  @Shows(Switch.RQL_ERROR_BODY)
  void theReasonOfARefusalIsReadFromEitherBody(String body) {
    emulator.set(Switch.RQL_ERROR_BODY, body);
    Throwable refused = catchThrowable(() -> find(Rql.all().sort("nonsense")).page().block());
    assertThat(refused)
        .isExactlyInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("unrecognized key \"nonsense\" for sorting");
    assertThat(((ApiException) refused).call().identifier() != null)
        .isEqualTo(body.equals("wrapper"));
    assertThat(((ApiException) refused).requestId()).isNotBlank();
  }

  private ExecutionQuery find(Rql query) {
    return client.executions().find(query);
  }

  private Instant created(String id) {
    return Instant.ofEpochMilli((Long) requireNonNull(truth(id).get("created_at")));
  }
}
