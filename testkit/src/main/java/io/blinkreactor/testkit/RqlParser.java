package io.blinkreactor.testkit;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/** Reads the {@code q} parameter with the rules and error texts of the Go library a8m/rql. */
final class RqlParser {
  private static final String DECODING = "decoding buffer to *Query: ";

  private final Settings settings;

  RqlParser(Settings settings) {
    this.settings = settings;
  }

  RqlQuery parse(String text) throws RqlException {
    Map<?, ?> query = decode(text);
    for (Object key : query.keySet()) {
      if (!List.of("limit", "offset", "sort", "select", "filter").contains(key)) {
        throw refusal(DECODING + "unknown field " + quoted(String.valueOf(key)));
      }
    }
    long requested = integer(query, "limit");
    long offset = integer(query, "offset");
    List<String> sort = texts(query, "sort");
    List<String> select = texts(query, "select");
    Object filter = query.get("filter");
    if (filter != null && !(filter instanceof Map)) {
      throw refusal(DECODING + "filter is not an object");
    }
    return new RqlQuery(
        limit(requested),
        requested,
        offset(offset),
        sortKeys(sort),
        select.isEmpty() ? null : selected(select),
        filter instanceof Map<?, ?> terms && !terms.isEmpty() ? object(terms, 0) : null);
  }

  private static Map<?, ?> decode(String text) throws RqlException {
    @Nullable Object value;
    try {
      value = Json.read(text);
    } catch (JacksonException e) {
      throw refusal(DECODING + "parse error: " + e.getOriginalMessage());
    }
    if (value == null) {
      return Map.of();
    }
    if (value instanceof Map<?, ?> map) {
      return map;
    }
    throw refusal(DECODING + "parse error: expected an object");
  }

  private static long integer(Map<?, ?> query, String key) throws RqlException {
    Object value = query.get(key);
    if (value == null) {
      return 0;
    }
    if (value instanceof Integer || value instanceof Long) {
      return ((Number) value).longValue();
    }
    throw refusal(DECODING + key + " is not an integer");
  }

  private static List<String> texts(Map<?, ?> query, String key) throws RqlException {
    Object value = query.get(key);
    List<String> texts = new ArrayList<>();
    if (value instanceof List<?> list) {
      for (Object item : list) {
        if (!(item instanceof String text)) {
          throw refusal(DECODING + key + " holds something that is not a string");
        }
        texts.add(text);
      }
    } else if (value != null) {
      throw refusal(DECODING + key + " is not an array");
    }
    return texts;
  }

  private int limit(long requested) throws RqlException {
    int most = settings.count(Switch.LIST_MAX_LIMIT);
    if (requested == 0) {
      return Math.min(settings.count(Switch.LIST_DEFAULT_LIMIT), most);
    }
    if (requested > most && settings.is(Switch.LIST_OVER_MAX, "clamp")) {
      return most;
    }
    if (requested < 0 || requested > most) {
      throw refusal("limit must be greater than 0 and less than or equal to " + most);
    }
    return (int) requested;
  }

  private static long offset(long offset) throws RqlException {
    if (offset < 0) {
      throw refusal("offset must be greater than or equal to 0");
    }
    return offset;
  }

  private List<RqlQuery.SortKey> sortKeys(List<String> items) throws RqlException {
    List<RqlQuery.SortKey> keys = new ArrayList<>();
    for (String item : items) {
      if (item.isEmpty()) {
        throw refusal("sort field can not be empty");
      }
      boolean signed = item.charAt(0) == '-' || item.charAt(0) == '+';
      String name = signed ? item.substring(1) : item;
      Field field = Field.of(name);
      if (field == null || !field.inLists()) {
        throw refusal("unrecognized key " + quoted(name) + " for sorting");
      }
      if (field.type == Field.Type.OBJECT
          || !settings.allows(Switch.LIST_FIELDS_SORTABLE, field.key)) {
        throw refusal("field " + quoted(name) + " is not sortable");
      }
      keys.add(new RqlQuery.SortKey(field, item.charAt(0) == '-'));
    }
    return keys;
  }

  private List<Field> selected(List<String> names) throws RqlException {
    List<Field> fields = new ArrayList<>();
    for (String name : names) {
      Field field = Field.of(name);
      if (field == null
          || !field.inLists()
          || !settings.allows(Switch.LIST_FIELDS_SELECTABLE, name)) {
        throw refusal("unrecognized selection key " + quoted(name));
      }
      fields.add(field);
    }
    return fields;
  }

  private Condition object(Map<?, ?> members, int depth) throws RqlException {
    List<Condition> terms = new ArrayList<>();
    for (Map.Entry<?, ?> member : members.entrySet()) {
      String key = String.valueOf(member.getKey());
      boolean or = key.equals("$or") && (depth == 0 || settings.on(Switch.RQL_NESTED_OR));
      boolean and = key.equals("$and") && settings.on(Switch.RQL_AND);
      terms.add(or || and ? group(key, member.getValue(), depth) : term(key, member.getValue()));
    }
    if (terms.isEmpty()) {
      throw malformed();
    }
    return terms.size() == 1 ? terms.get(0) : Condition.all(terms);
  }

  private Condition group(String op, @Nullable Object value, int depth) throws RqlException {
    if (!(value instanceof List<?> items)) {
      throw refusal(op + " must be type array");
    }
    List<Condition> terms = new ArrayList<>();
    for (Object item : items) {
      if (!(item instanceof Map<?, ?> members)) {
        throw refusal("expressions for " + op + " operator must be type object");
      }
      terms.add(object(members, depth + 1));
    }
    if (terms.isEmpty()) {
      throw malformed();
    }
    return op.equals("$or") ? Condition.any(terms) : Condition.all(terms);
  }

  private Condition term(String key, @Nullable Object value) throws RqlException {
    Field field = Field.of(key);
    if (field == null || !field.inLists()) {
      throw refusal("unrecognized key " + quoted(key) + " for filtering");
    }
    if (field.type == Field.Type.OBJECT
        || !settings.allows(Switch.LIST_FIELDS_FILTERABLE, field.key)) {
      throw refusal("field " + quoted(key) + " is not filterable");
    }
    if (!(value instanceof Map<?, ?> predicates)) {
      Object wanted = typed(field, value, "invalid datatype for field ");
      return Condition.on(field, wanted::equals);
    }
    List<Condition> terms = new ArrayList<>();
    for (Map.Entry<?, ?> predicate : predicates.entrySet()) {
      terms.add(predicate(field, String.valueOf(predicate.getKey()), predicate.getValue()));
    }
    if (terms.isEmpty()) {
      throw malformed();
    }
    return terms.size() == 1 ? terms.get(0) : Condition.all(terms);
  }

  private static Condition predicate(Field field, String op, @Nullable Object value)
      throws RqlException {
    List<String> ops =
        switch (field.type) {
          case STRING -> List.of("$eq", "$neq", "$gt", "$lt", "$gte", "$lte", "$like");
          case INT, TIME -> List.of("$eq", "$neq", "$gt", "$lt", "$gte", "$lte");
          default -> List.of("$eq", "$neq");
        };
    if (!ops.contains(op)) {
      throw refusal("can not apply op " + quoted(op) + " on field " + quoted(field.key));
    }
    Object wanted = typed(field, value, "invalid datatype or format for field ");
    return Condition.on(
        field,
        switch (op) {
          case "$eq" -> wanted::equals;
          case "$neq" -> actual -> !wanted.equals(actual);
          case "$gt" -> compared(wanted, sign -> sign > 0);
          case "$lt" -> compared(wanted, sign -> sign < 0);
          case "$gte" -> compared(wanted, sign -> sign >= 0);
          case "$lte" -> compared(wanted, sign -> sign <= 0);
          default -> like(String.valueOf(wanted));
        });
  }

  private static Predicate<Object> compared(Object wanted, IntPredicate sign) {
    return actual -> sign.test(compare(actual, wanted));
  }

  /** Compares two values of one member; nothing else is ever asked. */
  static int compare(Object left, Object right) {
    if (left instanceof Long a && right instanceof Long b) {
      return Long.compare(a, b);
    }
    if (left instanceof Boolean a && right instanceof Boolean b) {
      return Boolean.compare(a, b);
    }
    return String.valueOf(left).compareTo(String.valueOf(right));
  }

  private static Predicate<Object> like(String pattern) {
    StringBuilder regex = new StringBuilder();
    for (int i = 0; i < pattern.length(); i++) {
      char c = pattern.charAt(i);
      if (c == '%') {
        regex.append(".*");
      } else if (c == '_') {
        regex.append('.');
      } else {
        boolean escape = c == '\\' && i + 1 < pattern.length();
        regex.append(Pattern.quote(String.valueOf(escape ? pattern.charAt(++i) : c)));
      }
    }
    Predicate<String> matches =
        Pattern.compile(regex.toString(), Pattern.DOTALL).asMatchPredicate();
    return actual -> matches.test(String.valueOf(actual));
  }

  private static Object typed(Field field, @Nullable Object value, String complaint)
      throws RqlException {
    switch (field.type) {
      case STRING -> {
        if (value instanceof String text) {
          return text;
        }
      }
      case BOOL -> {
        if (value instanceof Boolean bool) {
          return bool;
        }
      }
      default -> {
        if (value instanceof Number number) {
          // Go decodes every JSON number to a float64 first, so we lose the same digits.
          double decoded = number.doubleValue();
          if (decoded != Math.rint(decoded) || Double.isInfinite(decoded)) {
            throw refusal(complaint + quoted(field.key) + ": not an integer");
          }
          return (long) decoded;
        }
      }
    }
    throw refusal(
        complaint
            + quoted(field.key)
            + ": expect <"
            + field.type.goName
            + ">, got <"
            + goKind(value)
            + ">");
  }

  private static String goKind(@Nullable Object value) {
    if (value == null) {
      return "nil";
    }
    if (value instanceof String) {
      return "string";
    }
    if (value instanceof Boolean) {
      return "bool";
    }
    if (value instanceof Number) {
      return "float64";
    }
    return value instanceof List ? "slice" : "map";
  }

  private static String quoted(String key) {
    return '"' + key.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }

  private static RqlException refusal(String text) {
    return new RqlException(text, false);
  }

  /** An empty group writes nothing, so the statement around it breaks. */
  private static RqlException malformed() {
    return new RqlException("can not find executions: syntax error in SQL statement", true);
  }
}
