package io.blinkreactor.blaxel;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.blinkreactor.ApiException;
import io.blinkreactor.AuthenticationException;
import io.blinkreactor.BlinkreactorException;
import io.blinkreactor.DeadlineException;
import io.blinkreactor.InvalidRequestException;
import io.blinkreactor.NotFoundException;
import io.blinkreactor.PermissionException;
import io.blinkreactor.QuotingServer;
import io.blinkreactor.RateLimitedException;
import io.blinkreactor.TransportException;
import io.blinkreactor.testkit.BlaxelOperation;
import io.blinkreactor.testkit.BlaxelSwitch;
import io.blinkreactor.testkit.RecordedBlaxelRequest;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.server.HttpServer;
import reactor.test.StepVerifier;

/** Every operation against the emulator, which refuses what the vendor does not document. */
class JobTest extends BlaxelTest {

  @Test
  void anExecutionIsReadWithAllItHas() {
    for (String status : List.of("queued", "running", "succeeded", "timeout")) {
      String id = emulator.addExecution(Map.of("status", status));
      JobExecution execution = got(job().get(id));
      assertThat(execution.id()).isEqualTo(id);
      assertThat(execution.state()).isEqualTo(JobExecutionState.of(status));
      assertThat(members(execution.json())).isEqualTo(truth(id));
      assertThat(execution.unknownMembers()).isEmpty();
      assertThat(requireNonNull(execution.stats()).total()).isEqualTo(execution.tasks().size());
      assertThat(execution.tasks())
          .isNotEmpty()
          .allSatisfy(task -> assertThat(task.unknownMembers()).isEmpty())
          .allSatisfy(
              task ->
                  assertThat(task.conditions())
                      .allSatisfy(c -> assertThat(c.unknownMembers()).isEmpty()));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"millis", "seconds", "nanos", "offset", "text"})
  void timesAreReadHoweverTheyAreWritten(String format) {
    emulator.set(BlaxelSwitch.TIME_FORMAT, format);
    JobExecution execution = got(job().get(history(1).get(0)));
    if (format.equals("text")) {
      assertThat(execution.createdAt()).isNull();
      assertThat(execution.unknownMembers()).containsKey("metadata.createdAt");
    } else {
      assertThat(execution.createdAt()).isNotNull();
      assertThat(execution.unknownMembers()).isEmpty();
    }
    assertThat(execution.isFinished()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"object", "string"})
  void theEnvironmentIsReadInBothForms(String form) {
    emulator.set(BlaxelSwitch.ENV_FORM, form);
    assertThat(got(job().get(history(1).get(0))).envOverride())
        .isEqualTo(Map.of("REGION", "****", "NOTE \"☃\"", "****"));
  }

  @ParameterizedTest
  @CsvSource({"lower,succeeded", "upper,SUCCEEDED", "completed,completed"})
  void statusesAreReadInAnySpelling(String spelling, String name) {
    emulator.set(BlaxelSwitch.STATUS_SPELLING, spelling);
    JobExecution execution = got(job().get(history(1).get(0)));
    assertThat(execution.state()).isEqualTo(JobExecutionState.SUCCEEDED);
    assertThat(execution.state().name()).isEqualTo(name);
    assertThat(execution.tasks()).allMatch(t -> t.state().equals(JobTaskState.SUCCEEDED));
  }

  @ParameterizedTest
  @ValueSource(strings = {"compact", "pretty"})
  void whatIsNewAtTheVendorSurvivesByteForByte(String format) {
    emulator.set(BlaxelSwitch.UNKNOWN_MEMBERS, "on");
    emulator.set(BlaxelSwitch.ELEMENT_FORMAT, format);
    String id = history(1).get(0);
    String raw = raw("/jobs/" + emulator.job() + "/executions/" + id);
    JobExecution execution = got(job().get(id));
    assertThat(execution.json().text()).isEqualTo(raw);
    assertThat(execution.unknownMembers())
        .containsKeys("x_added_later", "x_big_integer", "metadata.x_nested", "spec.x_big_integer");
    assertThat(execution.unknownMembers().get("x_big_integer"))
        .hasToString("123456789012345678901234567890");
    assertThat(execution.tasks().get(0).unknownMembers()).containsKey("x_added_later");
    String list = raw("/jobs/" + emulator.job() + "/executions");
    assertThat(got(job().page(JobPageRequest.first())).executions())
        .allSatisfy(e -> assertThat(list.strip()).contains(e.json().text()));
  }

  /** What the emulator answers, without the client. */
  private String raw(String path) {
    return requireNonNull(
        HttpClient.create()
            .headers(h -> h.set("X-Blaxel-Authorization", "Bearer " + emulator.apiKey()))
            .headers(h -> h.set("X-Blaxel-Workspace", emulator.workspace()))
            .headers(h -> h.set("Blaxel-Version", "2026-04-28"))
            .headers(h -> h.set("Connection", "close"))
            .get()
            .uri(emulator.baseUrl() + "/v0" + path)
            .responseContent()
            .aggregate()
            .asString(StandardCharsets.UTF_8)
            .block(PATIENCE));
  }

  @Test
  void whatIsSentIsWhatWasSaid() {
    CreateJobExecution request =
        CreateJobExecution.builder()
            .task(Map.of("input", "ü"))
            .task(Map.of())
            .env(Map.of("REGION", "eu"))
            .memory(512)
            .executionId("exec-own")
            .messageId("m-1")
            .allowQueue(false)
            .build();
    assertThat(got(job().create(request))).isEqualTo("exec-own");
    RecordedBlaxelRequest sent = only(BlaxelOperation.CREATE);
    assertThat(sent.body()).isEqualTo(request.json().text());
    assertThat(sent.headers())
        .containsEntry("x-blaxel-workspace", emulator.workspace())
        .containsEntry("content-type", "application/json")
        .containsEntry("authorization", "Bearer ***")
        .doesNotContainKey("blaxel-version");
    assertThat(sent.uri()).isEqualTo("/v0/jobs/" + emulator.job() + "/executions");
    JobExecution execution = got(job().get("exec-own"));
    assertThat(execution.envOverride()).isEqualTo(Map.of("REGION", "****"));
    assertThat(execution.memoryOverride()).isEqualTo(512);
    assertThat(execution.tasks()).hasSize(2);
    assertThat(got(job().create(CreateJobExecution.empty()))).startsWith("exec-");
  }

  @Test
  void cancellingAnswersTheExecution() {
    emulator.set(BlaxelSwitch.RUN_DURATION, "manual");
    String id = got(job().create(CreateJobExecution.empty()));
    assertThat(got(job().cancel(id)).state()).isEqualTo(JobExecutionState.CANCELLING);
    eventually().until(() -> got(job().get(id)).state().equals(JobExecutionState.CANCELLED));
    emulator.set(BlaxelSwitch.CANCEL_FINISHED, "409");
    assertThat(failure(InvalidRequestException.class, job().cancel(id)).status()).isEqualTo(409);
  }

  @Test
  void aCancelWhoseAnswerIsLostIsSentAgain() {
    emulator.set(BlaxelSwitch.RUN_DURATION, "manual");
    emulator.set(BlaxelSwitch.CANCEL_DURATION, "1h");
    String id = got(job().create(CreateJobExecution.empty()));
    emulator.set(BlaxelSwitch.FAULT_RESET_AFTER, "1");
    emulator.set(BlaxelSwitch.FAULT_FIRST, "1");
    assertThat(got(job().cancel(id)).state()).isEqualTo(JobExecutionState.CANCELLING);
    assertThat(emulator.count(BlaxelOperation.CANCEL)).isEqualTo(2);
  }

  @Test
  void withoutRoomAndQueueNothingIsCreatedAndNothingRepeated() {
    emulator.set(BlaxelSwitch.LIMIT_RUNNING, "1");
    emulator.set(BlaxelSwitch.RUN_DURATION, "manual");
    got(job().create(CreateJobExecution.empty()));
    RateLimitedException full =
        failure(
            RateLimitedException.class,
            job().create(CreateJobExecution.builder().allowQueue(false).build()));
    assertThat(full.call().vendorMessage()).contains("Maximum parallel executions");
    assertThat(emulator.count(BlaxelOperation.CREATE)).isEqualTo(2);
    assertThat(got(job().get(got(job().create(CreateJobExecution.empty())))).state())
        .isEqualTo(JobExecutionState.QUEUED);
  }

  // Lists.

  @ParameterizedTest
  @EnumSource(Contract.class)
  void pagesLeadFromOneToTheNextInEachContract(Contract contract) {
    List<String> newestFirst = history(7);
    Job job = opened(builder().contract(contract).build()).job(emulator.job());
    List<String> seen = new ArrayList<>();
    JobPageRequest next = JobPageRequest.first();
    List<Contract> contracts = new ArrayList<>();
    while (next != null) {
      JobExecutionPage page = got(job.page(next.limit(3)));
      contracts.add(page.contract());
      seen.addAll(ids(page));
      assertThat(page.executions()).allMatch(e -> e.unknownMembers().isEmpty());
      next = after(page, seen.size());
    }
    assertThat(seen).isEqualTo(newestFirst);
    assertThat(contracts)
        .containsOnly(contract == Contract.LEGACY ? Contract.LEGACY : Contract.CURSOR)
        .hasSize(3);
    assertThat(requests(BlaxelOperation.LIST))
        .allMatch(
            r ->
                (contract == Contract.LEGACY) == !r.headers().containsKey("blaxel-version")
                    && r.uri().contains("limit=3"));
  }

  private static @Nullable JobPageRequest after(JobExecutionPage page, int rows) {
    if (page.contract() == Contract.LEGACY) {
      return page.executions().size() < 3 ? null : JobPageRequest.at(rows);
    }
    return page.nextCursor() == null ? null : JobPageRequest.after(page.nextCursor());
  }

  @Test
  void aPageTellsWhatTheVendorSaysOfTheRest() {
    history(5);
    JobExecutionPage page = got(job().page(JobPageRequest.first().limit(2)));
    assertThat(page.nextCursor()).isNotEmpty();
    assertThat(page.hasMore()).isTrue();
    assertThat(page.total()).isEqualTo(5);
    for (String last : List.of("empty", "absent", "null")) {
      emulator.set(BlaxelSwitch.CURSOR_LAST, last);
      JobExecutionPage all = got(job().page(JobPageRequest.first()));
      assertThat(all.nextCursor()).isNull();
      assertThat(all.hasMore()).isFalse();
    }
  }

  @Test
  void ordersAndSearchesAreHeeded() {
    List<String> newestFirst = history(3);
    List<String> oldestFirst = List.of(newestFirst.get(2), newestFirst.get(1), newestFirst.get(0));
    assertThat(ids(got(job().page(JobPageRequest.first().order(JobExecutionOrder.OLDEST_FIRST)))))
        .isEqualTo(oldestFirst);
    assertThat(ids(got(job().page(JobPageRequest.first().search(newestFirst.get(1))))))
        .containsExactly(newestFirst.get(1));
    for (JobExecutionOrder order : JobExecutionOrder.values()) {
      assertThat(ids(got(job().page(JobPageRequest.first().order(order)))))
          .containsExactlyInAnyOrderElementsOf(newestFirst);
    }
  }

  @Test
  void anOldServerIsReadByOffsetUnderAuto() {
    List<String> newestFirst = history(5);
    emulator.set(BlaxelSwitch.CONTRACT_SERVED, "legacy");
    JobExecutionPage first = got(job().page(JobPageRequest.first().limit(3)));
    assertThat(first.contract()).isEqualTo(Contract.LEGACY);
    assertThat(first.nextCursor()).isNull();
    assertThat(first.hasMore()).isNull();
    assertThat(first.total()).isNull();
    assertThat(ids(got(job().page(JobPageRequest.at(3))))).isEqualTo(newestFirst.subList(3, 5));
  }

  /** The vendor's own clients take such an answer for the last page, and lose the rest. */
  @Test
  void anAnswerThatHeedsOnlyAPartOfTheRequestIsALoudError() {
    history(5);
    JobExecutionPage page = got(job().page(JobPageRequest.first().limit(3)));
    emulator.set(BlaxelSwitch.CONTRACT_SERVED, "legacy");
    for (JobPageRequest request :
        List.of(
            JobPageRequest.after(requireNonNull(page.nextCursor())),
            JobPageRequest.first().order(JobExecutionOrder.NAME),
            JobPageRequest.first().search("exec"))) {
      assertThat(failure(TransportException.class, job().page(request)))
          .hasMessageContaining("legacy contract, which heeds no cursor");
      assertThat(failure(TransportException.class, parts(job(), request).then()))
          .hasMessageContaining("legacy contract");
    }
    Job forced = opened(builder().contract(Contract.CURSOR).build()).job(emulator.job());
    assertThat(failure(TransportException.class, forced.page(JobPageRequest.first())))
        .hasMessageContaining("contract(LEGACY)");
    emulator.set(BlaxelSwitch.CONTRACT_SERVED, "cursor");
    assertThat(failure(TransportException.class, job().page(JobPageRequest.at(3))))
        .hasMessageContaining("cursor contract, which heeds no offset");
    Job legacy = opened(builder().contract(Contract.LEGACY).build()).job(emulator.job());
    assertThat(failure(TransportException.class, legacy.page(JobPageRequest.first())))
        .hasMessageContaining("contract(CURSOR)");
  }

  @Test
  void aRequestThatTheContractLacksIsNotSent() {
    Job legacy = opened(builder().contract(Contract.LEGACY).build()).job(emulator.job());
    Job cursor = opened(builder().contract(Contract.CURSOR).build()).job(emulator.job());
    for (JobPageRequest request :
        List.of(
            JobPageRequest.after("c"),
            JobPageRequest.first().order(JobExecutionOrder.NAME),
            JobPageRequest.first().search("x"))) {
      assertThat(failure(IllegalArgumentException.class, legacy.page(request)))
          .hasMessageContaining("contract(...)");
    }
    failure(IllegalArgumentException.class, cursor.page(JobPageRequest.at(0)));
    failure(IllegalArgumentException.class, job().page(JobPageRequest.at(1).search("x")));
    assertThatIllegalArgumentException().isThrownBy(() -> JobPageRequest.after(""));
    assertThatIllegalArgumentException().isThrownBy(() -> JobPageRequest.at(-1));
    assertThatIllegalArgumentException().isThrownBy(() -> JobPageRequest.first().limit(101));
    assertThatIllegalArgumentException().isThrownBy(() -> JobPageRequest.first().limit(0));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> JobPageRequest.first().search("x".repeat(201)));
    assertThat(emulator.requests()).isEmpty();
  }

  @Test
  void aStaleCursorIsRefusedWithTheVendorsWord() {
    history(3);
    JobExecutionPage page = got(job().page(JobPageRequest.first().limit(2)));
    emulator.set(BlaxelSwitch.CURSOR_LIFETIME, "0ms");
    JobPageRequest next = JobPageRequest.after(requireNonNull(page.nextCursor()));
    assertThat(failure(InvalidRequestException.class, job().page(next)).call().identifier())
        .isEqualTo("invalid_cursor");
    emulator.set(BlaxelSwitch.CURSOR_REJECTED_STATUS, "410");
    assertThat(failure(NotFoundException.class, job().page(next)).status()).isEqualTo(410);
  }

  /** What the walk over all pages will stand on. */
  @ParameterizedTest
  @EnumSource(
      value = Contract.class,
      names = {"LEGACY", "CURSOR"})
  void executionsAreHandedOnWhileThePageArrivesAndThenItsEnd(Contract contract) {
    List<String> newestFirst = history(40);
    Job job = opened(builder().contract(contract).build()).job(emulator.job());
    List<ListPart<JobExecution>> parts =
        got(parts(job, JobPageRequest.first().limit(30)).collectList());
    assertThat(parts).hasSize(31).allMatch(part -> part.contract() == contract);
    assertThat(
            parts.subList(0, 30).stream()
                .map(part -> ((ListPart.Element<JobExecution>) part).value().id()))
        .isEqualTo(newestFirst.subList(0, 30));
    ListPart.End<JobExecution> end = (ListPart.End<JobExecution>) parts.get(30);
    assertThat(end.nextCursor() != null).isEqualTo(contract == Contract.CURSOR);
    assertThat(end.total()).isEqualTo(contract == Contract.CURSOR ? (Long) 40L : null);
    StepVerifier.create(parts(job, JobPageRequest.first()), 0)
        .thenRequest(3)
        .expectNextCount(3)
        .thenCancel()
        .verify(PATIENCE);
  }

  private static Flux<ListPart<JobExecution>> parts(Job job, JobPageRequest request) {
    return Flux.defer(() -> job.api().list(job.name(), request, JobExecution::decode));
  }

  @ParameterizedTest
  @ValueSource(strings = {"{}", "{\"meta\":7}", "{\"data\":{}}", "{\"data\":[]", "\"\"", "[7]"})
  void anAnswerThatIsNoListIsNotTakenForAnEmptyOne(String body) {
    DisposableServer odd = answering(body);
    try (BlaxelClient asking = builder().baseUrl("http://127.0.0.1:" + odd.port()).build()) {
      TransportException unusable =
          failure(TransportException.class, asking.job("j").page(JobPageRequest.first()));
      assertThat(unusable).hasMessageContaining("the body is not what was agreed");
    } finally {
      odd.disposeNow();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"[]", "{\"data\":[]}", "{\"meta\":{}}", "{\"data\":null,\"meta\":{}}"})
  void anEmptyListIsEmpty(String body) {
    DisposableServer empty = answering(body);
    try (BlaxelClient asking = builder().baseUrl("http://127.0.0.1:" + empty.port()).build()) {
      JobExecutionPage page = got(asking.job("j").page(JobPageRequest.first()));
      assertThat(page.executions()).isEmpty();
      assertThat(page.nextCursor()).isNull();
    } finally {
      empty.disposeNow();
    }
  }

  private static DisposableServer answering(String body) {
    return HttpServer.create()
        .host("127.0.0.1")
        .port(0)
        .handle((req, res) -> res.sendString(Mono.just(body)))
        .bindNow();
  }

  // Tasks.

  private String withTasks(int tasks) {
    List<Map<String, Object>> given =
        IntStream.range(0, tasks)
            .<Map<String, Object>>mapToObj(i -> Map.of("metadata", Map.of("name", "task-" + i)))
            .toList();
    return emulator.addExecution(Map.of("tasks", given));
  }

  @Test
  void tasksAreReadPageByPageByDemand() {
    String id = withTasks(450);
    StepVerifier.create(job().tasks(id), 0)
        .expectSubscription()
        .then(() -> assertThat(emulator.count(BlaxelOperation.TASKS)).isZero())
        .thenRequest(200)
        .expectNextCount(200)
        .then(() -> assertThat(emulator.count(BlaxelOperation.TASKS)).isEqualTo(1))
        .thenRequest(1)
        .expectNextMatches(task -> "task-200".equals(task.name()))
        .thenRequest(Long.MAX_VALUE)
        .expectNextCount(249)
        .expectComplete()
        .verify(PATIENCE);
    assertThat(emulator.count(BlaxelOperation.TASKS)).isEqualTo(3);
    assertThat(requests(BlaxelOperation.TASKS))
        .allMatch(r -> "2026-04-28".equals(r.headers().get("blaxel-version")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"cursor-without-more", "cursor-on-last"})
  void tasksAreReadToTheEndAlthoughTheVendorContradictsItself(String disagree) {
    emulator.set(BlaxelSwitch.META_DISAGREE, disagree);
    emulator.set(BlaxelSwitch.PAGE_EMPTY, "0.5");
    emulator.set(BlaxelSwitch.PAGE_SHORT, "0.5");
    String id = withTasks(600);
    assertThat(got(job().tasks(id).map(t -> requireNonNull(t.name())).collectList()))
        .hasSize(600)
        .doesNotHaveDuplicates();
  }

  @Test
  void aListOfTasksThatBreaksOffOrLeadsInCirclesIsALoudErrorBehindWhatCame() {
    String id = withTasks(250);
    emulator.set(BlaxelSwitch.META_DISAGREE, "more-without-cursor");
    StepVerifier.create(job().tasks(id))
        .expectNextCount(250)
        .expectErrorSatisfies(e -> assertThat(e).hasMessageContaining("more tasks follow"))
        .verify(PATIENCE);
    emulator.set(BlaxelSwitch.META_DISAGREE, "none");
    emulator.set(BlaxelSwitch.CURSOR_LOOP, "1");
    String longer = withTasks(450);
    StepVerifier.create(job().tasks(longer))
        .expectNextCount(400)
        .expectErrorSatisfies(e -> assertThat(e).hasMessageContaining("leads back"))
        .verify(PATIENCE);
  }

  /** Cursors that go round in circles of any length, reached after any number of pages. */
  @ParameterizedTest
  @CsvSource({"0,1", "0,2", "3,5", "9,1", "1,30"})
  void aCircleOfPagesIsFound(int before, int round) {
    AtomicReference<Integer> page = new AtomicReference<>(0);
    DisposableServer circle =
        HttpServer.create()
            .host("127.0.0.1")
            .port(0)
            .handle(
                (req, res) -> {
                  int now = page.getAndUpdate(n -> n + 1) + 1;
                  int cursor = now < before ? now : before + (now - before) % round;
                  return res.sendString(
                      Mono.just("{\"data\":[],\"meta\":{\"nextCursor\":\"c" + cursor + "\"}}"));
                })
            .bindNow();
    try (BlaxelClient walking = builder().baseUrl("http://127.0.0.1:" + circle.port()).build()) {
      TransportException lost =
          failure(TransportException.class, walking.job("j").tasks("x").then());
      assertThat(lost).hasMessageContaining("leads back");
      assertThat(page.get()).isLessThan(4 * (before + round) + 4);
    } finally {
      circle.disposeNow();
    }
  }

  @Test
  void onePageOfTasksCanBeReadByItself() {
    String id = withTasks(5);
    JobTaskPage first = got(job().taskPage(id, 2, null));
    assertThat(first.tasks()).extracting(JobTask::name).containsExactly("task-0", "task-1");
    assertThat(first.hasMore()).isTrue();
    assertThat(first.total()).isEqualTo(5);
    JobTaskPage second = got(job().taskPage(id, 200, first.nextCursor()));
    assertThat(second.tasks()).hasSize(3);
    assertThat(second.nextCursor()).isNull();
    assertThatIllegalArgumentException().isThrownBy(() -> job().taskPage(id, 201, null));
  }

  @Test
  void aServerThatDoesNotKnowTasksSaysSo() {
    emulator.set(BlaxelSwitch.CONTRACT_SERVED, "legacy");
    NotFoundException unknown =
        failure(NotFoundException.class, job().tasks(history(1).get(0)).then());
    assertThat(unknown.call().identifier()).isEqualTo("ROUTE_NOT_FOUND");
    assertThat(unknown).hasMessageContaining("/tasks was answered 404");
  }

  // Refusals.

  @ParameterizedTest
  @ValueSource(strings = {"documented", "gateway", "control-plane", "none"})
  void eachRefusalHasItsExceptionInEitherForm(String form) {
    emulator.set(BlaxelSwitch.ERROR_BODY, form);
    NotFoundException missing = failure(NotFoundException.class, job().get("nowhere"));
    assertThat(missing)
        .hasMessageContaining("GET /jobs/{jobId}/executions/{executionId} was answered 404");
    assertThat(missing.call().vendorMessage() == null).isEqualTo(form.equals("none"));
    assertThat(missing.call().identifier() == null).isEqualTo(form.equals("none"));
    assertThat(missing.requestId()).isNotBlank();
    failure(NotFoundException.class, client.job("no-such-job").get("x"));
    failure(
        InvalidRequestException.class,
        job().create(CreateJobExecution.builder().memory(1_000_000).build()));
    failure(
        AuthenticationException.class,
        opened(builder().apiKey("wrong").build()).job(emulator.job()).get("x"));
    failure(
        PermissionException.class,
        opened(builder().apiKey(emulator.forbiddenKey()).build()).job(emulator.job()).get("x"));
    failure(PermissionException.class, client.workspace("strange").job(emulator.job()).get("x"));
    assertThat(emulator.requests()).hasSize(6);
  }

  @Test
  void anotherWorkspaceIsAskedWithTheSameClient() {
    history(2);
    BlaxelClient other = client.workspace("other");
    assertThat(ids(got(other.job(emulator.job()).page(JobPageRequest.first())))).isEmpty();
    other.close();
    assertThat(ids(got(job().page(JobPageRequest.first())))).hasSize(2);
    BlaxelClient unnamed =
        opened(
            BlaxelClient.builder()
                .baseUrl(emulator.baseUrl() + "/v0/")
                .apiKey(emulator.apiKey())
                .build());
    assertThat(ids(got(unnamed.job(emulator.job()).page(JobPageRequest.first())))).hasSize(2);
    assertThat(requests(BlaxelOperation.LIST).get(2).headers())
        .doesNotContainKey("x-blaxel-workspace");
  }

  @Test
  void aCallThatCostsTooMuchIsAnApiExceptionThatSaysSo() {
    DisposableServer dear =
        HttpServer.create()
            .host("127.0.0.1")
            .port(0)
            .handle(
                (req, res) ->
                    res.status(402)
                        .sendString(
                            Mono.just(
                                "{\"error\":{\"code\":\"USAGE_LIMIT_EXCEEDED\",\"retryable\":false,"
                                    + "\"message\":\"Too much.\"}}")))
            .bindNow();
    try (BlaxelClient poor = builder().baseUrl("http://127.0.0.1:" + dear.port()).build()) {
      ApiException refused =
          failure(ApiException.class, poor.job("j").create(CreateJobExecution.empty()));
      assertThat(refused.status()).isEqualTo(402);
      assertThat(refused.call().identifier()).isEqualTo("USAGE_LIMIT_EXCEEDED");
      assertThat(refused.advice()).contains("limits");
      assertThat(refused.call().attempts()).isEqualTo(1);
    } finally {
      dear.disposeNow();
    }
  }

  /** A vendor that quotes the request in its refusal must not spread the environment. */
  @Test
  void whatTheVendorQuotesOfTheEnvironmentIsRedacted() {
    DisposableServer quoting = QuotingServer.open();
    try (BlaxelClient quoted = builder().baseUrl("http://127.0.0.1:" + quoting.port()).build()) {
      CreateJobExecution request =
          CreateJobExecution.builder().env(Map.of("TOKEN", "hush-hush", "N", "1")).build();
      InvalidRequestException refused =
          failure(InvalidRequestException.class, quoted.job("j").create(request));
      assertThat(refused).hasMessageContaining("[redacted]").message().doesNotContain("hush");
    } finally {
      quoting.disposeNow();
    }
  }

  // Faults.

  @ParameterizedTest
  @EnumSource(
      names = {
        "FAULT_429",
        "FAULT_502",
        "FAULT_503",
        "FAULT_504",
        "FAULT_UNAVAILABLE",
        "FAULT_RESET",
        "FAULT_RESET_AFTER",
        "FAULT_TRUNCATED"
      })
  void aReadIsRepeatedUntilItIsAnswered(BlaxelSwitch fault) {
    List<String> newestFirst = history(2);
    emulator.set(fault, "1");
    emulator.set(BlaxelSwitch.FAULT_FIRST, "2");
    assertThat(got(job().get(newestFirst.get(0))).id()).isEqualTo(newestFirst.get(0));
    assertThat(ids(got(job().page(JobPageRequest.first())))).isEqualTo(newestFirst);
    assertThat(got(job().tasks(newestFirst.get(0)).collectList())).isNotEmpty();
    assertThat(emulator.count(BlaxelOperation.GET)).isEqualTo(3);
    assertThat(emulator.count(BlaxelOperation.LIST)).isEqualTo(3);
    assertThat(emulator.count(BlaxelOperation.TASKS)).isEqualTo(3);
  }

  @ParameterizedTest
  @CsvSource({
    "FAULT_429,io.blinkreactor.RateLimitedException,0",
    "FAULT_500,io.blinkreactor.ApiException,0",
    "FAULT_503,io.blinkreactor.ApiException,0",
    "FAULT_UNAVAILABLE,io.blinkreactor.NotFoundException,0",
    "FAULT_RESET,io.blinkreactor.TransportException,0",
    "FAULT_RESET_AFTER,io.blinkreactor.TransportException,1",
    "FAULT_TRUNCATED,io.blinkreactor.TransportException,1",
    "FAULT_GARBAGE,io.blinkreactor.TransportException,1",
    "FAULT_SLOW,io.blinkreactor.DeadlineException,1",
    "FAULT_STALL,io.blinkreactor.DeadlineException,1"
  })
  void aStartIsNeverSentTwiceAndItsFaultIsTold(
      BlaxelSwitch fault, Class<? extends BlinkreactorException> type, int started) {
    emulator.set(BlaxelSwitch.FAULT_SLOW_DELAY, "1h");
    emulator.set(BlaxelSwitch.FAULT_STALL_DELAY, "1h");
    emulator.set(fault, "1");
    boolean late = fault == BlaxelSwitch.FAULT_SLOW || fault == BlaxelSwitch.FAULT_STALL;
    Duration brief = late ? Duration.ofSeconds(1) : PATIENCE;
    Job job =
        opened(builder().http(quick().attemptTimeout(brief).stallTimeout(brief).build()).build())
            .job(emulator.job());
    BlinkreactorException told = failure(type, job.create(CreateJobExecution.empty()));
    if (told instanceof TransportException broken) {
      assertThat(broken.requestSent()).isTrue();
    } else if (told instanceof DeadlineException belated) {
      assertThat(belated.requestSent()).isTrue();
    }
    assertThat(emulator.createdIds()).hasSize(started);
    assertThat(emulator.count(BlaxelOperation.CREATE)).isEqualTo(1);
  }

  @Test
  void callsAreMeasuredByOperationAndOutcomeAlone() {
    SimpleMeterRegistry meters = new SimpleMeterRegistry();
    Job job = opened(builder().meterRegistry(meters).build()).job(emulator.job());
    got(job.page(JobPageRequest.first()));
    got(job.create(CreateJobExecution.builder().executionId("exec-metered").build()));
    failure(NotFoundException.class, job.get("nowhere"));
    failure(NotFoundException.class, job.cancel("nowhere"));
    failure(NotFoundException.class, job.tasks("nowhere").then());
    for (String operation : List.of("jobs.get", "jobs.cancel", "jobs.tasks")) {
      assertThat(calls(meters, operation, "404")).isEqualTo(1);
    }
    assertThat(calls(meters, "jobs.list", "success")).isEqualTo(1);
    assertThat(calls(meters, "jobs.create", "success")).isEqualTo(1);
    assertThat(meters.getMeters())
        .allSatisfy(
            meter ->
                assertThat(meter.getId().getTags())
                    .allSatisfy(tag -> assertThat(tag.getValue()).matches("[a-z0-9_.]{1,20}")));
  }

  private static long calls(SimpleMeterRegistry meters, String operation, String outcome) {
    return meters
        .get("blinkreactor.api.calls")
        .tag("operation", operation)
        .tag("outcome", outcome)
        .timer()
        .count();
  }
}
