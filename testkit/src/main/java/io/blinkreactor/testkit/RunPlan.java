package io.blinkreactor.testkit;

import java.time.Duration;

/**
 * Everything that is decided about a run when it is accepted: a pure function of the seed, the
 * run's index and the switches.
 */
record RunPlan(
    String outcome,
    Duration duration,
    boolean manual,
    boolean pauses,
    boolean early,
    boolean lost,
    boolean late,
    boolean doubled,
    boolean forged,
    Duration forgedAfter) {

  static RunPlan of(Seed seed, long index, Settings settings, MadeUp madeUp) {
    SwitchValue.RunDuration range = settings.runDuration();
    Duration duration = range.at(seed.unit("run.duration", index));
    // A stranger knows nothing of the run's real length: before, at and after its end are all
    // likely.
    long around = range.manual() ? 100_000_000 : duration.toNanos();
    return new RunPlan(
        madeUp.outcome("run.outcome", index),
        duration,
        range.manual(),
        seed.chance(settings.share(Switch.RUN_PAUSE), "run.pause", index),
        seed.chance(settings.share(Switch.CALLBACK_EARLY), "callback.early", index),
        seed.chance(settings.share(Switch.CALLBACK_LOST), "callback.lost", index),
        seed.chance(settings.share(Switch.CALLBACK_LATE), "callback.late", index),
        seed.chance(settings.share(Switch.CALLBACK_DOUBLED), "callback.doubled", index),
        seed.chance(settings.share(Switch.CALLBACK_FORGED), "callback.forged", index),
        Duration.ofNanos((long) (1.5 * around * seed.unit("callback.forged.moment", index))));
  }
}
