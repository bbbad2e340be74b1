package io.blinkreactor.testkit;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/** Carries out requests as Blaxel documents them. It knows nothing of sockets and faults. */
final class BlaxelApi implements Service<BlaxelOperation> {
  /** Who may ask, and for what. The first workspace is the one meant when none is named. */
  record Access(
      String key,
      String forbiddenKey,
      String clientId,
      String clientSecret,
      List<String> workspaces,
      Set<String> jobs) {}

  static final String VERSION_HEADER = "Blaxel-Version";
  static final String WORKSPACE_HEADER = "X-Blaxel-Workspace";
  static final String CREDENTIAL_HEADER = "X-Blaxel-Authorization";

  /** The job's own memory, in megabytes, which a request may only lower. */
  static final int JOB_MEMORY = 4096;

  private static final String LEGACY_VERSION = "2026-04-16";
  private static final String CURSOR_VERSION = "2026-04-28";
  private static final int TASKS_DEFAULT_LIMIT = 50;
  private static final int TASKS_MAX_LIMIT = 200;
  private static final int LONGEST_SEARCH = 200;
  private static final Set<String> CREDENTIAL_HEADERS =
      Set.of("authorization", CREDENTIAL_HEADER.toLowerCase(Locale.ROOT));
  private static final Map<String, Class<?>> TOKEN_MEMBERS =
      Map.of(
          "grant_type", String.class,
          "client_id", String.class,
          "client_secret", String.class,
          "refresh_token", String.class,
          "device_code", String.class);

  private final Access access;
  private final Settings settings;
  private final Seed seed;
  private final Executions<BlaxelRow> executions;
  private final BlaxelPages pages;
  private final BlaxelRuns runs;
  private final BlaxelTokens tokens;
  private final BlaxelErrors errors;
  private final RequestLog<BlaxelOperation> log;

  /** One request as far as the API cares. */
  private record Call(
      BlaxelRoute route, HttpHeaders headers, String body, long index, String requestId) {

    String workspace(Access access) {
      String named = headers.get(WORKSPACE_HEADER);
      String parameter = route.parameter("workspace");
      return named != null ? named : parameter != null ? parameter : access.workspaces().get(0);
    }
  }

  BlaxelApi(
      Access access,
      Settings settings,
      Seed seed,
      Executions<BlaxelRow> executions,
      BlaxelPages pages,
      BlaxelRuns runs,
      BlaxelTokens tokens,
      BlaxelErrors errors,
      RequestLog<BlaxelOperation> log) {
    this.access = access;
    this.settings = settings;
    this.seed = seed;
    this.executions = executions;
    this.pages = pages;
    this.runs = runs;
    this.tokens = tokens;
    this.errors = errors;
    this.log = log;
  }

  @Override
  public Received<BlaxelOperation> receive(
      String method, String uri, HttpHeaders headers, String body) {
    BlaxelRoute route = BlaxelRoute.of(method, uri);
    return new Received<>() {
      @Override
      public BlaxelOperation operation() {
        return route.operation();
      }

      @Override
      public @Nullable String executionId() {
        return route.id().isEmpty() ? null : route.id();
      }

      @Override
      public String recordedHeader(String name, String value) {
        if (!CREDENTIAL_HEADERS.contains(name)) {
          return value;
        }
        int space = value.indexOf(' ');
        return space < 0 ? "***" : value.substring(0, space) + " ***";
      }

      @Override
      public String recordedBody() {
        return route.operation() == BlaxelOperation.TOKEN ? "***" : body;
      }

      @Override
      public Mono<Answer> answer(long index, String requestId) {
        return Mono.just(BlaxelApi.this.answer(new Call(route, headers, body, index, requestId)));
      }

      @Override
      public Answer refusal(Fault.Kind kind, String requestId) {
        return errors.answer(
            kind == Fault.Kind.COLD
                ? BlaxelProblem.WORKLOAD_UNAVAILABLE
                : BlaxelProblem.of(kind.status),
            kind.message);
      }
    };
  }

  private Answer answer(Call call) {
    BlaxelRoute route = call.route();
    try {
      if (route.operation() == BlaxelOperation.TOKEN) {
        return token(call);
      }
      Answer denied = denied(call);
      if (denied != null) {
        return denied;
      }
      if (route.operation() == BlaxelOperation.OTHER) {
        log.violation("The vendor documents no such operation (request " + call.requestId() + ").");
        return errors.answer(BlaxelProblem.ROUTE_NOT_FOUND, "no such route");
      }
      String version = call.headers().get(VERSION_HEADER, LEGACY_VERSION);
      if (!List.of(LEGACY_VERSION, CURSOR_VERSION).contains(version)) {
        log.violation("The vendor documents no version " + version + ".");
        return errors.answer(
            BlaxelProblem.INVALID_API_VERSION, "the API version " + version + " is not supported");
      }
      boolean cursors = cursors(version);
      checkQuery(route);
      if (!access.jobs().contains(route.job())) {
        return unknownJob(route, cursors);
      }
      return switch (route.operation()) {
        case LIST -> cursors ? page(call) : legacy(call);
        case CREATE -> create(call);
        case CANCEL -> cancel(call);
        case TASKS -> tasks(call, cursors, version);
        default -> read(call);
      };
    } catch (RefusedRequestException e) {
      log.violation(route.operation() + ": " + e.getMessage());
      return errors.answer(BlaxelProblem.BAD_REQUEST, String.valueOf(e.getMessage()));
    } catch (BlaxelPages.RejectedCursorException e) {
      return errors.answer(
          BlaxelProblem.INVALID_CURSOR,
          Integer.parseInt(settings.text(BlaxelSwitch.CURSOR_REJECTED_STATUS)),
          String.valueOf(e.getMessage()));
    }
  }

  private boolean cursors(String version) {
    return switch (settings.text(BlaxelSwitch.CONTRACT_SERVED)) {
      case "legacy" -> false;
      case "cursor" -> true;
      default -> version.equals(CURSOR_VERSION);
    };
  }

  private @Nullable Answer denied(Call call) {
    String own = call.headers().get(CREDENTIAL_HEADER);
    String header = own != null ? own : call.headers().get(HttpHeaderNames.AUTHORIZATION);
    if (header == null) {
      return errors.answer(BlaxelProblem.AUTHENTICATION_REQUIRED, "authentication is required");
    }
    String credential = after("Bearer ", header);
    if (access.forbiddenKey().equals(credential)) {
      return errors.answer(BlaxelProblem.FORBIDDEN, "the credential may not do this");
    }
    if (credential == null || !(access.key().equals(credential) || tokens.isGood(credential))) {
      return errors.answer(
          BlaxelProblem.AUTHENTICATION_FAILED, "the credential is unknown or has expired");
    }
    if (!access.workspaces().contains(call.workspace(access))) {
      return errors.answer(
          BlaxelProblem.FORBIDDEN, "the credential has no access to the workspace");
    }
    return null;
  }

  private static @Nullable String after(String scheme, String header) {
    return header.regionMatches(true, 0, scheme, 0, scheme.length())
        ? header.substring(scheme.length()).strip()
        : null;
  }

  private static void checkQuery(BlaxelRoute route) throws RefusedRequestException {
    Set<String> documented =
        switch (route.operation()) {
          case LIST -> Set.of("limit", "offset", "cursor", "sort", "q", "workspace");
          case TASKS -> Set.of("limit", "cursor", "sort", "q", "workspace");
          default -> Set.of("workspace");
        };
    for (Map.Entry<String, List<String>> parameter : route.query().entrySet()) {
      String name = parameter.getKey();
      if (!documented.contains(name)) {
        throw new RefusedRequestException("The query parameter " + name + " is undocumented.");
      }
      if (parameter.getValue().size() > 1) {
        throw new RefusedRequestException("The query parameter " + name + " comes twice.");
      }
    }
  }

  private Answer unknownJob(BlaxelRoute route, boolean cursors) {
    String message = "there is no job " + route.job();
    return switch (settings.text(BlaxelSwitch.JOB_UNKNOWN)) {
      case "400" -> errors.answer(BlaxelProblem.BAD_REQUEST, message);
      case "empty" ->
          route.operation() == BlaxelOperation.LIST
              ? json(
                  cursors
                      ? Map.of("data", List.of(), "meta", Map.of("hasMore", false, "total", 0))
                      : List.of())
              : errors.answer(BlaxelProblem.WORKLOAD_NOT_FOUND, message);
      default -> errors.answer(BlaxelProblem.WORKLOAD_NOT_FOUND, message);
    };
  }

  private Answer legacy(Call call) throws RefusedRequestException {
    BlaxelRoute route = call.route();
    int offset = number(route, "offset", 0, 0);
    Integer limit = limit(route);
    return limit == null
        ? overMax()
        : json(pages.page(call.workspace(access), route.job(), limit, offset, call.index()));
  }

  private Answer page(Call call)
      throws RefusedRequestException, BlaxelPages.RejectedCursorException {
    BlaxelRoute route = call.route();
    Integer limit = limit(route);
    if (limit == null) {
      return overMax();
    }
    BlaxelPages.Query query =
        new BlaxelPages.Query(call.workspace(access), route.job(), order(route), search(route));
    return json(
        pages.page(query, new BlaxelPages.Wanted(limit, route.parameter("cursor"), call.index())));
  }

  private Answer tasks(Call call, boolean cursors, String version)
      throws RefusedRequestException, BlaxelPages.RejectedCursorException {
    BlaxelRoute route = call.route();
    if (!cursors) {
      if (!version.equals(CURSOR_VERSION)) {
        log.violation("Tasks are listed from version " + CURSOR_VERSION + " on.");
      }
      return errors.answer(BlaxelProblem.ROUTE_NOT_FOUND, "no such route in this version");
    }
    int limit = Math.min(number(route, "limit", 1, TASKS_DEFAULT_LIMIT), TASKS_MAX_LIMIT);
    BlaxelOrder order = order(route);
    String search = search(route);
    Slot<BlaxelRow> slot = readable(call);
    return slot == null
        ? notFound()
        : json(
            pages.tasks(
                slot.row(),
                order,
                search,
                new BlaxelPages.Wanted(limit, route.parameter("cursor"), call.index())));
  }

  /** The page size; null if it is above the largest and refused. */
  private @Nullable Integer limit(BlaxelRoute route) throws RefusedRequestException {
    int most = settings.count(BlaxelSwitch.LIST_MAX_LIMIT);
    int limit =
        number(route, "limit", 1, Math.min(most, settings.count(BlaxelSwitch.LIST_DEFAULT_LIMIT)));
    return limit <= most
        ? (Integer) limit
        : settings.is(BlaxelSwitch.LIST_OVER_MAX, "clamp") ? (Integer) most : null;
  }

  private Answer overMax() {
    return errors.answer(
        BlaxelProblem.BAD_REQUEST,
        "limit must be between 1 and " + settings.count(BlaxelSwitch.LIST_MAX_LIMIT));
  }

  private static int number(BlaxelRoute route, String name, int least, int absent)
      throws RefusedRequestException {
    String text = route.parameter(name);
    if (text == null) {
      return absent;
    }
    try {
      int number = Integer.parseInt(text);
      if (number >= least) {
        return number;
      }
    } catch (NumberFormatException e) {
      // told below, together with a number that is too small
    }
    throw new RefusedRequestException(
        "The query parameter " + name + " is not a whole number from " + least + " on.");
  }

  private static BlaxelOrder order(BlaxelRoute route) throws RefusedRequestException {
    String text = route.parameter("sort");
    BlaxelOrder order = text == null ? BlaxelOrder.NEWEST : BlaxelOrder.of(text);
    if (order == null) {
      throw new RefusedRequestException("The vendor documents no sort " + text + ".");
    }
    return order;
  }

  private static String search(BlaxelRoute route) throws RefusedRequestException {
    String text = route.parameter("q");
    if (text != null && text.length() > LONGEST_SEARCH) {
      throw new RefusedRequestException("The query parameter q is too long.");
    }
    return text == null ? "" : text;
  }

  private @Nullable Slot<BlaxelRow> find(Call call) {
    Slot<BlaxelRow> slot = executions.find(call.route().id());
    return slot != null
            && slot.row().workspace().equals(call.workspace(access))
            && slot.row().job().equals(call.route().job())
        ? slot
        : null;
  }

  private @Nullable Slot<BlaxelRow> readable(Call call) {
    Slot<BlaxelRow> slot = find(call);
    return slot != null && slot.readable() && pages.isVisible(slot.row()) ? slot : null;
  }

  private Answer notFound() {
    return errors.answer(BlaxelProblem.NOT_FOUND, "there is no such execution");
  }

  private Answer read(Call call) {
    Slot<BlaxelRow> slot = readable(call);
    return slot == null ? notFound() : json(new BlaxelView(settings, seed).execution(slot.row()));
  }

  private Answer cancel(Call call) throws RefusedRequestException {
    if (!call.body().isBlank()) {
      throw new RefusedRequestException("A cancel takes no body.");
    }
    Slot<BlaxelRow> slot = find(call);
    if (slot == null || !pages.isVisible(slot.row())) {
      return notFound();
    }
    String finished = settings.text(BlaxelSwitch.CANCEL_FINISHED);
    if (!runs.cancel(slot) && !finished.equals("200")) {
      return errors.answer(
          BlaxelProblem.of(Integer.parseInt(finished)), "the execution has ended already");
    }
    return json(new BlaxelView(settings, seed).execution(slot.row()));
  }

  private Answer create(Call call) throws RefusedRequestException {
    String workspace = call.workspace(access);
    String job = call.route().job();
    checkJson(call);
    BlaxelCreateRequest request = BlaxelCreateRequest.read(call.body(), workspace, job);
    Integer memory = request.memory();
    if (memory != null && (memory < 1 || memory > JOB_MEMORY)) {
      return errors.answer(BlaxelProblem.BAD_REQUEST, "memory must be between 1 and " + JOB_MEMORY);
    }
    BlaxelRow row;
    try {
      row = runs.create(workspace, job, request);
    } catch (IllegalArgumentException taken) {
      return taken(call, request);
    }
    return row == null
        ? errors.answer(
            BlaxelProblem.TOO_MANY_REQUESTS, "Maximum parallel executions limit reached")
        : created(row.id(), call, request);
  }

  private Answer taken(Call call, BlaxelCreateRequest request) {
    String id = String.valueOf(request.executionId());
    String form = settings.text(BlaxelSwitch.CREATE_TAKEN_ID);
    return form.equals("same")
        ? created(id, call, request)
        : errors.answer(
            BlaxelProblem.of(Integer.parseInt(form)), "there is an execution " + id + " already");
  }

  private Answer created(String executionId, Call call, BlaxelCreateRequest request) {
    Map<String, @Nullable Object> body = new LinkedHashMap<>();
    body.put("executionId", executionId);
    body.put("id", request.id() != null ? request.id() : call.requestId());
    body.put("jobId", call.route().job());
    body.put("tasks", request.tasks());
    body.put("workspaceId", call.workspace(access));
    return json(new BlaxelView(settings, seed).withUnknown(body)).about(executionId);
  }

  private static void checkJson(Call call) throws RefusedRequestException {
    String type = call.headers().get(HttpHeaderNames.CONTENT_TYPE, "");
    if (!type.toLowerCase(Locale.ROOT).startsWith("application/json")) {
      throw new RefusedRequestException("The body's content type is not application/json.");
    }
  }

  private Answer token(Call call) throws RefusedRequestException {
    checkJson(call);
    Map<?, ?> members = Members.read(call.body(), TOKEN_MEMBERS);
    Object grant = members.get("grant_type");
    if ("refresh_token".equals(grant)) {
      return members.get("refresh_token") instanceof String token && tokens.isGoodForRefresh(token)
          ? issued()
          : errors.answer(BlaxelProblem.INVALID_GRANT, "the refresh token is unknown");
    }
    if (!"client_credentials".equals(grant)) {
      log.violation("TOKEN: The grant type " + grant + " is none that the emulator knows.");
      return errors.answer(BlaxelProblem.UNSUPPORTED_GRANT_TYPE, "the grant type is unknown");
    }
    String header = call.headers().get(HttpHeaderNames.AUTHORIZATION);
    String given =
        header == null
            ? members.get("client_id") + ":" + members.get("client_secret")
            : basic(header);
    return given.equals(access.clientId() + ":" + access.clientSecret())
        ? issued()
        : errors.answer(BlaxelProblem.INVALID_CLIENT, "the client id or secret is wrong");
  }

  private static String basic(String header) {
    String encoded = after("Basic ", header);
    try {
      return encoded == null
          ? ""
          : new String(Base64.getDecoder().decode(encoded), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      return "";
    }
  }

  private Answer issued() {
    return json(new BlaxelView(settings, seed).withUnknown(tokens.issue(access.clientId())));
  }

  private Answer json(Object body) {
    return Answer.json(200, body, settings.is(BlaxelSwitch.ELEMENT_FORMAT, "pretty"));
  }
}
