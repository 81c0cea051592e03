package dev.weft.flows;

import dev.weft.proxy.observe.ConnectionEvent;
import dev.weft.proxy.observe.RequestEnd;
import dev.weft.proxy.observe.RequestStart;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import io.opentelemetry.api.logs.LogRecordBuilder;
import io.opentelemetry.api.logs.Logger;
import io.opentelemetry.api.logs.LoggerProvider;
import io.opentelemetry.api.logs.Severity;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.logs.ReadWriteLogRecord;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Decides which requests and connections leave a record, and writes it: an access record and a flow
 * for those the settings ask for, an audit record for every refusal, every dry-run refusal and
 * every match of an AUDIT policy. While the export queue is full no record is even built.
 *
 * <p>Any thread may call; nothing locks or waits.
 */
final class RequestRecords {

  /** What a record says. */
  private record Facts(
      RequestStart start, RequestEnd end, long epochNanos, Context context, Attributes attributes) {
    double seconds() {
      return Math.max(0, end.endNanos() - start.startNanos()) / 1e9;
    }
  }

  private final Logger access;
  private final Logger audit;
  private final ExportQueue<ReadWriteLogRecord> queue;
  private final FlowStore flows;
  private final Clocks clocks;
  private volatile TelemetrySettings settings = TelemetrySettings.OFF;

  RequestRecords(
      LoggerProvider loggers,
      ExportQueue<ReadWriteLogRecord> queue,
      FlowStore flows,
      Clocks clocks) {
    this.access = loggers.get("dev.weft.access");
    this.audit = loggers.get("dev.weft.audit");
    this.queue = queue;
    this.flows = flows;
    this.clocks = clocks;
  }

  void configure(TelemetrySettings next) {
    settings = next;
  }

  /**
   * A request is over.
   *
   * @param forwarded the traceparent that was made for it, if any
   * @param span its span, if it has one
   * @param attributes the span's attributes
   */
  void request(
      RequestStart start,
      RequestEnd end,
      @Nullable CharSequence forwarded,
      @Nullable Span span,
      @Nullable Attributes attributes) {
    TelemetrySettings now = settings;
    boolean audited = Outcome.isDenied(end) || end.dryRunDenied() || end.auditedBy() != null;
    boolean wanted = wants(now, span, end);
    if (!audited && !wanted) {
      return;
    }
    long time = clocks.epochNanos(end.endNanos());
    String traceparent = traceparent(start, forwarded, span);
    flows.add(
        ProxyFlows.of(
            start, end, time, traceparent == null ? "" : TraceParent.traceId(traceparent)));
    if (!now.exports()) {
      return;
    }
    if (queue.isFull()) {
      queue.skipped((wanted ? 1 : 0) + (audited ? 1 : 0));
      return;
    }
    Attributes known =
        attributes == null
            ? RequestAttributes.of(RequestAttributes.of(start), start, end).build()
            : attributes;
    Facts facts = new Facts(start, end, time, context(traceparent, span), known);
    if (wanted) {
      log(access, "weft.access", facts);
    }
    if (audited) {
      log(audit, "weft.audit", facts);
    }
  }

  /** A connection was refused. */
  void refused(ConnectionEvent event) {
    long time = clocks.epochNanos();
    flows.add(ProxyFlows.of(event, time));
    if (!settings.exports()) {
      return;
    }
    LogRecordBuilder record = builder(audit);
    if (record != null) {
      Attributes attributes = refusal(event);
      record
          .setEventName("weft.audit")
          .setTimestamp(time, TimeUnit.NANOSECONDS)
          .setSeverity(Severity.WARN)
          .setBody("refused connection to " + RequestAttributes.bounded(event.destination()))
          .setAllAttributes(attributes)
          .emit();
    }
  }

  private static boolean wants(TelemetrySettings now, @Nullable Span span, RequestEnd end) {
    return switch (now.accessLog()) {
      case OFF -> false;
      case SAMPLED_OR_ERROR -> span != null || Outcome.isFailure(end);
      case ALL -> true;
    };
  }

  private void log(Logger to, String event, Facts facts) {
    LogRecordBuilder record = builder(to);
    if (record != null) {
      record
          .setContext(facts.context)
          .setEventName(event)
          .setTimestamp(facts.epochNanos, TimeUnit.NANOSECONDS)
          .setSeverity(severity(facts.end))
          .setBody(body(facts.start, facts.end))
          .setAllAttributes(facts.attributes)
          .setAttribute(Attrs.DURATION, facts.seconds())
          .emit();
    }
  }

  private @Nullable LogRecordBuilder builder(Logger to) {
    if (queue.isFull()) {
      queue.skipped(1);
      return null;
    }
    return to.logRecordBuilder();
  }

  private static String body(RequestStart start, RequestEnd end) {
    String outcome = end.reason() == null ? "" : " " + end.reason();
    return Outcome.method(start.method())
        + " "
        + RequestAttributes.path(start)
        + " "
        + end.status()
        + outcome;
  }

  private static Severity severity(RequestEnd end) {
    if (Outcome.isDenied(end) || end.dryRunDenied()) {
      return Severity.WARN;
    }
    return Outcome.isFailure(end) ? Severity.ERROR : Severity.INFO;
  }

  private static Attributes refusal(ConnectionEvent event) {
    AttributesBuilder attributes = Attributes.builder();
    attributes.put(Attrs.SIDE, event.side().name().toLowerCase(Locale.ROOT));
    attributes.put(Attrs.REASON, event.reason() == null ? "UNKNOWN" : event.reason());
    attributes.put(Attrs.DESTINATION.address, RequestAttributes.bounded(event.destination()));
    RequestAttributes.putPeer(attributes, Attrs.SOURCE, event.source());
    return attributes.build();
  }

  private static @Nullable String traceparent(
      RequestStart start, @Nullable CharSequence forwarded, @Nullable Span span) {
    if (forwarded != null) {
      return forwarded.toString();
    }
    if (span != null) {
      return null;
    }
    return TraceParent.flags(start.traceparent()) == TraceParent.INVALID
        ? null
        : start.traceparent();
  }

  private static Context context(@Nullable String traceparent, @Nullable Span span) {
    if (span != null) {
      return Context.root().with(span);
    }
    return traceparent == null
        ? Context.root()
        : Context.root().with(Span.wrap(OtelProxyObserver.context(traceparent, false)));
  }
}
