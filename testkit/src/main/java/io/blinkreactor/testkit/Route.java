package io.blinkreactor.testkit;

import io.netty.handler.codec.http.QueryStringDecoder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What a method and URI ask for. Workspace and id are empty where the path has none. */
record Route(Operation operation, String workspace, String id, Map<String, List<String>> query) {

  static Route of(String method, String uri) {
    try {
      return read(method, uri);
    } catch (IllegalArgumentException wrongEncoding) {
      return new Route(Operation.OTHER, "", "", Map.of());
    }
  }

  private static Route read(String method, String uri) {
    QueryStringDecoder decoder = new QueryStringDecoder(uri);
    List<String> path = path(decoder);
    Map<String, List<String>> query = decoder.parameters();
    boolean known =
        path.size() >= 6
            && path.subList(0, 4).equals(List.of("", "api", "v1", "workspace"))
            && !path.get(4).isEmpty();
    if (!known) {
      return new Route(Operation.OTHER, "", "", query);
    }
    String id = path.size() > 6 ? path.get(6) : "";
    String tail = path.size() > 7 ? path.get(7) : "";
    boolean get = method.equals("GET");
    boolean post = method.equals("POST");
    Operation operation = Operation.OTHER;
    if (path.get(5).equals("executions")) {
      if (path.size() == 6 && get) {
        operation = Operation.LIST;
      } else if (path.size() == 7 && get && !id.isEmpty()) {
        operation = Operation.GET;
      } else if (path.size() == 8 && !id.isEmpty()) {
        operation = ofExecution(get, post, tail);
      }
    } else if (path.get(5).equals("playbooks") && post && path.size() == 8 && !id.isEmpty()) {
      boolean sync = query.getOrDefault("run_sync", List.of()).contains("true");
      if (tail.equals("execute")) {
        operation = sync ? Operation.EXECUTE_SYNC : Operation.EXECUTE;
      }
    }
    return new Route(operation, path.get(4), id, query);
  }

  /** The decoded segments of the path, the first of which is empty. */
  static List<String> path(QueryStringDecoder decoder) {
    List<String> path = new ArrayList<>();
    for (String segment : decoder.rawPath().split("/", -1)) {
      path.add(QueryStringDecoder.decodeComponent(segment.replace("+", "%2B")));
    }
    return path;
  }

  /** The execution that the path names, if it names one. */
  boolean namesExecution() {
    return switch (operation) {
      case GET, STEPS, OUTPUTS, CANCEL -> true;
      default -> false;
    };
  }

  private static Operation ofExecution(boolean get, boolean post, String tail) {
    return switch (tail) {
      case "steps" -> get ? Operation.STEPS : Operation.OTHER;
      case "outputs" -> get ? Operation.OUTPUTS : Operation.OTHER;
      case "cancel" -> post ? Operation.CANCEL : Operation.OTHER;
      default -> Operation.OTHER;
    };
  }
}
