package io.blinkreactor.blinkops;

/** What is promised of every history of a run. */
enum HistoryPromise {
  ONCE("A run is started at most once."),
  P1("Every waiter of a run that was handed out has an outcome."),
  P2("A callback that was answered with success leads to a look at the run."),
  P3("A waiter has one outcome at most."),
  P4("What a waiter is told comes from the API."),
  P5("A callback that proves nothing is refused and changes nothing."),
  P6("A run's end is known in time, after few looks, whatever its callbacks do.");

  final String sentence;

  HistoryPromise(String sentence) {
    this.sentence = sentence;
  }
}
