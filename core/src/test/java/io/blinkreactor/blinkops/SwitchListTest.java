package io.blinkreactor.blinkops;

import static org.assertj.core.api.Assertions.assertThat;

import io.blinkreactor.InvalidRequestException;
import io.blinkreactor.stream.PagingMode;
import io.blinkreactor.testkit.Operation;
import io.blinkreactor.testkit.Switch;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.test.StepVerifier;

class SwitchListTest extends SwitchTest {

  private ExecutionQuery even() {
    return client.executions().find(Rql.where("playbook_id").eq("even"));
  }

  private ExecutionQuery all() {
    return client.executions().find(Rql.all());
  }

  @ParameterizedTest
  @ValueSource(ints = {7, 100})
  @Shows(Switch.LIST_DEFAULT_LIMIT)
  void thePageWithoutALimitIsTheVendorsAndTheWalkIsWhole(int limit) {
    emulator.set(Switch.LIST_DEFAULT_LIMIT, String.valueOf(limit));
    List<String> newestFirst = history(20);
    int shown = Math.min(limit, 20);
    ExecutionPage page = got(all().page());
    assertThat(ids(page)).isEqualTo(newestFirst.subList(0, shown));
    assertThat(page.total()).isEqualTo(20);
    assertThat(ids(all())).isEqualTo(newestFirst);
  }

  @EachValue(Switch.LIST_OVER_MAX)
  @Shows({Switch.LIST_OVER_MAX, Switch.LIST_MAX_LIMIT})
  void aPageTooLargeIsCutWithoutLossOrAskedForAgainWithinItsBound(String answer) {
    emulator.set(Switch.LIST_OVER_MAX, answer);
    emulator.set(Switch.LIST_MAX_LIMIT, "4");
    List<String> newestFirst = history(10);
    assertThat(ids(all().pageSize(7))).isEqualTo(newestFirst);
    int refused = answer.equals("clamp") ? 0 : 1;
    assertThat(emulator.count(Operation.LIST)).isEqualTo(4 + refused);
    assertThat(ids(all().pageSize(7))).isEqualTo(newestFirst);
    assertThat(emulator.count(Operation.LIST)).as("the bound is kept").isEqualTo(8 + refused);
  }

  @ParameterizedTest
  @ValueSource(strings = {"1", "1000"})
  @Shows(Switch.LIST_MAX_LIMIT)
  void pagesUpToTheLargestAreReadWhole(String most) {
    emulator.set(Switch.LIST_MAX_LIMIT, most);
    List<String> newestFirst = history(5);
    assertThat(ids(all().pageSize(Integer.parseInt(most)))).isEqualTo(newestFirst);
  }

  @EachValue(Switch.LIST_TOTAL)
  @Shows(Switch.LIST_TOTAL)
  void noTotalEndsTheWalkEarly(String total) {
    emulator.set(Switch.LIST_TOTAL, total);
    List<String> newestFirst = history(30);
    assertThat(ids(all().pageSize(7))).isEqualTo(newestFirst);
  }

  @EachValue(Switch.LIST_DEFAULT_ORDER)
  @Shows(Switch.LIST_DEFAULT_ORDER)
  void rowsOfOneMomentAreReadOnceEach(String order) {
    emulator.set(Switch.LIST_DEFAULT_ORDER, order);
    for (int i = 0; i < 20; i++) {
      emulator.addExecution(Map.of("created_at", 1_735_689_600_000L));
    }
    assertThat(ids(all().pageSize(3))).hasSize(20).doesNotHaveDuplicates();
  }

  @EachValue(Switch.LIST_DEFAULT_ORDER)
  @Shows(Switch.LIST_DEFAULT_ORDER)
  void theWalkIsNewestFirstWhateverTheVendorsOwnOrder(String order) {
    emulator.set(Switch.LIST_DEFAULT_ORDER, order);
    List<String> newestFirst = history(10);
    assertThat(ids(all().pageSize(3))).isEqualTo(newestFirst);
    assertThat(ids(got(all().page()))).containsExactlyInAnyOrderElementsOf(newestFirst);
  }

  @EachValue(Switch.LIST_LIMIT_ECHO)
  @Shows(Switch.LIST_LIMIT_ECHO)
  void theLimitThatAPageNamesSteersNothing(String echo) {
    emulator.set(Switch.LIST_LIMIT_ECHO, echo);
    emulator.set(Switch.LIST_OVER_MAX, "clamp");
    emulator.set(Switch.LIST_MAX_LIMIT, "4");
    List<String> newestFirst = history(10);
    ExecutionPage page = got(client.executions().find(Rql.all().limit(6)).page());
    assertThat(page.limit()).isEqualTo(echo.equals("applied") ? 4L : 6L);
    assertThat(ids(page)).isEqualTo(newestFirst.subList(0, 4));
    assertThat(ids(all().pageSize(6))).isEqualTo(newestFirst);
  }

  @ParameterizedTest
  @CsvSource({"filtered,5", "all,10", "absent,"})
  @Shows(Switch.LIST_TOTAL)
  void aWalkOfManyPagesIsWholeWhateverTheTotalCounts(String total, @Nullable Long told) {
    emulator.set(Switch.LIST_TOTAL, total);
    List<String> evenOnes = everySecond(history(10));
    assertThat(got(even().page()).total()).isEqualTo(told);
    assertThat(ids(even().pageSize(2))).isEqualTo(evenOnes);
  }

  @EachValue(Switch.LIST_TOTAL)
  @Shows(Switch.LIST_TOTAL)
  void aListOfOnePageIsWholeWhateverItsTotalSays(String total) {
    emulator.set(Switch.LIST_TOTAL, total);
    List<String> evenOnes = everySecond(history(10));
    assertThat(ids(got(even().page()))).isEqualTo(evenOnes);
    assertThat(ids(even().pageSize(100))).isEqualTo(evenOnes);
    assertThat(ids(even().pageSize(5))).isEqualTo(evenOnes);
  }

  @EachValue(Switch.LIST_EMPTY_RESULTS)
  @Shows(Switch.LIST_EMPTY_RESULTS)
  void anEmptyListIsEmptyHoweverItIsWritten(String form) {
    emulator.set(Switch.LIST_EMPTY_RESULTS, form);
    assertThat(got(all().page()).executions()).isEmpty();
    StepVerifier.create(all().items()).expectComplete().verify(PATIENCE);
    List<String> newestFirst = history(4);
    emulator.set(Switch.LIST_TOTAL, "absent");
    assertThat(ids(all().pageSize(2))).isEqualTo(newestFirst);
  }

  @Test
  @Shows(Switch.LIST_FIELDS_SORTABLE)
  void aRefusedOrderIsNamedAndAnotherOneWorks() {
    emulator.set(Switch.LIST_FIELDS_SORTABLE, "started_at");
    List<String> newestFirst = history(5);
    InvalidRequestException refused =
        failure(InvalidRequestException.class, all().paging(PagingMode.KEYSET).items().then());
    assertThat(refused.call().vendorMessage()).isEqualTo("field \"created_at\" is not sortable");
    assertThat(emulator.count(Operation.LIST)).isEqualTo(1);
    assertThat(ids(all())).isEqualTo(newestFirst);
    assertThat(client.executions().find(Rql.all().sort("-started_at")).paging(PagingMode.OFFSET))
        .extracting(SwitchTest::ids)
        .isEqualTo(newestFirst);
  }

  @Test
  @Shows(Switch.LIST_FIELDS_FILTERABLE)
  void aRefusedFilterIsNamedAndAnotherOneWorks() {
    emulator.set(Switch.LIST_FIELDS_FILTERABLE, "playbook_id");
    List<String> evenOnes = everySecond(history(6));
    InvalidRequestException refused =
        failure(
            InvalidRequestException.class,
            client.executions().find(Rql.where("state").eq("Failed")).items().then());
    assertThat(refused.call().vendorMessage()).isEqualTo("field \"state\" is not filterable");
    assertThat(emulator.count(Operation.LIST)).isEqualTo(1);
    assertThat(ids(even())).isEqualTo(evenOnes);
  }

  @Test
  @Shows(Switch.LIST_FIELDS_SELECTABLE)
  void aRefusedSelectionIsNamedAndAnotherOneLeavesTheRestNull() {
    emulator.set(Switch.LIST_FIELDS_SELECTABLE, "id,state_ui");
    List<String> newestFirst = history(5);
    InvalidRequestException refused =
        failure(
            InvalidRequestException.class,
            client.executions().find(Rql.all().select("id", "name")).items().then());
    emulator.set(Switch.LIST_FIELDS_SELECTABLE, "id,created_at,state_ui");
    assertThat(refused.call().vendorMessage()).isEqualTo("unrecognized selection key \"name\"");
    assertThat(
            got(
                client
                    .executions()
                    .find(Rql.all().select("id", "state_ui"))
                    .pageSize(2)
                    .items()
                    .collectList()))
        .allSatisfy(row -> assertThat(row.name()).isNull())
        .allSatisfy(row -> assertThat(row.stateUi()).isEqualTo(ExecutionState.COMPLETED))
        .extracting(row -> Objects.requireNonNull(row.id()))
        .isEqualTo(newestFirst);
  }
}
