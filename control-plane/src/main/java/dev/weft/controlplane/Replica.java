package dev.weft.controlplane;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.jdkhttp.JdkHttpClientFactory;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One process of a cluster's control plane. All wait for the lease; the one that has it reads,
 * translates, serves nodes and writes. The others do not even listen, so that a node that dials one
 * is refused at once and tries the next.
 */
final class Replica {
  private static final Logger LOG = LoggerFactory.getLogger(Replica.class);

  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final int LOST = 3;

  private Replica() {}

  /**
   * Runs until the process is asked to stop (SIGTERM, SIGINT). When the lease is lost the process
   * ends on the spot, and nothing it holds can be told to any node any more: whoever started it
   * starts it anew.
   *
   * @throws IOException if the control plane cannot start
   */
  static void run(ControlPlaneOptions options, ControlPlaneOptions.Place.Cluster cluster)
      throws IOException {
    AtomicReference<@Nullable ControlPlane> serving = new AtomicReference<>();
    KubernetesClient client = client(PATIENCE, 3);
    Leadership leadership =
        new Leadership(
            client(Leadership.PATIENCE, 0),
            cluster.namespace(),
            cluster.replica(),
            Leadership.Times.DEFAULT);
    Thread stop = new Thread(() -> stop(serving.get(), leadership), "stop");
    Runtime.getRuntime().addShutdownHook(stop);
    try (HealthServer _ =
        HealthServer.start(cluster.health(), () -> ready(leadership, serving.get()))) {
      LOG.info("waiting for the lease {}", Leadership.LEASE_NAME);
      leadership.leading().get();
      leadership.ended().thenRun(() -> lost(stop));
      ClusterHome home =
          new ClusterHome(
              client, cluster.namespace(), cluster.nodeAccount(), options.trustDomain());
      ControlPlane controlPlane = ControlPlane.start(options, home);
      serving.set(controlPlane);
      controlPlane.awaitClosed();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException e) {
      throw new IOException("the election failed", e);
    }
  }

  /** A follower is as ready as it will be; a leader when it serves. */
  private static boolean ready(Leadership leadership, @Nullable ControlPlane serving) {
    return !leadership.leading().isDone() || serving != null;
  }

  private static void stop(@Nullable ControlPlane serving, Leadership leadership) {
    if (serving != null) {
      serving.close();
    }
    leadership.close();
  }

  /** Not exit: its hooks take seconds, in which another leader may begin. */
  private static void lost(Thread stop) {
    if (!stop.isAlive()) {
      LOG.error("the lease is lost; ending, so that only one control plane serves");
      Runtime.getRuntime().halt(LOST);
    }
  }

  /** A client from the surroundings: of a pod, or of KUBECONFIG. */
  static KubernetesClient client(Duration patience, int retries) {
    Config config =
        new ConfigBuilder()
            .withRequestTimeout((int) patience.toMillis())
            .withConnectionTimeout((int) patience.toMillis())
            .withRequestRetryBackoffLimit(retries)
            .withWatchReconnectInterval(100)
            .withUserAgent("weft-control-plane")
            .build();
    return new KubernetesClientBuilder()
        .withHttpClientFactory(new JdkHttpClientFactory())
        .withConfig(config)
        .build();
  }
}
