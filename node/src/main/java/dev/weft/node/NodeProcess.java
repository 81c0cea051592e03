package dev.weft.node;

import dev.weft.api.v1.Resource;
import dev.weft.cni.CniInstallation;
import dev.weft.datapath.Datapath;
import dev.weft.datapath.DatapathOptions;
import dev.weft.datapath.DatapathOptions.ProxyPorts;
import dev.weft.datapath.FlowEvent;
import dev.weft.datapath.Ipv4;
import dev.weft.flows.Clocks;
import dev.weft.flows.FlowServer;
import dev.weft.flows.Telemetry;
import dev.weft.flows.TelemetryOptions;
import dev.weft.flows.TelemetrySettings;
import dev.weft.identity.BoringSsl;
import dev.weft.identity.Scheduler;
import dev.weft.identity.SvidFolder;
import dev.weft.identity.SvidManager;
import dev.weft.identity.SvidStore;
import dev.weft.proxy.MeshProxy;
import dev.weft.proxy.ProxyOptions;
import dev.weft.routing.MeshView;
import dev.weft.routing.ProxyTables;
import io.grpc.ManagedChannel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.security.cert.CertificateException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running node: datapath, proxy, certificates, telemetry, configuration and the attach socket,
 * started in the order in which they need each other and stopped in reverse. Must be started in the
 * node's network namespace.
 */
public final class NodeProcess implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(NodeProcess.class);

  private static final int FLOWS_PORT = 4244;
  private static final int METRICS_PORT = 15020;
  private static final int HEALTH_PORT = 15021;

  /** Headers of the overlay: Ethernet, IPv4, UDP and VXLAN. */
  private static final int OVERLAY_BYTES = 50;

  private static final int USUAL_MTU = 1500;

  private static final Duration DRAIN = Duration.ofSeconds(5);

  private final Deque<AutoCloseable> running = new ArrayDeque<>();

  private NodeProcess() {}

  /**
   * Starts everything; returns when traffic of the pods already on record is served from the last
   * known configuration.
   *
   * @throws IOException when a port of the proxy is taken
   * @throws RuntimeException naming what else could not be started; what was started is stopped
   *     again
   */
  public static NodeProcess start(NodeOptions options) throws IOException {
    NodeProcess process = new NodeProcess();
    try {
      process.begin(options);
      return process;
    } catch (IOException | RuntimeException e) {
      process.close();
      throw e;
    }
  }

  private void begin(NodeOptions options) throws IOException {
    Files.createDirectories(options.run());
    Files.createDirectories(pins(options));
    BoringSsl.load();
    Clocks clocks = Clocks.system();
    ScheduledExecutorService config =
        Executors.newSingleThreadScheduledExecutor(Threads.named("config"));
    running.push(() -> stop(config));
    ConfigLog.Opened disk = ConfigLog.open(options.run().resolve("config"));
    running.push(disk.log());
    ExecutorService attach = later(Executors.newSingleThreadExecutor(Threads.named("attach")));
    Replicas replicas = new Replicas(options.controlPlane());
    replicas.learn(disk.resources());
    // Compiling takes as long as opening the datapath, and as reading the certificates: all at
    // once.
    MeshView view = MeshView.empty().with(disk.resources(), List.of());
    CompletableFuture<ProxyTables> known =
        CompletableFuture.supplyAsync(() -> ProxyTables.compile(view));
    SecureRandom random = new SecureRandom();
    CompletableFuture<ManagedChannel> controlPlane = new CompletableFuture<>();
    running.push(() -> controlPlane.thenAccept(ManagedChannel::shutdownNow));
    CaClient signer = new CaClient(controlPlane);
    SvidStore kept = SvidFolder.open(options.run().resolve("svids"));
    SvidManager svids =
        later(new SvidManager(signer, Scheduler.of(config), clocks.wall(), random, kept));
    config.execute(() -> recall(view, options.name(), svids));
    Telemetry telemetry = later(telemetry(options, clocks));
    Datapath datapath = later(Datapath.open(datapathOptions(options)));
    AtomicReference<@Nullable MeshProxy> proxy = new AtomicReference<>();
    Consumer<ProxyTables> publish =
        tables -> {
          MeshProxy started = proxy.get();
          if (started != null) {
            started.apply(tables);
          }
        };

    NodeState state =
        new NodeState(
            options.name(),
            disk.log(),
            new NodeState.Parts(datapath, publish, svids, telemetry),
            config);
    Pods pods =
        new Pods(
            datapath,
            state.pods(),
            new PodRecords(options.run().resolve("pods")),
            options.podNetwork(),
            podMtu(options.uplink()));
    Attaching attaching = new Attaching(pods, state.pods(), attach);
    Map<String, Ipv4> adopted = attaching.adopt();
    Threads.join(known.thenAcceptAsync(tables -> state.restore(tables, adopted), config));
    Backoff backoff = new Backoff(Duration.ofMillis(100), Duration.ofSeconds(2), random);
    // Its stream lasts until the proxy has drained: as long, others hand connections on to it.
    ConfigClient client =
        later(
            new ConfigClient(
                options.name(), controlPlane::join, replicas.listeningTo(state), config, backoff));
    // Nothing changes the state before the configuration client starts, so these are the newest
    // tables.
    MeshProxy started =
        MeshProxy.start(proxyOptions(options), svids, telemetry.observer(), state.tables());
    proxy.set(started);
    running.push(() -> stop(proxy));
    follow(datapath, state, telemetry, clocks);
    running.push(() -> telemetry.datapathCounters(List::of)); // before the maps are closed
    // Only now: gRPC and its TLS take a third of a start, and what is known is served already.
    controlPlane.complete(ControlPlaneChannel.open(options.controlPlane(), replicas));
    later(
        FlowServer.start(
            new InetSocketAddress(FLOWS_PORT), options.name(), telemetry.flows(), clocks));

    later(
        Health.start(
            new InetSocketAddress(HEALTH_PORT),
            () ->
                client.complete() || !adopted.isEmpty()
                    ? ""
                    : "no configuration from the control plane yet"));
    later(AttachServer.start(NodeOptions.attachSocket(options.run()), attaching::handle, config));
    attaching.sweep(config);
    options.cni().ifPresent(CniInstallation::install);
    // From then on the node counts as ready, and pods are started on it.
    client.start(() -> options.cni().ifPresent(CniInstallation::configure));
    running.push(new Departure(client, state, config)::handOver);
    log.info("node {} serves {} from {}", options.name(), options.podNetwork(), options.address());
  }

  /** Certificates that are kept are read and made ready while the datapath opens. */
  private static void recall(MeshView known, String node, SvidManager svids) {
    Resource settings = known.get("mesh");
    try {
      if (settings != null && settings.getMesh().getRootsCount() > 0) {
        svids.roots(CaClient.certificates(settings.getMesh().getRootsList()));
        svids.identities(LocalIdentities.of(known, node));
      }
    } catch (CertificateException | IllegalArgumentException e) {
      log.warn("certificates that are kept wait for the control plane", e);
    }
  }

  private static Telemetry telemetry(NodeOptions options, Clocks clocks) {
    InetSocketAddress metrics = new InetSocketAddress(anyAddress(), METRICS_PORT);
    return Telemetry.start(
        TelemetryOptions.of(options.name(), metrics, TelemetrySettings.OFF), clocks);
  }

  private static InetAddress anyAddress() {
    return new InetSocketAddress(0).getAddress();
  }

  private static DatapathOptions datapathOptions(NodeOptions options) {
    return new DatapathOptions(
        pins(options),
        options.uplink(),
        options.address(),
        options.podNetwork(),
        podMtu(options.uplink()),
        ProxyPorts.DEFAULT,
        options.cgroup());
  }

  /** What the overlay leaves of the underlay's MTU. That there is no uplink is said elsewhere. */
  private static int podMtu(String uplink) {
    try {
      NetworkInterface device = NetworkInterface.getByName(uplink);
      return (device == null ? USUAL_MTU : device.getMTU()) - OVERLAY_BYTES;
    } catch (SocketException e) {
      throw new UncheckedIOException("cannot read the MTU of " + uplink, e);
    }
  }

  /** Nodes of a lab share the file system, each has its directory; BPF allows no dots in names. */
  private static Path pins(NodeOptions options) {
    return options.bpf().resolve("weft-" + options.name().replace('.', '_'));
  }

  private static ProxyOptions proxyOptions(NodeOptions options) {
    return ProxyOptions.forNode(options.name(), options.address().bits())
        .withLoops(options.eventLoops());
  }

  private static void follow(
      Datapath datapath, NodeState state, Telemetry telemetry, Clocks clocks) {
    telemetry.datapathCounters(new DatapathCounters(datapath, telemetry.flows()));
    telemetry.flows().resolveWith(end -> FlowRecords.resolve(end, state.tables()));
    datapath.flows(
        event -> telemetry.flows().add(FlowRecords.of(event, epochNanos(event, clocks))));
  }

  private static long epochNanos(FlowEvent event, Clocks clocks) {
    long age = clocks.monotonicNanos().getAsLong() - event.nanos();
    return clocks.wall().millis() * 1_000_000 - age;
  }

  private <T extends AutoCloseable> T later(T resource) {
    running.push(resource);
    return resource;
  }

  /** What was handed over is done still; renewals that are hours away are not waited for. */
  private static void stop(ScheduledExecutorService config)
      throws InterruptedException, ExecutionException {
    config.submit(() -> {}).get();
    config.shutdownNow();
  }

  /** A drained proxy is told nothing more, though the configuration goes on. */
  private static void stop(AtomicReference<@Nullable MeshProxy> serving)
      throws InterruptedException {
    MeshProxy proxy = Objects.requireNonNull(serving.get());
    proxy.drain(DRAIN);
    serving.set(null);
    proxy.close();
  }

  /**
   * Lets requests in flight end (5 s at most), then stops. Pinned programs go on carrying layer 4
   * traffic.
   */
  @Override
  public void close() {
    while (!running.isEmpty()) {
      try {
        running.pop().close();
      } catch (Exception e) {
        log.warn("while stopping", e);
      }
    }
  }
}
