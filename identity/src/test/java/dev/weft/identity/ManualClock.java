package dev.weft.identity;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/** Time that moves when told to. */
final class ManualClock implements InstantSource {
  static final Instant START = Instant.parse("2026-03-01T12:00:00Z");

  private Instant now = START;

  @Override
  public Instant instant() {
    return now;
  }

  void advance(Duration by) {
    now = now.plus(by);
  }

  void set(Instant to) {
    now = to;
  }
}
