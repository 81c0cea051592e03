package dev.weft.flows;

import io.opentelemetry.sdk.common.Clock;

/** The injected clocks, as the SDK wants them. */
record SdkClock(Clocks clocks) implements Clock {

  @Override
  public long now() {
    return clocks.epochNanos();
  }

  @Override
  public long nanoTime() {
    return clocks.monotonicNanos().getAsLong();
  }
}
