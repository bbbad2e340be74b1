package io.blinkreactor.blinkops;

import static org.assertj.core.api.Assertions.assertThat;

import io.blinkreactor.JsonValue;
import io.blinkreactor.NotFoundException;
import io.blinkreactor.testkit.Switch;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SwitchWireTest extends SwitchTest {

  @ParameterizedTest
  @CsvSource({"ELEMENT_FORMAT,pretty", "WIRE_GZIP,off", "WIRE_GZIP,on", "UNKNOWN_MEMBERS,on"})
  @Shows({Switch.ELEMENT_FORMAT, Switch.WIRE_GZIP, Switch.UNKNOWN_MEMBERS})
  void everyAnswerIsReadWholeHoweverItIsWritten(Switch which, String value) {
    emulator.set(which, value);
    List<String> newestFirst = history(5);
    assertWhole(newestFirst);
  }

  @Test
  @Shows({Switch.ELEMENT_FORMAT, Switch.WIRE_GZIP, Switch.UNKNOWN_MEMBERS})
  void everyAnswerIsReadWholeWithAllOfThemAtOnce() {
    emulator.set(Switch.ELEMENT_FORMAT, "pretty");
    emulator.set(Switch.WIRE_GZIP, "on");
    emulator.set(Switch.UNKNOWN_MEMBERS, "on");
    assertWhole(history(5));
    assertThat(emulator.requests())
        .allSatisfy(
            request -> assertThat(request.headers().get("accept-encoding")).contains("gzip"));
  }

  private void assertWhole(List<String> newestFirst) {
    List<Execution> rows =
        got(client.executions().find(Rql.all()).pageSize(2).items().collectList());
    assertThat(rows).extracting(SwitchTest::id).isEqualTo(newestFirst);
    for (Execution row : rows) {
      assertThat(new HashSet<Object>(truth(id(row)).entrySet()))
          .containsAll(members(row.json()).entrySet());
      assertThat(row.createdAt()).isNotNull();
    }
    String id = newestFirst.get(0);
    assertThat(members(got(client.executions().get(id)).json())).isEqualTo(truth(id));
    assertThat(got(client.executions().steps(id)))
        .extracting(ExecutionStep::stepId)
        .containsExactly("step_1", "step_2", "step_3");
    ExecutionDetails end = finish(runs(receiver(), NEVER)).execution();
    assertThat(members(end.json())).isEqualTo(truth(id(end)));
    assertThat(failure(NotFoundException.class, client.executions().get("none")).call())
        .satisfies(call -> assertThat(call.vendorMessage()).isEqualTo("can not find execution"));
  }

  @EachValue(Switch.UNKNOWN_MEMBERS)
  @Shows(Switch.UNKNOWN_MEMBERS)
  void membersThatNobodyDocumentsAreKeptToTheLastDigit(String unknown) {
    emulator.set(Switch.UNKNOWN_MEMBERS, unknown);
    String id = history(1).get(0);
    Map<String, JsonValue> read = got(client.executions().get(id)).unknownMembers();
    Map<String, JsonValue> listed =
        got(client.executions().find(Rql.all()).page()).executions().get(0).unknownMembers();
    Map<String, JsonValue> step = got(client.executions().steps(id)).get(0).unknownMembers();
    if (unknown.equals("off")) {
      assertThat(read).isEmpty();
      assertThat(listed).isEmpty();
      assertThat(step).isEmpty();
    } else {
      assertThat(read).containsOnlyKeys("x_added_later", "x_big_integer", "x_nested");
      assertThat(read.get("x_big_integer"))
          .isEqualTo(JsonValue.parse("123456789012345678901234567890"));
      assertThat(listed).isEqualTo(read);
      assertThat(step).isEqualTo(read);
    }
  }

  @EachValue(Switch.ELEMENT_FORMAT)
  @Shows(Switch.ELEMENT_FORMAT)
  void whiteSpaceIsKeptAsItCame(String format) {
    emulator.set(Switch.ELEMENT_FORMAT, format);
    String id = history(1).get(0);
    assertThat(got(client.executions().get(id)).json().text().contains("\n"))
        .isEqualTo(format.equals("pretty"));
  }
}
