package io.blinkreactor.callback;

import io.blinkreactor.callback.CallbackTokens.Token;
import io.blinkreactor.completion.CallbackTarget;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Where the seal is put, and where it is looked for. */
final class SealPlaces {

  /** The header in which the seal travels. */
  static final String HEADER = "X-Callback-Auth";

  /** The name of the cookie, and of the member of the body. */
  static final String NAME = "callback_auth";

  static final String PATH = "/callbacks/v1/";

  private final Set<SealPlacement> places;

  SealPlaces(Set<SealPlacement> places) {
    this.places = places;
  }

  /**
   * What a URL says.
   *
   * @param ticket the part after the last {@link #PATH}; what stands before it is the public URL's
   *     prefix, which a proxy may strip or keep
   * @param seal the part behind the ticket, if it may be there
   */
  record Address(String ticket, @Nullable String seal) {
    @Override
    public String toString() {
      return "Address";
    }
  }

  CallbackTarget target(String publicUrl, Token token) {
    String url = publicUrl + PATH + token.ticket();
    return new CallbackTarget(
        URI.create(places.contains(SealPlacement.PATH) ? url + "/" + token.seal() : url),
        "POST",
        onlyIf(SealPlacement.HEADER, HEADER, token),
        onlyIf(SealPlacement.COOKIE, NAME, token),
        onlyIf(SealPlacement.BODY, NAME, token));
  }

  private Map<String, String> onlyIf(SealPlacement place, String name, Token token) {
    return places.contains(place) ? Map.of(name, token.seal()) : Map.of();
  }

  /** What stands before the query. */
  static String path(String uri) {
    int query = uri.indexOf('?');
    return query < 0 ? uri : uri.substring(0, query);
  }

  /** What stands in a path or URL behind the last {@link #PATH}, or nothing. */
  static String rest(String uri) {
    String path = path(uri);
    int at = path.lastIndexOf(PATH);
    return at < 0 ? "" : path.substring(at + PATH.length());
  }

  Address address(String uri) {
    String text = rest(uri);
    int slash = places.contains(SealPlacement.PATH) ? text.indexOf('/') : -1;
    return slash < 0
        ? new Address(text, null)
        : new Address(text.substring(0, slash), text.substring(slash + 1));
  }

  /** What stands where a seal may be, but for the body. Of several headers the first counts. */
  List<String> seals(Address address, CallbackRequest request) {
    List<String> seals = new ArrayList<>(3);
    if (places.contains(SealPlacement.HEADER)) {
      request.headers(HEADER).stream().limit(1).forEach(seals::add);
    }
    if (places.contains(SealPlacement.COOKIE)) {
      for (String line : request.headers("Cookie")) {
        cookies(line, seals);
      }
    }
    if (address.seal() != null) {
      seals.add(address.seal());
    }
    return seals;
  }

  /**
   * Netty's decoder writes what it passes over into the log, be it a seal or a stranger's bytes.
   */
  private static void cookies(String line, List<String> seals) {
    for (String pair : line.split(";", -1)) {
      int is = pair.indexOf('=');
      if (is >= 0 && pair.substring(0, is).trim().equals(NAME)) {
        String value = pair.substring(is + 1).trim();
        boolean quoted = value.length() > 1 && value.startsWith("\"") && value.endsWith("\"");
        seals.add(quoted ? value.substring(1, value.length() - 1) : value);
      }
    }
  }

  boolean inBody() {
    return places.contains(SealPlacement.BODY);
  }

  @Override
  public String toString() {
    return places.toString();
  }
}
