package io.blinkreactor.benchmarks.stress;

import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Outcome;

/** The outcomes that are wrong in every race, by the words of {@link Reading#verdict()}. */
@Outcome(id = "WRONG: .*two ends.*", expect = FORBIDDEN, desc = "Two terminal signals.")
@Outcome(
    id = "WRONG: .*signal after the end.*",
    expect = FORBIDDEN,
    desc = "A signal after the terminal one.")
@Outcome(
    id = "WRONG: .*(elements lost|in place of).*",
    expect = FORBIDDEN,
    desc = "Elements lost, repeated or out of order.")
@Outcome(
    id = "WRONG: .*(signals after cancel|on the thread that cancelled).*",
    expect = FORBIDDEN,
    desc = "Signals after cancelling.")
@Outcome(
    id = "WRONG: .*a call left open.*",
    expect = FORBIDDEN,
    desc = "A page call that nobody reads and nobody cancelled.")
@Outcome(
    id = "WRONG: .*",
    expect = FORBIDDEN,
    desc = "Two signals at once, or more than was asked for.")
@Outcome(expect = FORBIDDEN, desc = "Elements, pages or an end are missing or too many.")
final class NeverRight {

  private NeverRight() {}
}
