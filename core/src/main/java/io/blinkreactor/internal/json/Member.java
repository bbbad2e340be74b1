package io.blinkreactor.internal.json;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/**
 * The member at which a reader of an object stands. Nothing is built of an object but what is asked
 * for, and its bytes can be copied: all places are offsets in the array that is read. Valid only
 * within the call it is handed to.
 */
public final class Member {

  private final JsonParser parser;
  private String name = "";
  private int from;
  private @Nullable JsonToken first;

  private Member(JsonParser parser) {
    this.parser = parser;
  }

  /**
   * Hands the members of an object over, in their order.
   *
   * @throws IllegalArgumentException if the bytes are not one JSON object
   */
  public static void each(byte[] json, Consumer<Member> visitor) {
    try (JsonParser parser = Json.parser(json, 0, json.length)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw new IllegalArgumentException("A JSON object was expected.");
      }
      new Member(parser).all(visitor);
      if (parser.nextToken() != null) {
        throw new IllegalArgumentException("Something follows the JSON object.");
      }
    } catch (JacksonException e) {
      throw Json.notJson(e);
    }
  }

  private void all(Consumer<Member> visitor) {
    String next;
    while ((next = parser.nextName()) != null) {
      name = next;
      from = (int) parser.currentTokenLocation().getByteOffset();
      first = parser.nextToken();
      visitor.accept(this);
      parser.skipChildren();
    }
  }

  /** Its name, decoded. */
  public String name() {
    return name;
  }

  /** Where its name begins, quote included. */
  public int from() {
    return from;
  }

  /** Where its value begins; to be asked before {@link #end}. */
  public int valueFrom() {
    return (int) parser.currentTokenLocation().getByteOffset();
  }

  /** Where its value ends. Goes there, so that nothing else can be asked of it after. */
  public int end() {
    parser.skipChildren();
    parser.finishToken();
    return (int) parser.currentLocation().getByteOffset();
  }

  /** Whether its value is null. */
  public boolean isNull() {
    return first == JsonToken.VALUE_NULL;
  }

  /** Its value, decoded, or null unless that is a string. */
  public @Nullable String text() {
    return first == JsonToken.VALUE_STRING ? parser.getString() : null;
  }

  /** Its value, or null unless that is an integer of up to 64 bits. */
  public @Nullable Long integer() {
    return Shape.integer(parser);
  }

  /** Its value, or null unless that is true or false. */
  public @Nullable Boolean bool() {
    return first == JsonToken.VALUE_TRUE
        ? Boolean.TRUE
        : first == JsonToken.VALUE_FALSE ? Boolean.FALSE : null;
  }

  /**
   * Hands the members of its value over, if that is an object, and goes to its end.
   *
   * @return whether it is
   */
  public boolean each(Consumer<Member> visitor) {
    if (first != JsonToken.START_OBJECT) {
      return false;
    }
    new Member(parser).all(visitor);
    return true;
  }
}
