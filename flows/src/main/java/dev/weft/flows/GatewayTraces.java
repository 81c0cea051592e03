package dev.weft.flows;

import dev.weft.api.v1.Header;
import dev.weft.api.v1.Tracing;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * The receivers of Gateways that tell of their requests in a way of their own (XTelemetryPolicy):
 * one queue, connection and tracer for each distinct receiver. Configured by one thread, asked by
 * all.
 */
final class GatewayTraces {
  private final ExportWorker worker;
  private final TelemetryOptions.Limits limits;

  /** Makes a tracer of a service name ("" for the mesh's) on a queue. */
  private final BiFunction<String, QueueProcessors.Spans, SdkTracerProvider> tracers;

  private final Map<Receiver, Provider> providers = new HashMap<>();
  private volatile Map<Tracing, Tracer> byOrder = Map.of();

  GatewayTraces(
      ExportWorker worker,
      TelemetryOptions.Limits limits,
      BiFunction<String, QueueProcessors.Spans, SdkTracerProvider> tracers) {
    this.worker = worker;
    this.limits = limits;
    this.tracers = tracers;
  }

  /** Spans with the same receiver go out together. */
  private record Receiver(String endpoint, String serviceName, List<Header> headers) {}

  private record Provider(SdkTracerProvider tracers, ExportWorker.Side side, Tracer tracer) {}

  /** Who records what is asked for; {@code null}: nobody does. */
  @Nullable Tracer tracer(Tracing order) {
    return byOrder.get(order);
  }

  /**
   * Replaces what is told where.
   *
   * @param endpoints {@code host:port} of each receiver that is reachable
   */
  void configure(Map<Tracing, String> endpoints) {
    Map<Receiver, Provider> unused = new HashMap<>(providers);
    Map<Tracing, Tracer> next = new HashMap<>();
    endpoints.forEach(
        (order, endpoint) -> {
          Receiver receiver =
              new Receiver(endpoint, order.getServiceName(), order.getHeadersList());
          unused.remove(receiver);
          next.put(order, providers.computeIfAbsent(receiver, this::open).tracer());
        });
    byOrder = Map.copyOf(next);
    unused.forEach(
        (receiver, provider) -> {
          providers.remove(receiver);
          close(provider);
        });
  }

  private Provider open(Receiver receiver) {
    OtlpExporters exporters =
        new OtlpExporters(
            new TelemetrySettings(receiver.endpoint(), 1).endpoint(),
            limits.exportTimeout(),
            receiver.headers());
    ExportWorker.Side side = worker.open(exporters);
    SdkTracerProvider provider =
        tracers.apply(receiver.serviceName(), new QueueProcessors.Spans(side.spans()));
    return new Provider(provider, side, provider.get("dev.weft.flows"));
  }

  private void close(Provider provider) {
    provider.tracers().close();
    worker.close(provider.side());
  }

  /** Makes no span any more; what is queued goes out with the worker's last flush. */
  void close() {
    byOrder = Map.of();
    providers.values().forEach(provider -> provider.tracers().close());
  }
}
