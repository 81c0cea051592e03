package dev.weft.controlplane;

import dev.weft.resources.Kind;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import java.io.IOException;
import java.time.Duration;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows every kind that Weft reads in an API server. A kind whose definition is not installed is
 * looked for again and again; it holds up no other. While the API server is away the last state
 * stays.
 *
 * <p>Owned by the thread that runs {@link #run}; {@link #close} may be called from any.
 */
final class KubernetesSource implements Source {
  private static final Logger LOG = LoggerFactory.getLogger(KubernetesSource.class);

  /** Made for the lab, where Weft is its own Deployment controller. */
  private static final Set<Kind> NOT_NEEDED = EnumSet.of(Kind.DEPLOYMENT);

  private final KubernetesClient client;
  private final Timing timing;
  private final ObservedStatuses statuses;
  private final Inbox inbox = new Inbox();
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Outages outages = new Outages();
  private final Intake intake;

  /** By kind; guarded by this. */
  private final Map<Kind, KindWatch> watches = new EnumMap<>(Kind.class);

  /**
   * How long to wait.
   *
   * @param intake of changes
   * @param discovery between looks for kinds that are not installed
   */
  record Timing(Intake.Timing intake, Duration discovery) {
    static final Timing DEFAULT =
        new Timing(
            new Intake.Timing(Duration.ofMillis(2), Duration.ofMillis(20), Duration.ofSeconds(1)),
            Duration.ofSeconds(3));
  }

  /**
   * A source.
   *
   * @param statuses told what the server holds as statuses
   * @param consumer gets the first view from {@link #scan}, the others on the thread of {@link
   *     #run}
   */
  KubernetesSource(
      KubernetesClient client, Timing timing, ObservedStatuses statuses, Consumer<View> consumer) {
    this.client = client;
    this.timing = timing;
    this.statuses = statuses;
    this.intake = new Intake(inbox, timing.intake(), consumer, closed);
  }

  @Override
  public void scan() throws IOException {
    try {
      while (!discover() && !closed.await(timing.discovery().toMillis(), TimeUnit.MILLISECONDS)) {
        LOG.info("waiting for the API server");
      }
      awaitLists();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while waiting for the API server", e);
    }
    intake.first();
  }

  @Override
  public void run() {
    Thread.ofVirtual().name("discovery").start(this::keepDiscovering);
    try {
      intake.run();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    closed.countDown();
    inbox.close();
    synchronized (this) {
      watches.values().forEach(KindWatch::close);
    }
  }

  /** Waits for the first list of every kind that is installed: half a mesh is told to nobody. */
  private void awaitLists() throws InterruptedException, IOException {
    List<KindWatch> all = watching();
    CompletableFuture<Void> listed =
        CompletableFuture.allOf(
            all.stream().map(KindWatch::listed).toArray(CompletableFuture[]::new));
    while (closed.getCount() > 0) {
      try {
        listed.get(5, TimeUnit.SECONDS);
        return;
      } catch (TimeoutException e) {
        LOG.info(
            "waiting for the first list of {}",
            all.stream()
                .filter(watch -> !watch.listed().isDone())
                .map(watch -> watch.kind().kind() + " " + outages.reason(watch.kind()))
                .collect(Collectors.joining(", ")));
      } catch (ExecutionException e) {
        throw new IOException("the first lists failed", e);
      }
    }
    throw new IOException("stopped before everything was read");
  }

  private synchronized List<KindWatch> watching() {
    return List.copyOf(watches.values());
  }

  private void keepDiscovering() {
    try {
      while (!closed.await(timing.discovery().toMillis(), TimeUnit.MILLISECONDS)) {
        discover();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Begins to follow kinds that have been installed since.
   *
   * @return whether the server answered
   */
  private boolean discover() {
    ApiCatalog catalog = new ApiCatalog(client);
    for (Kind kind : Kind.values()) {
      if (!NOT_NEEDED.contains(kind) && !isWatched(kind)) {
        try {
          ResourceDefinitionContext found = catalog.find(kind);
          if (found != null) {
            follow(kind, found);
          }
        } catch (KubernetesClientException e) {
          LOG.debug("cannot ask whether {} is there: {}", kind.kind(), e.getMessage());
          return false;
        }
      }
    }
    return true;
  }

  private synchronized boolean isWatched(Kind kind) {
    return watches.containsKey(kind);
  }

  private synchronized void follow(Kind kind, ResourceDefinitionContext context) {
    if (closed.getCount() > 0) {
      KindWatch watch =
          new KindWatch(client, kind, context, new KindWatch.Ears(inbox, statuses, outages));
      watches.put(kind, watch);
      watch.start();
      LOG.debug("following {} ({}/{})", kind.kind(), context.getGroup(), context.getVersion());
    }
  }
}
