package dev.weft.proxy;

import java.util.function.LongSupplier;

/** The one place of this room that reads the machine's clock. */
enum MonotonicClock implements LongSupplier {
  INSTANCE;

  @Override
  public long getAsLong() {
    return System.nanoTime();
  }
}
