package dev.weft.flows;

import java.util.Map;

/**
 * How telemetry itself is doing. It never makes a node unhealthy.
 *
 * @param otlpEndpoint where it goes; empty when nowhere
 * @param receiverFailing the last call to the receiver failed
 * @param dropped items lost since the start, by signal: {@code traces}, {@code logs}, {@code
 *     metrics}, {@code flows}
 */
public record TelemetryHealth(
    String otlpEndpoint, boolean receiverFailing, Map<String, Long> dropped) {

  public TelemetryHealth {
    dropped = Map.copyOf(dropped);
  }
}
