package io.blinkreactor.blaxel;

import io.blinkreactor.internal.http.BodyReader;
import io.blinkreactor.internal.json.Document;
import io.blinkreactor.internal.json.Element;
import io.blinkreactor.internal.json.ElementSplitter;
import io.blinkreactor.internal.json.Shape;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/** Reads one page of a list in either contract, and tells by its form which one it is. */
final class ListReader<T> implements BodyReader<ListPart<T>> {

  private static final Shape META = new Shape();
  private static final Shape.Field<Boolean> HAS_MORE = META.bool("hasMore");
  private static final Shape.Field<String> NEXT_CURSOR = META.text("nextCursor");
  private static final Shape.Field<Long> TOTAL = META.integer("total");

  private static final Shape ENVELOPE = new Shape();
  private static final Shape.Field<List<Document>> DATA = ENVELOPE.objects("data", new Shape());
  private static final Shape.Field<Document> META_OBJECT = ENVELOPE.object("meta", META);

  private static final Set<String> LIST_NAMES = Set.of("data");

  private final ElementSplitter splitter;
  private final Function<byte[], T> decode;

  ListReader(int maxElementBytes, Function<byte[], T> decode) {
    this.splitter = new ElementSplitter(LIST_NAMES, maxElementBytes);
    this.decode = decode;
  }

  @Override
  public List<ListPart<T>> feed(byte[] piece) {
    List<Element> whole = splitter.feed(piece);
    Contract contract = contract();
    return whole.stream()
        .<ListPart<T>>map(one -> new ListPart.Element<>(contract, decode.apply(one.json())))
        .toList();
  }

  @Override
  public List<ListPart<T>> end() {
    byte[] envelope = splitter.end();
    if (splitter.isBare()) {
      return List.of(new ListPart.End<>(Contract.LEGACY, null, null, null));
    }
    Document page = ENVELOPE.decode(envelope);
    Document meta = page.get(META_OBJECT);
    if (meta == null && page.get(DATA) == null) {
      // An object that is something else must not pass for an empty list.
      throw new IllegalArgumentException("The members data and meta are missing.");
    }
    String next = Members.get(meta, NEXT_CURSOR);
    return List.of(
        new ListPart.End<>(
            Contract.CURSOR,
            next == null || next.isEmpty() ? null : next,
            Members.get(meta, HAS_MORE),
            Members.get(meta, TOTAL)));
  }

  private Contract contract() {
    return splitter.isBare() ? Contract.LEGACY : Contract.CURSOR;
  }
}
