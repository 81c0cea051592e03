package dev.weft.flows.receiver;

import io.grpc.BindableService;
import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceResponse;
import io.opentelemetry.proto.collector.logs.v1.LogsServiceGrpc;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsPartialSuccess;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceResponse;
import io.opentelemetry.proto.collector.metrics.v1.MetricsServiceGrpc;
import io.opentelemetry.proto.collector.trace.v1.ExportTracePartialSuccess;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceResponse;
import io.opentelemetry.proto.collector.trace.v1.TraceServiceGrpc;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/**
 * An OTLP/gRPC receiver for traces, metrics and logs that keeps the latest in memory and answers
 * questions about them. No authentication and no TLS: it is for the lab and for tests. Thread-safe.
 */
public final class OtlpReceiver implements AutoCloseable {

  /**
   * What is kept at most.
   *
   * @param spans beyond, the oldest traces go
   * @param logs beyond, the oldest records go
   * @param series beyond, new time series are not taken
   * @param messageBytes larger requests are refused
   */
  public record Limits(int spans, int logs, int series, int messageBytes) {
    /** 50,000 spans, 20,000 log records, 20,000 time series, 4 MiB. */
    public static final Limits DEFAULT = new Limits(50_000, 20_000, 20_000, 4 << 20);
  }

  private final OtlpDecoder decoder = new OtlpDecoder();
  private final ReceivedStore store;
  private final Server server;
  private final ExecutorService threads;

  private OtlpReceiver(InetSocketAddress address, Limits limits) throws IOException {
    store = new ReceivedStore(limits);
    threads =
        Executors.newFixedThreadPool(
            2, Thread.ofPlatform().daemon().name("otlp-receiver-", 0).factory());
    server =
        NettyServerBuilder.forAddress(address)
            .executor(threads)
            .maxInboundMessageSize(limits.messageBytes())
            .maxConcurrentCallsPerConnection(16)
            .addServices(
                List.of(traces().bindService(), metrics().bindService(), logs().bindService()))
            .build()
            .start();
  }

  /**
   * Listens; port 0 takes a free one.
   *
   * @throws IOException when the address cannot be bound
   */
  public static OtlpReceiver start(InetSocketAddress address, Limits limits) throws IOException {
    return new OtlpReceiver(address, limits);
  }

  /** Listens with the usual limits. */
  public static OtlpReceiver start(InetSocketAddress address) throws IOException {
    return start(address, Limits.DEFAULT);
  }

  /** The port it listens on. */
  public int port() {
    return server.getPort();
  }

  /** Spans of one trace in the order of their arrival; empty when none came. */
  public List<ReceivedSpan> trace(String traceId) {
    return store.trace(traceId);
  }

  /** Spans of all traces that match, oldest trace first. */
  public List<ReceivedSpan> spans(Predicate<ReceivedSpan> matching) {
    return store.spans(matching);
  }

  /**
   * Completes with the spans of a trace as soon as {@code complete} accepts them, for example
   * {@code spans -> spans.size() >= 6}. Never fails by itself: add a time-out.
   */
  public CompletableFuture<List<ReceivedSpan>> awaitTrace(
      String traceId, Predicate<List<ReceivedSpan>> complete) {
    return store.await(traceId, complete);
  }

  /** Log records that match, oldest first. */
  public List<ReceivedLog> logs(Predicate<ReceivedLog> matching) {
    return store.logs(matching);
  }

  /** The latest point of every time series of that name. */
  public List<ReceivedMetric> metrics(String name) {
    return store.metrics(name);
  }

  /** Items not kept because a limit was reached or because they were malformed. */
  public long discarded() {
    return store.discarded();
  }

  @Override
  public void close() {
    server.shutdownNow();
    try {
      server.awaitTermination(2, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    threads.shutdownNow();
  }

  private BindableService traces() {
    return new TraceServiceGrpc.TraceServiceImplBase() {
      @Override
      public void export(
          ExportTraceServiceRequest request, StreamObserver<ExportTraceServiceResponse> to) {
        int rejected = decoder.spans(request, store::add);
        store.discard(rejected);
        ExportTraceServiceResponse.Builder answer = ExportTraceServiceResponse.newBuilder();
        if (rejected > 0) {
          answer.setPartialSuccess(
              ExportTracePartialSuccess.newBuilder()
                  .setRejectedSpans(rejected)
                  .setErrorMessage("trace or span id missing or zero"));
        }
        to.onNext(answer.build());
        to.onCompleted();
      }
    };
  }

  private BindableService metrics() {
    return new MetricsServiceGrpc.MetricsServiceImplBase() {
      @Override
      public void export(
          ExportMetricsServiceRequest request, StreamObserver<ExportMetricsServiceResponse> to) {
        int rejected = decoder.metrics(request, store::add);
        store.discard(rejected);
        ExportMetricsServiceResponse.Builder answer = ExportMetricsServiceResponse.newBuilder();
        if (rejected > 0) {
          answer.setPartialSuccess(
              ExportMetricsPartialSuccess.newBuilder()
                  .setRejectedDataPoints(rejected)
                  .setErrorMessage("only sums, gauges and histograms are kept"));
        }
        to.onNext(answer.build());
        to.onCompleted();
      }
    };
  }

  private BindableService logs() {
    return new LogsServiceGrpc.LogsServiceImplBase() {
      @Override
      public void export(
          ExportLogsServiceRequest request, StreamObserver<ExportLogsServiceResponse> to) {
        decoder.logs(request, store::add);
        to.onNext(ExportLogsServiceResponse.getDefaultInstance());
        to.onCompleted();
      }
    };
  }
}
