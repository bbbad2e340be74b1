package io.blinkreactor.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The contract of the Go library, row by row. */
class RqlParserTest {
  private final Settings settings = new Settings(Switch.values());

  private RqlQuery parse(String q) throws RqlException {
    return new RqlParser(settings).parse(q);
  }

  private static void refused(ThrowingCallable call, String message) {
    assertThatThrownBy(call).isInstanceOf(RqlException.class).hasMessage(message);
  }

  @Test
  void nothingAskedGivesDefaults() throws Exception {
    RqlQuery query = parse("{}");
    assertThat(query).isEqualTo(new RqlQuery(25, 0, 0, List.of(), null, null));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "not json",
        "``",
        "[]",
        "\"text\"",
        "{\"limit\":\"25\"}",
        "{\"limit\":25.5}",
        "{\"offset\":true}",
        "{\"sort\":\"name\"}",
        "{\"sort\":[1]}",
        "{\"select\":{}}",
        "{\"filter\":[]}",
        "{} x"
      })
  void wrongJsonFailsToDecode(String q) {
    assertThatThrownBy(() -> parse(q))
        .isInstanceOf(RqlException.class)
        .hasMessageStartingWith("decoding buffer to *Query: ");
  }

  @Test
  void unknownTopLevelMemberFailsToDecode() {
    assertThatThrownBy(() -> parse("{\"ci\":true}"))
        .hasMessageStartingWith("decoding buffer to *Query: ")
        .hasMessageContaining("unknown field");
  }

  @Test
  void nullTopLevelMembersAreIgnored() throws Exception {
    String q = "{\"limit\":null,\"offset\":null,\"sort\":null,\"select\":null,\"filter\":null}";
    assertThat(parse(q)).isEqualTo(parse("{}"));
  }

  @Test
  void limitZeroIsTheDefault() throws Exception {
    assertThat(parse("{\"limit\":0}").limit()).isEqualTo(25);
  }

  @Test
  void limitOutOfBoundsIsAnErrorAndNotAClamp() throws Exception {
    String text = "limit must be greater than 0 and less than or equal to 1000";
    refused(() -> parse("{\"limit\":-1}"), text);
    refused(() -> parse("{\"limit\":1001}"), text);
    assertThat(parse("{\"limit\":1000}").limit()).isEqualTo(1000);
    settings.set(Switch.LIST_MAX_LIMIT, "100");
    refused(
        () -> parse("{\"limit\":101}"),
        "limit must be greater than 0 and less than or equal to 100");
  }

  @Test
  void limitClampsWhereTheSwitchSaysSo() throws Exception {
    settings.set(Switch.LIST_OVER_MAX, "clamp");
    RqlQuery query = parse("{\"limit\":5000}");
    assertThat(query.limit()).isEqualTo(1000);
    assertThat(query.requestedLimit()).isEqualTo(5000);
  }

  @Test
  void negativeOffset() {
    refused(() -> parse("{\"offset\":-1}"), "offset must be greater than or equal to 0");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{'nope':1}|unrecognized key \"nope\" for filtering",
        "{'inputs':1}|unrecognized key \"inputs\" for filtering",
        "{'error_details':{'$eq':'x'}}|field \"error_details\" is not filterable",
        "{'created_at':'2025'}|invalid datatype for field \"created_at\": expect <int>, got <string>",
        "{'created_at':1.5}|invalid datatype for field \"created_at\": not an integer",
        "{'name':7}|invalid datatype for field \"name\": expect <string>, got <float64>",
        "{'with_concurrency_limit':'x'}|invalid datatype for field \"with_concurrency_limit\": expect <bool>, got <string>",
        "{'name':null}|invalid datatype for field \"name\": expect <string>, got <nil>",
        "{'name':['a']}|invalid datatype for field \"name\": expect <string>, got <slice>",
        "{'name':{'$eq':true}}|invalid datatype or format for field \"name\": expect <string>, got <bool>",
        "{'finished_at':{'$eq':null}}|invalid datatype or format for field \"finished_at\": expect <int>, got <nil>",
        "{'created_at':{'$gt':{}}}|invalid datatype or format for field \"created_at\": expect <int>, got <map>",
        "{'name':{'$in':['a']}}|can not apply op \"$in\" on field \"name\"",
        "{'name':{'$regex':'a'}}|can not apply op \"$regex\" on field \"name\"",
        "{'created_at':{'$like':'a'}}|can not apply op \"$like\" on field \"created_at\"",
        "{'with_concurrency_limit':{'$gt':true}}|can not apply op \"$gt\" on field \"with_concurrency_limit\"",
        "{'name':{'$or':[]}}|can not apply op \"$or\" on field \"name\"",
        "{'$or':{}}|$or must be type array",
        "{'$or':null}|$or must be type array",
        "{'$and':'x'}|$and must be type array",
        "{'$or':[1]}|expressions for $or operator must be type object",
        "{'$and':[null]}|expressions for $and operator must be type object"
      })
  void refusedFilters(String filter, String text) {
    refused(() -> parse("{\"filter\":" + filter.replace('\'', '"') + "}"), text);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "['']|sort field can not be empty",
        "['nope']|unrecognized key \"nope\" for sorting",
        "['-nope']|unrecognized key \"nope\" for sorting",
        "[' created_at']|unrecognized key \" created_at\" for sorting",
        "['step_results']|field \"step_results\" is not sortable"
      })
  void refusedSorts(String sort, String text) {
    refused(() -> parse("{\"sort\":" + sort.replace('\'', '"') + "}"), text);
  }

  @Test
  void refusedSelection() {
    refused(() -> parse("{\"select\":[\"nope\"]}"), "unrecognized selection key \"nope\"");
  }

  @Test
  void switchesNarrowTheFields() {
    settings.set(Switch.LIST_FIELDS_FILTERABLE, "playbook_id");
    settings.set(Switch.LIST_FIELDS_SORTABLE, "started_at");
    settings.set(Switch.LIST_FIELDS_SELECTABLE, "id");
    refused(() -> parse("{\"filter\":{\"id\":\"x\"}}"), "field \"id\" is not filterable");
    refused(() -> parse("{\"sort\":[\"-id\"]}"), "field \"id\" is not sortable");
    refused(() -> parse("{\"select\":[\"name\"]}"), "unrecognized selection key \"name\"");
  }

  @Test
  void switchesTakeGroupsAway() {
    settings.set(Switch.RQL_AND, "off");
    settings.set(Switch.RQL_NESTED_OR, "off");
    refused(
        () -> parse("{\"filter\":{\"$and\":[{\"id\":\"x\"}]}}"),
        "unrecognized key \"$and\" for filtering");
    refused(
        () -> parse("{\"filter\":{\"$or\":[{\"$or\":[{\"id\":\"x\"}]}]}}"),
        "unrecognized key \"$or\" for filtering");
  }

  @ParameterizedTest
  @CsvSource({
    "'{\"$or\":[]}'",
    "'{\"$or\":[{}]}'",
    "'{\"id\":\"x\",\"$and\":[]}'",
    "'{\"id\":{}}'"
  })
  void emptyGroupsBreakTheStatement(String filter) {
    assertThatThrownBy(() -> parse("{\"filter\":" + filter + "}"))
        .isInstanceOfSatisfying(RqlException.class, e -> assertThat(e.malformedSql()).isTrue());
  }

  @Test
  void sortSignsAndOrder() throws Exception {
    assertThat(parse("{\"sort\":[\"-created_at\",\"+id\",\"name\"]}").sort())
        .containsExactly(
            new RqlQuery.SortKey(Field.CREATED_AT, true),
            new RqlQuery.SortKey(Field.ID, false),
            new RqlQuery.SortKey(Field.NAME, false));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{'name':'Anna'}|true",
        "{'name':'anna'}|false",
        "{'name':{'$neq':'Bob','$like':'A%'}}|true",
        "{'name':{'$like':'A_na'}}|true",
        "{'name':{'$like':'a%'}}|false",
        "{'name':{'$like':'%.*%'}}|false",
        "{'name':{'$gte':'Ann','$lt':'Anz'}}|true",
        "{'created_at':100}|true",
        "{'created_at':{'$gt':99,'$lte':100}}|true",
        "{'created_at':{'$gt':100}}|false",
        "{'created_at':1e2}|true",
        "{'with_concurrency_limit':true}|true",
        "{'with_concurrency_limit':{'$neq':true}}|false",
        "{'finished_at':{'$neq':5}}|false",
        "{'name':'Anna','created_at':99}|false",
        "{'$or':[{'name':'Bob'},{'created_at':{'$gte':100}}]}|true",
        "{'$and':[{'name':'Anna'},{'$or':[{'created_at':1},{'created_at':2}]}]}|false",
        "{'$or':[{'name':'Bob'},{'name':'Eve'}],'created_at':100}|false"
      })
  void evaluates(String filter, boolean expected) throws Exception {
    Map<Field, @Nullable Object> row = new EnumMap<>(Field.class);
    row.put(Field.NAME, "Anna");
    row.put(Field.CREATED_AT, 100L);
    row.put(Field.WITH_CONCURRENCY_LIMIT, true);
    Condition condition = parse("{\"filter\":" + filter.replace('\'', '"') + "}").filter();
    assertThat(condition).isNotNull();
    assertThat(condition.test(row::get)).isEqualTo(expected);
  }
}
