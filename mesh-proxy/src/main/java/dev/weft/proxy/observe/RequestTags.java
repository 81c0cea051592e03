package dev.weft.proxy.observe;

import dev.weft.api.v1.Tracing;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What the tracing of a Gateway takes from one request and its answer (XTelemetryPolicy). Owned by
 * the request's event loop.
 */
public final class RequestTags {
  private static final int LONGEST = 512;

  private final Tracing tracing;
  private final Map<String, String> values = new LinkedHashMap<>();

  /** Nothing yet. */
  public RequestTags(Tracing tracing) {
    this.tracing = tracing;
  }

  /** What the user asked for. */
  public Tracing tracing() {
    return tracing;
  }

  /** Takes what is asked for and was not found before. */
  public void take(Function<String, @Nullable String> headers) {
    for (Tracing.Attribute attribute : tracing.getAttributesList()) {
      if (attribute.hasHeader() && !values.containsKey(attribute.getName())) {
        String value = headers.apply(attribute.getHeader());
        if (value != null) {
          values.put(
              attribute.getName(), value.length() > LONGEST ? value.substring(0, LONGEST) : value);
        }
      }
    }
  }

  /** Values by the names of their attributes. */
  public Map<String, String> values() {
    return values;
  }
}
