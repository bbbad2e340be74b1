package io.blinkreactor.blinkops;

import static org.assertj.core.api.Assertions.assertThat;

import io.blinkreactor.completion.CallbackReceipt;
import io.blinkreactor.completion.Completion;
import io.blinkreactor.completion.CompletionSource;
import io.blinkreactor.completion.UntrustedPayload;
import io.blinkreactor.testkit.Operation;
import io.blinkreactor.testkit.Switch;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SwitchCallbackTest extends SwitchTest {

  @Test
  @Shows(Switch.CALLBACK_EARLY)
  void aCallbackThatOvertakesTheAnswerIsKept() {
    emulator.set(Switch.CALLBACK_EARLY, "1");
    TestReceiver receiver = receiver();
    Completion<ExecutionDetails> end = finish(runs(receiver, NEVER));
    assertThat(end.source()).isEqualTo(CompletionSource.CALLBACK);
    assertThat(end.execution().effectiveState()).isEqualTo(ExecutionState.COMPLETED);
    assertThat(receiver.receipts()).containsExactly(CallbackReceipt.ACCEPTED);
    assertThat(recorded(end.executionId()).gets()).isEqualTo(1);
  }

  @Test
  @Shows(Switch.CALLBACK_LOST)
  void aLostCallbackIsSettledByALook() {
    emulator.set(Switch.CALLBACK_LOST, "1");
    TestReceiver receiver = receiver();
    Runs runs = runs(receiver, SOON);
    Completion<ExecutionDetails> end = finish(runs);
    assertThat(end.source()).isEqualTo(CompletionSource.RECONCILE);
    assertThat(end.execution().effectiveState()).isEqualTo(ExecutionState.COMPLETED);
    assertThat(end.payload()).isNull();
    assertThat(receiver.receipts()).isEmpty();
    assertThat(runs.pending()).isZero();
  }

  @Test
  @Shows({Switch.CALLBACK_LATE, Switch.CALLBACK_LATE_DELAY})
  void aLateCallbackWakesARunThatNothingElseDid() {
    emulator.set(Switch.CALLBACK_LATE, "1");
    emulator.set(Switch.CALLBACK_LATE_DELAY, "200ms");
    Completion<ExecutionDetails> end = finish(runs(receiver(), NEVER));
    assertThat(end.source()).isEqualTo(CompletionSource.CALLBACK);
    assertThat(end.elapsed()).isGreaterThanOrEqualTo(Duration.ofMillis(200));
    assertThat(recorded(end.executionId()).gets()).isEqualTo(1);
  }

  @Test
  @Shows({Switch.CALLBACK_LATE, Switch.CALLBACK_LATE_DELAY})
  void aCallbackLaterThanTheLookIsADuplicateThatLeadsToNothing() {
    emulator.set(Switch.CALLBACK_LATE, "1");
    emulator.set(Switch.CALLBACK_LATE_DELAY, "2s");
    TestReceiver receiver = receiver();
    Completion<ExecutionDetails> end = finish(runs(receiver, SOON));
    assertThat(end.source()).isEqualTo(CompletionSource.RECONCILE);
    int looks = recorded(end.executionId()).gets();
    assertThat(settled(end.executionId()).gets()).isEqualTo(looks);
    assertThat(receiver.receipts()).containsExactly(CallbackReceipt.DUPLICATE);
  }

  @Test
  @Shows(Switch.CALLBACK_DOUBLED)
  void doubledCallbacksEndEachRunOnceWithOneLook() {
    emulator.set(Switch.CALLBACK_DOUBLED, "1");
    TestReceiver receiver = receiver();
    List<Completion<ExecutionDetails>> ends = finish(runs(receiver, NEVER), 10);
    assertThat(ends).extracting(Completion::executionId).doesNotHaveDuplicates().hasSize(10);
    ends.forEach(end -> assertThat(settled(end.executionId()).gets()).isEqualTo(1));
    assertThat(receiver.receipts()).hasSize(20).doesNotContain(CallbackReceipt.ORPHAN);
    assertThat(emulator.count(Operation.GET)).isEqualTo(10);
  }

  @Test
  @Shows(Switch.CALLBACK_FORGED)
  void forgedCallbacksWakeNobodyAndDecideNothing() {
    emulator.set(Switch.CALLBACK_FORGED, "1");
    emulator.set(Switch.RUN_DURATION, "20ms..120ms");
    emulator.set(Switch.RUN_OUTCOMES, "Failed=1");
    TestReceiver receiver = receiver();
    List<Completion<ExecutionDetails>> ends = finish(runs(receiver, NEVER), 20);
    ends.forEach(end -> settled(end.executionId()));
    assertThat(ends)
        .hasSize(20)
        .allSatisfy(
            end -> {
              assertThat(end.execution().effectiveState()).isEqualTo(ExecutionState.FAILED);
              assertThat(recorded(end.executionId()).gets()).isEqualTo(1);
            });
    assertThat(receiver.rejected()).isEqualTo(20);
    assertThat(receiver.receipts()).hasSize(20).containsOnly(CallbackReceipt.ACCEPTED);
  }

  @EachValue(Switch.CALLBACK_BODY)
  @Shows(Switch.CALLBACK_BODY)
  void anyBodyWakesAndIsHandedOnUnread(String body) {
    emulator.set(Switch.CALLBACK_BODY, body);
    emulator.set(Switch.RUN_OUTCOMES, "Failed=1");
    Completion<ExecutionDetails> end = finish(runs(receiver(), NEVER));
    assertThat(end.source()).isEqualTo(CompletionSource.CALLBACK);
    assertThat(members(end.execution().json())).isEqualTo(truth(end.executionId()));
    UntrustedPayload payload = Objects.requireNonNull(end.payload());
    if (body.equals("empty")) {
      assertThat(payload.bytes()).isEmpty();
    } else {
      assertThat(payload.text()).contains(end.executionId());
    }
    if (body.equals("huge")) {
      assertThat(payload.bytes()).hasSizeGreaterThan(2 << 20);
    }
  }

  @EachValue(Switch.CALLBACK_METHOD)
  @Shows(Switch.CALLBACK_METHOD)
  void anyMethodWakes(String method) {
    emulator.set(Switch.CALLBACK_METHOD, method);
    TestReceiver receiver = receiver();
    Completion<ExecutionDetails> end = finish(runs(receiver, NEVER));
    assertThat(end.source()).isEqualTo(CompletionSource.CALLBACK);
    assertThat(receiver.methods()).containsExactly(method.equals("as-asked") ? "POST" : method);
    assertThat(recorded(end.executionId()).gets()).isEqualTo(1);
  }

  @EachValue(Switch.CALLBACK_HEADERS)
  @Shows(Switch.CALLBACK_HEADERS)
  void aTokenLostWithTheHeadersIsMadeUpForByALook(String headers) {
    emulator.set(Switch.CALLBACK_HEADERS, headers);
    settlesWithOrWithoutItsToken(TestReceiver.Place.HEADER, headers.equals("sent"));
  }

  @EachValue(Switch.CALLBACK_HEADERS)
  @Shows(Switch.CALLBACK_HEADERS)
  void aTokenInACookieNeedsNoHeaders(String headers) {
    emulator.set(Switch.CALLBACK_HEADERS, headers);
    settlesWithOrWithoutItsToken(TestReceiver.Place.COOKIE, true);
  }

  @EachValue(Switch.CALLBACK_COOKIES)
  @Shows(Switch.CALLBACK_COOKIES)
  void aTokenLostWithTheCookiesIsMadeUpForByALook(String cookies) {
    emulator.set(Switch.CALLBACK_COOKIES, cookies);
    settlesWithOrWithoutItsToken(TestReceiver.Place.COOKIE, cookies.equals("sent"));
  }

  @EachValue(Switch.CALLBACK_COOKIES)
  @Shows(Switch.CALLBACK_COOKIES)
  void aTokenInAHeaderNeedsNoCookies(String cookies) {
    emulator.set(Switch.CALLBACK_COOKIES, cookies);
    settlesWithOrWithoutItsToken(TestReceiver.Place.HEADER, true);
  }

  private void settlesWithOrWithoutItsToken(TestReceiver.Place place, boolean token) {
    TestReceiver receiver = closing(TestReceiver.open(place));
    Completion<ExecutionDetails> end =
        finish(runs(receiver, token ? NEVER : Duration.ofMillis(150)));
    assertThat(end.execution().effectiveState()).isEqualTo(ExecutionState.COMPLETED);
    assertThat(end.source())
        .isEqualTo(token ? CompletionSource.CALLBACK : CompletionSource.RECONCILE);
    settled(end.executionId());
    assertThat(receiver.rejected()).isEqualTo(token ? 0 : 1);
    assertThat(receiver.receipts()).hasSize(token ? 1 : 0);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "all|Completed|CALLBACK",
        "Completed,Failed|Completed|CALLBACK",
        "Failed,Timeout|Failed|CALLBACK",
        "Failed,Timeout|Completed|RECONCILE",
        "Completed|Cancelled|RECONCILE"
      })
  @Shows(Switch.CALLBACK_STATES)
  void anEndThatDoesNotCallBackIsFoundByALook(
      String states, String outcome, CompletionSource source) {
    emulator.set(Switch.CALLBACK_STATES, states);
    emulator.set(Switch.RUN_OUTCOMES, outcome + "=1");
    boolean callback = source == CompletionSource.CALLBACK;
    Completion<ExecutionDetails> end = finish(runs(receiver(), callback ? NEVER : SOON));
    assertThat(end.source()).isEqualTo(source);
    assertThat(end.execution().effectiveState().name()).isEqualTo(outcome);
  }

  @ParameterizedTest
  @CsvSource({"0,RECONCILE", "1,RECONCILE", "2,CALLBACK"})
  @Shows({Switch.CALLBACK_RETRIES, Switch.CALLBACK_RETRY_DELAY})
  void aReceiverThatWasDownTakesTheRepetitionOrTheRunIsLookedAt(
      String retries, CompletionSource source) {
    emulator.set(Switch.CALLBACK_RETRIES, retries);
    emulator.set(Switch.CALLBACK_RETRY_DELAY, "10ms");
    TestReceiver receiver = closing(TestReceiver.failingAtFirst(2));
    boolean callback = source == CompletionSource.CALLBACK;
    Completion<ExecutionDetails> end =
        finish(runs(receiver, callback ? NEVER : Duration.ofMillis(200)));
    assertThat(end.source()).isEqualTo(source);
    assertThat(end.payload() != null).isEqualTo(callback);
    settled(end.executionId());
    assertThat(receiver.receipts()).hasSize(callback ? 1 : 0);
  }

  @Test
  @Shows({Switch.CALLBACK_RETRIES, Switch.CALLBACK_RETRY_DELAY})
  void aRepetitionThatComesLateStillWakes() {
    emulator.set(Switch.CALLBACK_RETRIES, "1");
    emulator.set(Switch.CALLBACK_RETRY_DELAY, "250ms");
    Completion<ExecutionDetails> end = finish(runs(closing(TestReceiver.failingAtFirst(1)), NEVER));
    assertThat(end.source()).isEqualTo(CompletionSource.CALLBACK);
    assertThat(end.elapsed()).isGreaterThanOrEqualTo(Duration.ofMillis(250));
    assertThat(recorded(end.executionId()).gets()).isEqualTo(1);
  }

  @EachValue(Switch.CALLBACK_SIGNATURE)
  @Shows(Switch.CALLBACK_SIGNATURE)
  void aSignatureIsNeitherNeededNorInTheWay(String signature) {
    emulator.set(Switch.CALLBACK_SIGNATURE, signature);
    Completion<ExecutionDetails> end = finish(runs(receiver(), NEVER));
    assertThat(end.source()).isEqualTo(CompletionSource.CALLBACK);
    assertThat(recorded(end.executionId()).gets()).isEqualTo(1);
  }
}
