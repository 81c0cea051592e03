package dev.weft.flows;

import dev.weft.api.v1.Tracing;
import dev.weft.proxy.observe.RequestStart;
import dev.weft.proxy.observe.RequestTags;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Span;

/** What an XTelemetryPolicy adds to its Gateways' spans. */
final class OrderedAttributes {
  private OrderedAttributes() {}

  static String spanName(RequestStart start) {
    RequestTags tags = start.tags();
    return tags == null || tags.tracing().getSpanName().isEmpty()
        ? RequestAttributes.spanName(start)
        : tags.tracing().getSpanName();
  }

  /**
   * Adds attributes to a span.
   *
   * @param has what it has already; an attribute that it does not have is left out (GEP-5253)
   */
  static void put(Span span, RequestStart start, Attributes has) {
    RequestTags tags = start.tags();
    if (tags == null) {
      return;
    }
    for (Tracing.Attribute attribute : tags.tracing().getAttributesList()) {
      switch (attribute.getSourceCase()) {
        case LITERAL -> span.setAttribute(attribute.getName(), attribute.getLiteral());
        case ATTRIBUTE -> copy(span, attribute, has);
        case HEADER, SOURCE_NOT_SET -> {
          // A header's value was taken when it passed.
        }
      }
    }
    tags.values().forEach(span::setAttribute);
  }

  private static void copy(Span span, Tracing.Attribute attribute, Attributes has) {
    has.forEach(
        (key, value) -> {
          if (key.getKey().equals(attribute.getAttribute())) {
            switch (value) {
              case Long number -> span.setAttribute(attribute.getName(), number);
              case Boolean truth -> span.setAttribute(attribute.getName(), truth);
              case Double number -> span.setAttribute(attribute.getName(), number);
              default ->
                  span.setAttribute(AttributeKey.stringKey(attribute.getName()), value.toString());
            }
          }
        });
  }
}
