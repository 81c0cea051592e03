package dev.weft.flows;

import java.time.Instant;
import java.time.InstantSource;
import java.util.function.LongSupplier;

/**
 * The two clocks of telemetry.
 *
 * @param wall what time it is, for timestamps
 * @param monotonicNanos the clock of {@code RequestStart.startNanos} and {@code
 *     RequestEnd.endNanos}, nanoseconds from an arbitrary origin
 */
public record Clocks(InstantSource wall, LongSupplier monotonicNanos) {

  /** The clocks of this machine. The only place of this module that reads them. */
  public static Clocks system() {
    return new Clocks(InstantSource.system(), System::nanoTime);
  }

  /** Nanoseconds since 1970, of now. */
  long epochNanos() {
    Instant now = wall.instant();
    return now.getEpochSecond() * 1_000_000_000L + now.getNano();
  }

  /** Nanoseconds since 1970 of a past reading of the monotonic clock. */
  long epochNanos(long monotonic) {
    return epochNanos() - (monotonicNanos.getAsLong() - monotonic);
  }
}
