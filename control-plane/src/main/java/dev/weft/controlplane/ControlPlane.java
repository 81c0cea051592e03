package dev.weft.controlplane;

import dev.weft.gatewayapi.AddressPool;
import dev.weft.identity.CertificateAuthority;
import dev.weft.resources.Kind;
import dev.weft.resources.Node;
import dev.weft.resources.Snapshot;
import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The control plane process.
 *
 * <p>Threads: {@code source} reads objects; {@code mesh} owns snapshot, resources and node
 * sessions; {@code status} writes statuses; {@code generated} writes objects that Gateways need;
 * gRPC's own threads only hand over, and sign certificates.
 */
public final class ControlPlane implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ControlPlane.class);

  /** A Hello names every resource that a node holds: 10,000 of them are about 1 MB. */
  private static final int MAX_MESSAGE = 8 << 20;

  private static final int MAX_CALLS_OF_A_NODE = 32;

  /** Kinds of object that decide which identities live on a node. */
  private static final Set<Kind> WITH_IDENTITIES =
      Set.of(Kind.POD, Kind.GATEWAY, Kind.GATEWAY_CLASS);

  private static final Duration DRAIN = Duration.ofSeconds(2);

  private final ScheduledThreadPoolExecutor mesh = thread("mesh");
  private final ScheduledThreadPoolExecutor status = thread("status");
  private final ScheduledThreadPoolExecutor generated = thread("generated");
  private final ExecutorService calls = Executors.newVirtualThreadPerTaskExecutor();
  private final CertificateAuthority authority;
  private final NodeTokens tokens;
  private final Announcing announcing;
  private final ConfigurationService configuration;
  private final TranslationLoop loop;
  private final Source source;
  private final Server server;
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Duration settling;

  /** Of nodes; on the mesh thread. */
  private Set<String> members = Set.of();

  private volatile NodeIdentities identities = NodeIdentities.NONE;

  private ControlPlane(ControlPlaneOptions options, Home home, SecureRandom random)
      throws IOException {
    authority =
        home.authority(
            new CertificateAuthority.Settings(
                options.certificateLife(), InstantSource.system(), random));
    tokens = home.tokens();
    IdentityNumbers numbers = new IdentityNumbers(home.numbers());
    AddressPool addresses = new AddressPool(options.gatewayAddresses(), home.gatewayAddresses());
    List<Translating> translators =
        List.of(
            new MeshTranslator(authority),
            new dev.weft.gatewayapi.Translator(numbers, addresses)::translate,
            new dev.weft.policy.Translator(numbers)::translate);
    loop =
        new TranslationLoop(
            new TranslationLoop.Parts(
                Tasks.logged(mesh),
                task -> mesh.schedule(Tasks.logged(task), 1, TimeUnit.SECONDS),
                translators,
                numbers,
                this::changed,
                home.statuses(status),
                home.generated(generated)));
    announcing = new Announcing(loop.store(), Announcing.Timer.of(mesh), this::told);
    configuration =
        new ConfigurationService(loop.store(), Tasks.logged(mesh), this::progressed, announcing);
    source = home.source(loop::submit);
    settling = home.settling();
    ServerTls tls = new ServerTls(authority, options.listen().getAddress(), options.names());
    renew(tls, options.certificateLife());
    server = server(options, tls);
  }

  /**
   * Starts a lab's control plane: when this returns, nodes are served from the present state.
   *
   * @throws IOException if a file or the address cannot be used; the message says which
   */
  public static ControlPlane start(ControlPlaneOptions options) throws IOException {
    return switch (options.place()) {
      case ControlPlaneOptions.Place.Folder place ->
          start(options, new FolderHome(place, options.trustDomain()));
      case ControlPlaneOptions.Place.Cluster _ ->
          throw new IllegalArgumentException("in a cluster a control plane waits its turn: run it");
    };
  }

  /**
   * The same at another home.
   *
   * @throws IOException as above
   */
  static ControlPlane start(ControlPlaneOptions options, Home home) throws IOException {
    ControlPlane controlPlane = new ControlPlane(options, home, new SecureRandom());
    try {
      controlPlane.open();
      return controlPlane;
    } catch (IOException | RuntimeException e) {
      controlPlane.close();
      throw e;
    }
  }

  /**
   * Runs a control plane until the process is asked to stop (SIGTERM, SIGINT).
   *
   * @throws IOException as {@link #start}
   */
  public static void run(ControlPlaneOptions options) throws IOException {
    if (options.place() instanceof ControlPlaneOptions.Place.Cluster cluster) {
      Replica.run(options, cluster);
      return;
    }
    ControlPlane controlPlane = start(options);
    Runtime.getRuntime().addShutdownHook(new Thread(controlPlane::close, "stop"));
    try {
      controlPlane.awaitClosed();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      controlPlane.close();
    }
  }

  /** Waits until somebody closes it. */
  void awaitClosed() throws InterruptedException {
    closed.await();
  }

  /** The port that nodes are served on. */
  public int port() {
    return server.getPort();
  }

  /** Lets nodes go and stops; they keep working with what they hold. Once or more, any thread. */
  @Override
  public void close() {
    source.close();
    mesh.execute(configuration::close);
    server.shutdown();
    try {
      if (!server.awaitTermination(DRAIN.toMillis(), TimeUnit.MILLISECONDS)) {
        server.shutdownNow();
      }
      mesh.shutdown();
      mesh.awaitTermination(DRAIN.toMillis(), TimeUnit.MILLISECONDS);
      // Delayed statuses are still written; the policy for the mesh thread would drop them.
      status.setExecuteExistingDelayedTasksAfterShutdownPolicy(true);
      status.shutdown();
      if (!status.awaitTermination(DRAIN.toMillis(), TimeUnit.MILLISECONDS)) {
        status.shutdownNow();
        status.awaitTermination(DRAIN.toMillis(), TimeUnit.MILLISECONDS);
      }
    } catch (InterruptedException e) {
      server.shutdownNow();
      Thread.currentThread().interrupt();
    } finally {
      mesh.shutdownNow();
      status.shutdownNow();
      generated.shutdownNow();
      calls.shutdownNow();
      closed.countDown();
    }
  }

  private void open() throws IOException {
    source.scan();
    // No node may be told that everything is gone just because nothing has been read yet.
    if (!onMeshThread(() -> loop.store().get(MeshTranslator.NAME) != null)) {
      throw new IOException("the mesh's state cannot be translated; see the log for the reason");
    }
    mesh.schedule(Tasks.logged(loop::releaseStatuses), settling.toMillis(), TimeUnit.MILLISECONDS);
    Thread.ofPlatform().name("source").daemon().start(source);
    server.start();
    LOG.info("control plane of {} serves nodes on port {}", authority.trustDomain(), port());
  }

  private boolean onMeshThread(Callable<Boolean> question) throws IOException {
    try {
      return mesh.submit(question).get();
    } catch (ExecutionException e) {
      throw new IOException("cannot start", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while starting", e);
    }
  }

  private Server server(ControlPlaneOptions options, ServerTls tls) {
    return NettyServerBuilder.forAddress(options.listen(), tls.credentials())
        .addService(configuration)
        .addService(new CaService(authority, () -> identities))
        .intercept(new NodeAuthentication(tokens))
        .executor(calls)
        .handshakeTimeout(10, TimeUnit.SECONDS)
        .maxInboundMessageSize(MAX_MESSAGE)
        .maxConcurrentCallsPerConnection(MAX_CALLS_OF_A_NODE)
        // Nodes ping every 20 s. One that vanished without a word is noticed within 8 s, since its
        // Gateway addresses wait for that.
        .permitKeepAliveTime(10, TimeUnit.SECONDS)
        .permitKeepAliveWithoutCalls(true)
        .keepAliveTime(2, TimeUnit.SECONDS)
        .keepAliveTimeout(6, TimeUnit.SECONDS)
        .build();
  }

  /** On the mesh thread, with the new resources in the store. */
  private void changed(TranslationLoop.Change change) {
    Snapshot snapshot = change.snapshot();
    Set<Kind> kinds = change.kinds();
    Map<String, String> before = new HashMap<>(change.before());
    if (kinds.contains(Kind.NODE)) {
      before.putAll(nodesChanged(snapshot));
    }
    if (!Collections.disjoint(kinds, WITH_IDENTITIES)) {
      // Before any node hears of a new pod and asks for its certificate.
      identities = NodeIdentities.of(snapshot, authority.trustDomain());
    }
    told(before);
  }

  /** Resources of the store are not what they were; with the versions that they had. */
  private void told(Map<String, String> before) {
    configuration.changed(before);
    loop.progressed(before.keySet(), configuration::progress);
  }

  /**
   * A node that was removed must not go on receiving Gateways' keys.
   *
   * @return the resources that changed because of it, with the versions that they had
   */
  private Map<String, String> nodesChanged(Snapshot snapshot) {
    Set<String> nodes = new HashSet<>();
    snapshot.all(Node.class).map(node -> node.metadata().name()).forEach(nodes::add);
    members = tokens.retain(nodes);
    configuration.retain(members);
    return announcing.members(nodes);
  }

  private void progressed(Collection<String> names) {
    loop.progressed(names, configuration::progress);
    if (!members.isEmpty() && configuration.heard(members)) {
      loop.releaseStatuses();
    }
  }

  private void renew(ServerTls tls, Duration life) {
    tls.renew();
    long half = life.dividedBy(2).toMillis();
    mesh.scheduleWithFixedDelay(Tasks.logged(tls::renew), half, half, TimeUnit.MILLISECONDS);
  }

  /** One thread whose queue forgets what comes after the end. */
  private static ScheduledThreadPoolExecutor thread(String name) {
    ScheduledThreadPoolExecutor executor =
        new ScheduledThreadPoolExecutor(
            1,
            Thread.ofPlatform().name(name).daemon().factory(),
            new ThreadPoolExecutor.DiscardPolicy());
    executor.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    executor.setContinueExistingPeriodicTasksAfterShutdownPolicy(false);
    return executor;
  }
}
