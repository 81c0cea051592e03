package dev.weft.flows.receiver;

import java.util.Map;

/**
 * The latest point of one time series.
 *
 * @param value of a sum or gauge; of a histogram the sum of what was measured
 * @param count of a histogram how much was measured, else 1
 */
public record ReceivedMetric(
    String name,
    String unit,
    Map<String, String> attributes,
    Map<String, String> resource,
    double value,
    long count) {

  public ReceivedMetric {
    attributes = Map.copyOf(attributes);
    resource = Map.copyOf(resource);
  }
}
