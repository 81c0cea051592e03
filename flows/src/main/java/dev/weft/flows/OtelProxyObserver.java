package dev.weft.flows;

import dev.weft.api.v1.Tracing;
import dev.weft.proxy.observe.ConnectionEvent;
import dev.weft.proxy.observe.ProxyObserver;
import dev.weft.proxy.observe.RequestEnd;
import dev.weft.proxy.observe.RequestObservation;
import dev.weft.proxy.observe.RequestStart;
import dev.weft.proxy.observe.RequestTags;
import dev.weft.proxy.observe.Side;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Turns the proxy's facts into spans, metrics, access records and flows.
 *
 * <p>Sampling: a valid {@code traceparent} decides by its flag; without one the trace starts here
 * and the ratio decides. A trace that starts here unsampled gets a {@code traceparent} too, with
 * the flag off: the decision is made once for the whole trace, instead of at every hop, which would
 * yield torn traces at a multiple of the ratio. It costs one string and no SDK object. An unsampled
 * header of the caller is left as it is. While export is off nothing is started and headers are
 * left alone.
 *
 * <p>Any thread may call; nothing locks or waits.
 */
final class OtelProxyObserver implements ProxyObserver {

  /** How to sample now; replaced as a whole when configuration changes. */
  private record Sampling(boolean on, boolean all, long threshold) {
    static Sampling of(TelemetrySettings settings) {
      double ratio = settings.samplingRatio();
      return new Sampling(settings.exports(), ratio >= 1, (long) (ratio * Long.MAX_VALUE));
    }

    boolean takes(long random) {
      return all || (random & Long.MAX_VALUE) < threshold;
    }
  }

  private final Tracers tracers;
  private final RequestMetrics metrics;
  private final ConnectionMetrics connections;
  private final RequestRecords records;
  private final TraceTools tools;
  private volatile Sampling sampling;

  /** Clocks and randomness. */
  record TraceTools(Clocks clocks, LongSupplier random) {

    long id() {
      long id = random.getAsLong();
      return id == 0 ? 1 : id;
    }
  }

  /** Who records the mesh's spans, and those of Gateways with an order of their own. */
  record Tracers(Tracer mesh, GatewayTraces gateways) {}

  OtelProxyObserver(
      Tracers tracers,
      RequestMetrics metrics,
      ConnectionMetrics connections,
      RequestRecords records,
      TraceTools tools) {
    this.tracers = tracers;
    this.metrics = metrics;
    this.connections = connections;
    this.records = records;
    this.tools = tools;
    this.sampling = Sampling.of(TelemetrySettings.OFF);
  }

  /** From now on new requests follow these settings. */
  void configure(TelemetrySettings settings) {
    sampling = Sampling.of(settings);
    records.configure(settings);
  }

  @Override
  public RequestObservation begin(RequestStart start) {
    Sampling now = sampling;
    RequestTags tags = start.tags();
    if (tags != null) {
      return ordered(start, tags.tracing(), now);
    }
    if (!now.on) {
      return new Observation(start, null, null, 0);
    }
    int parent = TraceParent.flags(start.traceparent());
    if (parent == TraceParent.INVALID) {
      long random = tools.random.getAsLong();
      if (!now.takes(random)) {
        CharSequence unsampled = TraceParent.format(tools.id(), tools.id(), tools.id(), false);
        return new Observation(start, unsampled, null, 0);
      }
      return recorded(start, Context.root(), tracers.mesh);
    }
    if (!TraceParent.isSampled(parent)) {
      return new Observation(start, null, null, 0);
    }
    return recorded(start, remote(start.traceparent()), tracers.mesh);
  }

  /** A Gateway has an order of its own (GEP-4768). A caller's header that is not obeyed stays. */
  private Observation ordered(RequestStart start, Tracing order, Sampling mesh) {
    Tracer tracer = tracers.gateways.tracer(order);
    if (tracer == null) {
      return new Observation(start, null, null, 0);
    }
    int parent = TraceParent.flags(start.traceparent());
    long random = tools.random.getAsLong();
    boolean fresh =
        order.hasSampling()
            ? takes(order.getSampling(), random)
            : !mesh.on || mesh.takes(random); // where the mesh traces nothing it has no share
    if (parent == TraceParent.INVALID) {
      return fresh
          ? recorded(start, Context.root(), tracer)
          : new Observation(
              start, TraceParent.format(tools.id(), tools.id(), tools.id(), false), null, 0);
    }
    boolean obeyed =
        TraceParent.isSampled(parent)
            && (!order.hasParentSampling() || takes(order.getParentSampling(), random));
    return (order.getIgnoreParent() ? fresh : obeyed)
        ? recorded(start, remote(start.traceparent()), tracer)
        : new Observation(start, null, null, 0);
  }

  private static boolean takes(Tracing.Share share, long random) {
    return share.getDenominator() == 0
        || Long.remainderUnsigned(random, share.getDenominator()) < share.getNumerator();
  }

  @Override
  public void connection(ConnectionEvent event) {
    connections.record(event);
    if (event.kind() == ConnectionEvent.Kind.REFUSED) {
      records.refused(event);
    }
  }

  private Observation recorded(RequestStart start, Context parent, Tracer tracer) {
    long epochNanos = tools.clocks.epochNanos(start.startNanos());
    Span span =
        tracer
            .spanBuilder(OrderedAttributes.spanName(start))
            .setParent(parent)
            .setSpanKind(start.side() == Side.OUTBOUND ? SpanKind.CLIENT : SpanKind.SERVER)
            .setStartTimestamp(epochNanos, TimeUnit.NANOSECONDS)
            .startSpan();
    SpanContext context = span.getSpanContext();
    String forward = "00-" + context.getTraceId() + "-" + context.getSpanId() + "-01";
    return new Observation(start, forward, span, epochNanos);
  }

  private static Context remote(@Nullable String traceparent) {
    return traceparent == null
        ? Context.root()
        : Context.root().with(Span.wrap(context(traceparent, true)));
  }

  /** The trace a valid header speaks of. */
  static SpanContext context(String traceparent, boolean sampled) {
    return SpanContext.createFromRemoteParent(
        TraceParent.traceId(traceparent),
        TraceParent.spanId(traceparent),
        sampled ? TraceFlags.getSampled() : TraceFlags.getDefault(),
        TraceState.getDefault());
  }

  /** One request; the only object that an unsampled one costs. */
  private final class Observation implements RequestObservation {
    private final RequestStart start;
    private final @Nullable CharSequence forward;
    private final @Nullable Span span;
    private final long epochNanos;

    Observation(
        RequestStart start, @Nullable CharSequence forward, @Nullable Span span, long epochNanos) {
      this.epochNanos = epochNanos;
      this.start = start;
      this.forward = forward;
      this.span = span;
    }

    @Override
    public @Nullable CharSequence traceparent() {
      return forward;
    }

    @Override
    public void end(RequestEnd end) {
      metrics.record(start, end);
      if (span == null) {
        records.request(start, end, forward, null, null);
      } else {
        records.request(start, end, forward, span, finish(span, end));
      }
    }

    private Attributes finish(Span finished, RequestEnd end) {
      Attributes attributes = RequestAttributes.of(RequestAttributes.of(start), start, end).build();
      finished.setAllAttributes(attributes);
      OrderedAttributes.put(finished, start, attributes);
      if (!Outcome.errorType(start.side(), end).isEmpty()) {
        finished.setStatus(StatusCode.ERROR);
      }
      // From the start by the monotonic clock: the wall clock may step in between.
      finished.end(epochNanos + end.endNanos() - start.startNanos(), TimeUnit.NANOSECONDS);
      return attributes;
    }
  }
}
