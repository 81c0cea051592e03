package dev.weft.cli.load;

import dev.weft.cli.lab.LabClock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** Wall time as microseconds since the epoch, which two processes of one machine can compare. */
public final class ChronoMicros {
  private ChronoMicros() {}

  public static long now() {
    return ChronoUnit.MICROS.between(Instant.EPOCH, LabClock.now());
  }
}
