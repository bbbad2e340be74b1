package io.blinkreactor.blinkops;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.blinkreactor.ApiException;
import io.blinkreactor.DeadlineException;
import io.blinkreactor.InvalidRequestException;
import io.blinkreactor.RateLimitedException;
import io.blinkreactor.TransportException;
import io.blinkreactor.completion.Completion;
import io.blinkreactor.completion.CompletionSource;
import io.blinkreactor.testkit.Operation;
import io.blinkreactor.testkit.RecordedRequest;
import io.blinkreactor.testkit.Switch;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

class SwitchFaultTest extends SwitchTest {

  @ParameterizedTest
  @EnumSource(
      names = {
        "FAULT_429",
        "FAULT_503",
        "FAULT_RESET",
        "FAULT_RESET_AFTER",
        "FAULT_TRUNCATED",
        "FAULT_SLOW",
        "FAULT_STALL"
      })
  @Shows({
    Switch.FAULT_429,
    Switch.FAULT_503,
    Switch.FAULT_RESET,
    Switch.FAULT_RESET_AFTER,
    Switch.FAULT_TRUNCATED,
    Switch.FAULT_SLOW,
    Switch.FAULT_SLOW_DELAY,
    Switch.FAULT_STALL,
    Switch.FAULT_STALL_DELAY,
    Switch.FAULT_FIRST
  })
  void aReadIsRepeatedUntilItIsAnswered(Switch fault) {
    client = clientFor(fault);
    emulator.set(fault, "1");
    emulator.set(Switch.FAULT_FIRST, "1");
    String id = history(1).get(0);
    assertThat(members(got(client.executions().get(id)).json())).isEqualTo(truth(id));
    assertThat(emulator.count(Operation.GET)).isEqualTo(2);
  }

  @ParameterizedTest
  @EnumSource(
      names = {"FAULT_429", "FAULT_503", "FAULT_RESET", "FAULT_RESET_AFTER", "FAULT_TRUNCATED"})
  @Shows({
    Switch.FAULT_429,
    Switch.FAULT_503,
    Switch.FAULT_RESET,
    Switch.FAULT_RESET_AFTER,
    Switch.FAULT_TRUNCATED
  })
  void aWalkBetweenFaultsLosesAndDoublesNothing(Switch fault) {
    emulator.set(fault, "0.4");
    List<String> newestFirst = history(30);
    assertThat(ids(client.executions().find(Rql.all()).pageSize(3))).isEqualTo(newestFirst);
    assertThat(emulator.count(Operation.LIST)).isGreaterThan(10);
  }

  @Test
  @Shows(Switch.FAULT_500)
  void aBrokenVendorIsNotAskedAgain() {
    emulator.set(Switch.FAULT_500, "1");
    String id = history(1).get(0);
    ApiException broken = failure(ApiException.class, client.executions().get(id));
    assertThat(broken.status()).isEqualTo(500);
    assertThat(broken.call().vendorMessage()).isEqualTo("internal server error");
    assertThat(broken.call().attempts()).isEqualTo(1);
    assertThat(emulator.count(Operation.GET)).isEqualTo(1);
  }

  @Test
  @Shows(Switch.FAULT_GARBAGE)
  void anAnswerThatIsNotJsonIsNoAnswer() {
    emulator.set(Switch.FAULT_GARBAGE, "1");
    String id = history(1).get(0);
    assertNotWhatWasAgreed(client.executions().get(id));
    assertNotWhatWasAgreed(client.executions().steps(id));
    assertNotWhatWasAgreed(client.executions().outputs(id));
    assertNotWhatWasAgreed(client.executions().find(Rql.all()).page());
    assertNotWhatWasAgreed(client.executions().cancel(id));
    assertThat(emulator.requests()).hasSize(5);
  }

  private static void assertNotWhatWasAgreed(Mono<?> call) {
    TransportException unusable = failure(TransportException.class, call);
    assertThat(unusable.requestSent()).isTrue();
    assertThat(unusable).hasMessageContaining("the body is not what was agreed");
  }

  @ParameterizedTest
  @EnumSource(
      names = {
        "FAULT_429",
        "FAULT_503",
        "FAULT_500",
        "FAULT_RESET",
        "FAULT_RESET_AFTER",
        "FAULT_TRUNCATED",
        "FAULT_GARBAGE",
        "FAULT_SLOW",
        "FAULT_STALL"
      })
  @Shows({
    Switch.FAULT_429,
    Switch.FAULT_503,
    Switch.FAULT_500,
    Switch.FAULT_RESET,
    Switch.FAULT_RESET_AFTER,
    Switch.FAULT_TRUNCATED,
    Switch.FAULT_GARBAGE,
    Switch.FAULT_SLOW,
    Switch.FAULT_STALL,
    Switch.FAULT_OPERATIONS,
    Switch.FAULT_FIRST
  })
  void aRunIsAwaitedAcrossFaultsOfTheLooks(Switch fault) {
    client = clientFor(fault);
    emulator.set(fault, "1");
    emulator.set(Switch.FAULT_OPERATIONS, "GET");
    emulator.set(Switch.FAULT_FIRST, "1");
    TestReceiver receiver = receiver();
    Completion<ExecutionDetails> end = finish(runs(receiver, NEVER));
    assertThat(end.source()).isEqualTo(CompletionSource.CALLBACK);
    assertThat(end.execution().effectiveState()).isEqualTo(ExecutionState.COMPLETED);
    assertThat(receiver.receipts()).hasSize(1);
    assertThat(emulator.count(Operation.EXECUTE)).isEqualTo(1);
    assertThat(emulator.count(Operation.GET)).isEqualTo(2);
  }

  @Test
  @Shows({Switch.FAULT_OPERATIONS, Switch.FAULT_500})
  void aFaultOfOneOperationHarmsNoOther() {
    emulator.set(Switch.FAULT_500, "1");
    emulator.set(Switch.FAULT_OPERATIONS, "LIST,CANCEL");
    String id = history(1).get(0);
    failure(ApiException.class, client.executions().find(Rql.all()).page());
    failure(ApiException.class, client.executions().cancel(id));
    assertThat(id(got(client.executions().get(id)))).isEqualTo(id);
    assertThat(finish(polling()).execution().isFinished()).isTrue();
  }

  @ParameterizedTest
  @CsvSource({"0,", "3,4"})
  @Shows({Switch.FAULT_FIRST, Switch.FAULT_503})
  void anOutageIsOutlastedWithinTheTimeOfTheCall(int first, @Nullable Integer requests) {
    emulator.set(Switch.FAULT_503, "1");
    emulator.set(Switch.FAULT_FIRST, String.valueOf(first));
    client = client(quick().callTimeout(Duration.ofMillis(1500)).build());
    String id = history(1).get(0);
    if (requests == null) {
      Throwable told = catchThrowable(() -> client.executions().get(id).block(PATIENCE));
      // An attempt that is on its way when the time is up can't be told its outcome.
      Throwable last = told instanceof DeadlineException late ? late.getCause() : told;
      assertThat(last)
          .isInstanceOfSatisfying(
              ApiException.class, outage -> assertThat(outage.status()).isEqualTo(503));
      assertThat(emulator.count(Operation.GET)).isGreaterThan(3);
    } else {
      assertThat(id(got(client.executions().get(id)))).isEqualTo(id);
      assertThat(emulator.count(Operation.GET)).isEqualTo(requests.longValue());
    }
  }

  @ParameterizedTest
  @CsvSource({"FAULT_SLOW,FAULT_SLOW_DELAY,ATTEMPT", "FAULT_STALL,FAULT_STALL_DELAY,STALL"})
  @Shows({Switch.FAULT_SLOW, Switch.FAULT_SLOW_DELAY, Switch.FAULT_STALL, Switch.FAULT_STALL_DELAY})
  void anAnswerWithinItsClockIsTakenAndABelatedOneNamesTheClock(
      Switch fault, Switch delay, DeadlineException.Clock clock) {
    emulator.set(fault, "1");
    emulator.set(delay, "100ms");
    String id = got(client.workflows().execute(PLAYBOOK, ExecuteRequest.empty()));
    assertThat(emulator.runs()).extracting(run -> run.executionId()).containsExactly(id);
    BlinkOpsClient impatient = impatient();
    DeadlineException late =
        failure(
            DeadlineException.class,
            impatient.workflows().execute(PLAYBOOK, ExecuteRequest.empty()));
    assertThat(late.clock()).isEqualTo(clock);
    assertThat(late.limit()).isEqualTo(SHORT);
    assertThat(emulator.count(Operation.EXECUTE)).isEqualTo(2);
  }

  @ParameterizedTest
  @ValueSource(strings = {"seconds:600", "date:600", "reset:600"})
  @Shows({Switch.FAULT_RETRY_AFTER, Switch.FAULT_429})
  void aPauseTooLongToWaitEndsTheCallAndIsNamed(String hint) {
    emulator.set(Switch.FAULT_429, "1");
    emulator.set(Switch.FAULT_RETRY_AFTER, hint);
    RateLimitedException limited =
        failure(RateLimitedException.class, client.executions().find(Rql.all()).page());
    assertThat(requireNonNull(limited.retryAfter()))
        .isBetween(Duration.ofSeconds(595), Duration.ofSeconds(600));
    assertThat(emulator.count(Operation.LIST)).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource({"none,0", "seconds:2,2000"})
  @Shows({Switch.FAULT_RETRY_AFTER, Switch.FAULT_429, Switch.FAULT_FIRST})
  void aPauseIsKeptByEveryCallOfTheClient(String hint, long leastMillis) {
    emulator.set(Switch.FAULT_429, "1");
    emulator.set(Switch.FAULT_FIRST, "1");
    emulator.set(Switch.FAULT_OPERATIONS, "LIST");
    emulator.set(Switch.FAULT_RETRY_AFTER, hint);
    String id = history(1).get(0);
    Mono<?> list = client.executions().find(Rql.all()).page();
    Mono<?> get =
        Mono.delay(Duration.ofSeconds(1), invariants.scheduler()).then(client.executions().get(id));
    assertThat(got(Flux.merge(list, get).collectList())).hasSize(2);
    assertThat(emulator.count(Operation.LIST)).isEqualTo(2);
    RecordedRequest first = emulator.requests().get(0);
    assertThat(emulator.requests().subList(1, 3))
        .extracting(request -> Duration.between(first.at(), request.at()))
        .allSatisfy(
            pause -> assertThat(pause).isGreaterThanOrEqualTo(Duration.ofMillis(leastMillis)));
  }

  @Test
  @Shows({Switch.FAULT_RETRY_AFTER, Switch.FAULT_503})
  void aPauseTooLongOfAnOverloadedVendorEndsTheCallToo() {
    emulator.set(Switch.FAULT_503, "1");
    emulator.set(Switch.FAULT_RETRY_AFTER, "seconds:600");
    ApiException overloaded =
        failure(ApiException.class, client.executions().find(Rql.all()).page());
    assertThat(overloaded.status()).isEqualTo(503);
    assertThat(emulator.count(Operation.LIST)).isEqualTo(1);
  }

  @Test
  @Shows(Switch.CONFLICT_409)
  void aConflictIsToldWithTheVendorsReason() {
    emulator.set(Switch.CONFLICT_409, "1");
    InvalidRequestException refused =
        failure(
            InvalidRequestException.class,
            client.workflows().execute(PLAYBOOK, ExecuteRequest.empty()));
    assertThat(refused.status()).isEqualTo(409);
    assertThat(refused.call().vendorMessage()).isEqualTo("can not execute playbook: conflict");
    assertThat(emulator.count(Operation.EXECUTE)).isEqualTo(1);
  }
}
