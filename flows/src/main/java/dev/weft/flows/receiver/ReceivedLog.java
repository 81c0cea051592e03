package dev.weft.flows.receiver;

import java.util.Map;

/**
 * A log record as it arrived.
 *
 * @param event its event name, for example {@code weft.audit}
 * @param severity OTLP severity number, 1 to 24
 * @param traceId 32 hexadecimal digits, or ""
 */
public record ReceivedLog(
    String event,
    long timeNanos,
    int severity,
    String body,
    String traceId,
    String spanId,
    Map<String, String> attributes,
    Map<String, String> resource) {

  public ReceivedLog {
    attributes = Map.copyOf(attributes);
    resource = Map.copyOf(resource);
  }

  /** The value of an attribute, or "". */
  public String attribute(String key) {
    return attributes.getOrDefault(key, "");
  }
}
