package dev.weft.flows;

import static io.opentelemetry.semconv.ServiceAttributes.SERVICE_NAME;

import dev.weft.api.v1.Tracing;
import dev.weft.flows.OtelProxyObserver.TraceTools;
import dev.weft.flows.TelemetryDrops.Signal;
import dev.weft.proxy.observe.ProxyObserver;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import io.opentelemetry.exporter.prometheus.PrometheusHttpServer;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.logs.LogLimits;
import io.opentelemetry.sdk.logs.SdkLoggerProvider;
import io.opentelemetry.sdk.metrics.SdkMeterProvider;
import io.opentelemetry.sdk.metrics.SdkMeterProviderBuilder;
import io.opentelemetry.sdk.metrics.export.PeriodicMetricReader;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.SpanLimits;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import io.opentelemetry.semconv.K8sAttributes;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * All telemetry of a node process: the proxy's observer, the flow store, OTLP export and
 * Prometheus. Create it with {@link #start}, hand {@link #observer} to the proxy, call {@link
 * #reconfigure} when the mesh's settings change, {@link #close} it last. Every method may be called
 * by any thread.
 */
public final class Telemetry implements AutoCloseable {
  /** Bound of every instrument but the requests' durations, which have their own. */
  private static final int INSTRUMENT_SERIES = 2000;

  private static final Duration PATIENCE = Duration.ofSeconds(2);

  private final TelemetryDrops drops;
  private final FlowStore flows;
  private final ExportWorker worker;
  private final SdkMeterProvider meters;
  private final SdkTracerProvider tracers;
  private final GatewayTraces gateways;
  private final OtelProxyObserver observer;
  private final DatapathMetrics datapath;
  private volatile TelemetrySettings settings;

  private Telemetry(TelemetryOptions options, Clocks clocks) {
    Resource resource = resource(options);
    SdkClock clock = new SdkClock(clocks);
    TelemetryOptions.Limits limits = options.limits();
    drops = new TelemetryDrops();
    flows = new FlowStore(limits.flows(), drops);
    worker = new ExportWorker(limits, drops);
    settings = TelemetrySettings.OFF;
    datapath = new DatapathMetrics();
    RequestMetrics requests = new RequestMetrics(clocks, limits.series());
    ConnectionMetrics connections = new ConnectionMetrics();
    meters = meters(options, resource, clock, requests);
    tracers = tracers(resource, clock, new QueueProcessors.Spans(worker.spans));
    gateways =
        new GatewayTraces(
            worker, limits, (service, spans) -> tracers(named(resource, service), clock, spans));
    observer =
        new OtelProxyObserver(
            new OtelProxyObserver.Tracers(tracers.get("dev.weft.flows"), gateways),
            requests,
            connections,
            new RequestRecords(loggers(resource, clock), worker.logs, flows, clocks),
            new TraceTools(clocks, () -> ThreadLocalRandom.current().nextLong()));
    register(connections);
  }

  /**
   * Starts the telemetry of this process.
   *
   * @throws java.io.UncheckedIOException when the Prometheus address cannot be bound
   */
  public static Telemetry start(TelemetryOptions options, Clocks clocks) {
    Telemetry telemetry = new Telemetry(options, clocks);
    telemetry.reconfigure(options.settings());
    return telemetry;
  }

  /** What the proxy reports to. The same object for the life of the process. */
  public ProxyObserver observer() {
    return observer;
  }

  /** The flows of this node; the node process adds those of its datapath. */
  public FlowStore flows() {
    return flows;
  }

  /**
   * Where the counters of the eBPF programs are read whenever metrics are collected; must not block
   * long.
   */
  public void datapathCounters(Supplier<List<DatapathCounter>> counters) {
    datapath.readFrom(counters);
  }

  /**
   * Changes endpoint, sampling or access records. Takes effect with the next request; loses nothing
   * queued.
   */
  public void reconfigure(TelemetrySettings next) {
    synchronized (this) {
      if (!next.otlpEndpoint().equals(settings.otlpEndpoint())) {
        worker.exportTo(next);
      }
      settings = next;
      observer.configure(next);
    }
  }

  /**
   * Changes what Gateways with tracing of their own tell, and to whom. Takes effect with the next
   * request. Call it from one thread.
   *
   * @param endpoints {@code host:port} of each receiver that is there; no span is made for the rest
   */
  public void gateways(Map<Tracing, String> endpoints) {
    gateways.configure(endpoints);
  }

  /** How telemetry itself is doing. */
  public TelemetryHealth health() {
    Map<String, Long> dropped = new LinkedHashMap<>();
    for (Signal signal : Signal.values()) {
      dropped.put(signal.label, drops.count(signal));
    }
    return new TelemetryHealth(settings.otlpEndpoint(), worker.isFailing(), dropped);
  }

  /**
   * Sends everything recorded until now; completes when the receiver has it, or it is counted as
   * dropped.
   */
  public CompletableFuture<Void> flush() {
    return CompletableFuture.allOf(flushMetrics(), worker.flush());
  }

  private CompletableFuture<Void> flushMetrics() {
    CompletableFuture<Void> done = new CompletableFuture<>();
    worker.soon(() -> flushMetrics(done)); // behind a change of the receiver, as the other signals
    return done;
  }

  /** The SDK's reader refuses to collect while it still exports an earlier collection: again. */
  private void flushMetrics(CompletableFuture<Void> done) {
    CompletableResultCode result = meters.forceFlush();
    result.whenComplete(
        () -> {
          if (result.isSuccess()) {
            done.complete(null);
          } else {
            worker.later(() -> flushMetrics(done));
          }
        });
  }

  /** Sends what can be sent within two seconds, then stops. */
  @Override
  public void close() {
    tracers.close();
    gateways.close();
    flushMetrics().completeOnTimeout(null, PATIENCE.toMillis(), TimeUnit.MILLISECONDS).join();
    worker.close(PATIENCE);
    meters.close();
  }

  private SdkMeterProvider meters(
      TelemetryOptions options, Resource resource, SdkClock clock, RequestMetrics requests) {
    TelemetryOptions.Limits limits = options.limits();
    SdkMeterProviderBuilder builder =
        SdkMeterProvider.builder()
            .setResource(resource)
            .setClock(clock)
            .registerMetricProducer(requests)
            .registerMetricReader(
                PeriodicMetricReader.builder(worker.metrics())
                    .setInterval(limits.metricInterval())
                    .build(),
                _ -> INSTRUMENT_SERIES);
    if (options.prometheus() != null) {
      builder.registerMetricReader(
          PrometheusHttpServer.builder()
              .setHost(options.prometheus().getHostString())
              .setPort(options.prometheus().getPort())
              .setOtelScopeLabelsEnabled(false)
              .build(),
          _ -> INSTRUMENT_SERIES);
    }
    return builder.build();
  }

  private static Resource named(Resource resource, String service) {
    return service.isEmpty()
        ? resource
        : resource.merge(Resource.create(Attributes.of(SERVICE_NAME, service)));
  }

  private static SdkTracerProvider tracers(
      Resource resource, SdkClock clock, QueueProcessors.Spans spans) {
    SpanLimits limits =
        SpanLimits.builder().setMaxAttributeValueLength(RequestAttributes.TEXT).build();
    return SdkTracerProvider.builder()
        .setResource(resource)
        .setClock(clock)
        .setSampler(Sampler.alwaysOn()) // the observer asks for a span only once it is decided
        .setSpanLimits(limits)
        .addSpanProcessor(spans)
        .build();
  }

  private SdkLoggerProvider loggers(Resource resource, SdkClock clock) {
    LogLimits limits =
        LogLimits.builder().setMaxAttributeValueLength(RequestAttributes.TEXT).build();
    return SdkLoggerProvider.builder()
        .setResource(resource)
        .setClock(clock)
        .setLogLimits(() -> limits)
        .addLogRecordProcessor(new QueueProcessors.Logs(worker.logs))
        .build();
  }

  private void register(ConnectionMetrics connections) {
    var meter = meters.get("dev.weft.flows");
    connections.register(meter);
    flows.register(meter);
    datapath.register(meter);
    drops.register(meter);
  }

  private static Resource resource(TelemetryOptions options) {
    AttributesBuilder attributes =
        Attributes.builder()
            .put(SERVICE_NAME, "weft")
            .put("service.instance.id", options.node())
            .put(K8sAttributes.K8S_NODE_NAME, options.node());
    options.resourceAttributes().forEach(attributes::put);
    return Resource.getDefault().merge(Resource.create(attributes.build()));
  }
}
