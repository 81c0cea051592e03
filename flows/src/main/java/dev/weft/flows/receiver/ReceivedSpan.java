package dev.weft.flows.receiver;

import java.util.Map;

/**
 * A span as it arrived.
 *
 * @param traceId 32 lower-case hexadecimal digits
 * @param spanId 16 lower-case hexadecimal digits
 * @param parentSpanId the same, or "" for a root
 * @param kind for example {@code CLIENT} or {@code SERVER}
 * @param attributes values as text; lists and maps as OTLP's own text
 * @param resource attributes of whoever sent it
 * @param failed its status is ERROR
 */
public record ReceivedSpan(
    String traceId,
    String spanId,
    String parentSpanId,
    String name,
    Kind kind,
    long startNanos,
    long endNanos,
    boolean failed,
    Map<String, String> attributes,
    Map<String, String> resource) {

  /** OTLP's span kinds. */
  public enum Kind {
    UNSPECIFIED,
    INTERNAL,
    SERVER,
    CLIENT,
    PRODUCER,
    CONSUMER
  }

  public ReceivedSpan {
    attributes = Map.copyOf(attributes);
    resource = Map.copyOf(resource);
  }

  /** The value of an attribute, or "". */
  public String attribute(String key) {
    return attributes.getOrDefault(key, "");
  }
}
