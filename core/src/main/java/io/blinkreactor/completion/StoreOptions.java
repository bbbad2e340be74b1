package io.blinkreactor.completion;

import static io.blinkreactor.internal.OptionChecks.positive;
import static io.blinkreactor.internal.OptionChecks.within;
import static java.util.Objects.requireNonNull;

import io.blinkreactor.TimeSource;
import java.time.Duration;

/** How long and how much a {@link PendingStore} keeps. Immutable. */
public final class StoreOptions {

  private final Duration recordLife;
  private final Duration tombstoneLife;
  private final int maxPending;
  private final TimeSource time;

  private StoreOptions(Builder builder) {
    this.recordLife = builder.recordLife;
    this.tombstoneLife = builder.tombstoneLife;
    this.maxPending = builder.maxPending;
    this.time = builder.time;
  }

  /** {@return the defaults} */
  public static StoreOptions defaults() {
    return builder().build();
  }

  /** {@return a builder that holds the defaults} */
  public static Builder builder() {
    return new Builder();
  }

  /** {@return how long a run that was never seen to end is kept, from its registration} */
  public Duration recordLife() {
    return recordLife;
  }

  /** {@return how long it is remembered that a run has ended} */
  public Duration tombstoneLife() {
    return tombstoneLife;
  }

  /** {@return how many runs may be pending at a time} */
  public int maxPending() {
    return maxPending;
  }

  /** {@return the clock, and where results are handed on} */
  public TimeSource time() {
    return time;
  }

  /** Collects the options; not for use by several threads. */
  public static final class Builder {

    private Duration recordLife = Duration.ofDays(15);
    private Duration tombstoneLife = Duration.ofHours(24);
    private int maxPending = 1_000_000;
    private TimeSource time = TimeSource.system();

    private Builder() {}

    /**
     * Sets how long a run that was never seen to end is kept. A run whose deadline lies beyond that
     * can't be registered.
     *
     * @param value more than zero, from the registration; 15 days by default, since a run may pause
     *     for 14
     * @return this builder
     */
    public Builder recordLife(Duration value) {
      this.recordLife = positive("recordLife", value);
      return this;
    }

    /**
     * Sets how long it is remembered that a run has ended, so that a late callback is told apart
     * from one that was never ours.
     *
     * @param value more than zero, from the end; 24 h by default
     * @return this builder
     */
    public Builder tombstoneLife(Duration value) {
      this.tombstoneLife = positive("tombstoneLife", value);
      return this;
    }

    /**
     * Sets how many runs may be pending at a time; registering one more fails at once. A run whose
     * life is over may count for another minute.
     *
     * @param value 1 or more; 1,000,000 by default
     * @return this builder
     */
    public Builder maxPending(int value) {
      this.maxPending = within("maxPending", value, 1, Integer.MAX_VALUE);
      return this;
    }

    /**
     * Replaces the clock, for tests.
     *
     * @param value tells when lives are over; a store that does I/O hands its results on at its
     *     workers
     * @return this builder
     */
    public Builder time(TimeSource value) {
      this.time = requireNonNull(value, "time");
      return this;
    }

    /** {@return the options} */
    public StoreOptions build() {
      return new StoreOptions(this);
    }
  }
}
