package io.blinkreactor.testkit;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The body of a request to create an execution, read strictly. */
record BlaxelCreateRequest(
    boolean allowQueue,
    Map<String, String> env,
    @Nullable String executionId,
    @Nullable String id,
    @Nullable Integer memory,
    List<Map<?, ?>> tasks) {

  private static final Map<String, Class<?>> MEMBERS =
      Map.of(
          "allowQueue", Boolean.class,
          "env", Map.class,
          "executionId", String.class,
          "id", String.class,
          "jobId", String.class,
          "memory", Integer.class,
          "tasks", List.class,
          "workspaceId", String.class);

  static BlaxelCreateRequest read(String body, String workspace, String job)
      throws RefusedRequestException {
    Map<?, ?> members = Members.read(body, MEMBERS);
    same("jobId", members.get("jobId"), job);
    same("workspaceId", members.get("workspaceId"), workspace);
    List<Map<?, ?>> tasks = new ArrayList<>();
    if (members.get("tasks") instanceof List<?> list) {
      for (Object task : list) {
        if (!(task instanceof Map<?, ?> map)) {
          throw new RefusedRequestException("A task is not a JSON object.");
        }
        tasks.add(map);
      }
    }
    String executionId = (String) members.get("executionId");
    if (executionId != null && executionId.isBlank()) {
      throw new RefusedRequestException("The member executionId is blank.");
    }
    return new BlaxelCreateRequest(
        !Boolean.FALSE.equals(members.get("allowQueue")),
        Members.texts("env", Members.map(members, "env")),
        executionId,
        (String) members.get("id"),
        (Integer) members.get("memory"),
        tasks);
  }

  private static void same(String key, @Nullable Object value, String path)
      throws RefusedRequestException {
    if (value != null && !value.equals(path)) {
      throw new RefusedRequestException("The member " + key + " does not fit the request.");
    }
  }
}
