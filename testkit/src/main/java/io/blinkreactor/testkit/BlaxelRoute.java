package io.blinkreactor.testkit;

import io.netty.handler.codec.http.QueryStringDecoder;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a method and URI ask of Blaxel. Job and id are empty where the path has none. */
record BlaxelRoute(
    BlaxelOperation operation, String job, String id, Map<String, List<String>> query) {

  static BlaxelRoute of(String method, String uri) {
    try {
      QueryStringDecoder decoder = new QueryStringDecoder(uri);
      return read(method, Route.path(decoder), decoder.parameters());
    } catch (IllegalArgumentException wrongEncoding) {
      return other(Map.of());
    }
  }

  private static BlaxelRoute read(
      String method, List<String> path, Map<String, List<String>> query) {
    if (path.equals(List.of("", "v0", "oauth", "token"))) {
      return method.equals("POST")
          ? new BlaxelRoute(BlaxelOperation.TOKEN, "", "", query)
          : other(query);
    }
    if (!isBelowExecutions(path)) {
      return other(query);
    }
    String id = path.size() > 5 ? path.get(5) : "";
    BlaxelOperation operation =
        switch (path.size()) {
          case 5 ->
              switch (method) {
                case "GET" -> BlaxelOperation.LIST;
                case "POST" -> BlaxelOperation.CREATE;
                default -> BlaxelOperation.OTHER;
              };
          case 6 ->
              switch (method) {
                case "GET" -> BlaxelOperation.GET;
                case "DELETE" -> BlaxelOperation.CANCEL;
                default -> BlaxelOperation.OTHER;
              };
          default ->
              method.equals("GET") && path.get(6).equals("tasks")
                  ? BlaxelOperation.TASKS
                  : BlaxelOperation.OTHER;
        };
    return operation == BlaxelOperation.OTHER
        ? other(query)
        : new BlaxelRoute(operation, path.get(3), id, query);
  }

  private static boolean isBelowExecutions(List<String> path) {
    return path.size() >= 5
        && path.size() <= 7
        && path.subList(0, 3).equals(List.of("", "v0", "jobs"))
        && path.get(4).equals("executions")
        && !path.subList(3, path.size()).contains("");
  }

  private static BlaxelRoute other(Map<String, List<String>> query) {
    return new BlaxelRoute(BlaxelOperation.OTHER, "", "", query);
  }

  /** The value of a query parameter, null without it. */
  @Nullable String parameter(String name) {
    List<String> values = query.get(name);
    return values == null ? null : values.get(0);
  }
}
