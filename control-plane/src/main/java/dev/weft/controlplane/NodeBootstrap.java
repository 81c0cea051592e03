package dev.weft.controlplane;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeAddress;
import io.fabric8.kubernetes.api.model.discovery.v1.Endpoint;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointPort;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out what a node process must be told before it runs, and which only the API server knows:
 * the node process itself carries no Kubernetes client. Runs before it, on the same node, and waits
 * for whatever is not there yet.
 */
public final class NodeBootstrap {
  private static final Logger LOG = LoggerFactory.getLogger(NodeBootstrap.class);

  /** The Service whose endpoints are the control plane's replicas; what its certificate is for. */
  static final String SERVICE = ServerTls.NAME;

  private static final String SERVICE_LABEL = "kubernetes.io/service-name";
  private static final Duration PAUSE = Duration.ofMillis(500);
  private static final int SAID_EVERY = 20;

  private final KubernetesClient client;
  private final Order order;

  /**
   * What to do.
   *
   * @param node this node's name
   * @param namespace Weft's own
   * @param token where the node process finds its token
   * @param folder where {@code node.properties} and {@code ca.crt} are written
   */
  public record Order(String node, String namespace, Path token, Path folder) {}

  NodeBootstrap(KubernetesClient client, Order order) {
    this.client = client;
    this.order = order;
  }

  /**
   * Does it; returns when the files are there.
   *
   * @throws IOException if they cannot be written
   */
  public static void run(Order order) throws IOException {
    try (KubernetesClient client = Replica.client(Duration.ofSeconds(5), 0)) {
      new NodeBootstrap(client, order).write();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  void write() throws IOException, InterruptedException {
    String address = await("the node's InternalIP", this::address);
    String network = await("the node's podCIDR", this::podNetwork);
    String roots = await("ConfigMap " + CaSecret.BUNDLE, this::roots);
    String replicas = await("endpoints of Service " + SERVICE, this::replicas);
    Path trust = order.folder().resolve(CaSecret.CERTIFICATES);
    Files.createDirectories(order.folder());
    AtomicFiles.write(trust, roots);
    TreeMap<String, String> settings = new TreeMap<>();
    settings.put("name", order.node());
    settings.put("address", address);
    settings.put("pod-network", network);
    settings.put("control-plane", replicas);
    settings.put("control-plane-service", order.namespace() + "/" + SERVICE);
    settings.put("control-plane-name", SERVICE);
    settings.put("trust", trust.toString());
    settings.put("token", order.token().toString());
    AtomicFiles.write(
        order.folder().resolve("node.properties"),
        settings.entrySet().stream()
            .map(entry -> entry.getKey() + "=" + entry.getValue() + "\n")
            .collect(Collectors.joining()));
    LOG.info("node {} has address {} and pods in {}", order.node(), address, network);
  }

  private Optional<String> address() {
    return node().stream()
        .flatMap(node -> node.getStatus().getAddresses().stream())
        .filter(each -> each.getType().equals("InternalIP"))
        .map(NodeAddress::getAddress)
        .filter(each -> !each.contains(":"))
        .findFirst();
  }

  private Optional<String> podNetwork() {
    return node().map(node -> node.getSpec().getPodCIDR()).filter(each -> !each.contains(":"));
  }

  private Optional<Node> node() {
    return Optional.ofNullable(client.nodes().withName(order.node()).get());
  }

  private Optional<String> roots() {
    ConfigMap map =
        client.configMaps().inNamespace(order.namespace()).withName(CaSecret.BUNDLE).get();
    return Optional.ofNullable(map)
        .map(ConfigMap::getData)
        .map(data -> data.get(CaSecret.CERTIFICATES));
  }

  private Optional<String> replicas() {
    TreeSet<String> found = new TreeSet<>();
    for (EndpointSlice slice :
        client
            .discovery()
            .v1()
            .endpointSlices()
            .inNamespace(order.namespace())
            .withLabel(SERVICE_LABEL, SERVICE)
            .list()
            .getItems()) {
      for (Endpoint endpoint : slice.getEndpoints()) {
        for (EndpointPort port : slice.getPorts()) {
          endpoint.getAddresses().forEach(each -> found.add(each + ":" + port.getPort()));
        }
      }
    }
    return found.isEmpty() ? Optional.empty() : Optional.of(String.join(",", found));
  }

  private static String await(String what, Supplier<Optional<String>> question)
      throws InterruptedException {
    for (int tries = 0; ; tries++) {
      String problem = "not there yet";
      try {
        Optional<String> answer = question.get();
        if (answer.isPresent()) {
          return answer.get();
        }
      } catch (KubernetesClientException e) {
        problem = String.valueOf(e.getCause() == null ? e.getMessage() : e.getCause());
      }
      if (tries % SAID_EVERY == 0) {
        LOG.info("waiting for {}: {}", what, problem);
      }
      Thread.sleep(PAUSE);
    }
  }
}
