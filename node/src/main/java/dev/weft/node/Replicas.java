package dev.weft.node;

import dev.weft.api.v1.Endpoints;
import dev.weft.api.v1.Refusal;
import dev.weft.api.v1.Resource;
import dev.weft.api.v1.Update;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Where the control plane's replicas are: first where the mesh says that its Service's endpoints
 * are, then where the node was told at its start. So a node finds replicas that moved while it was
 * connected, or that were there before it last stopped. Any thread.
 */
final class Replicas implements Supplier<List<InetSocketAddress>> {
  private final List<InetSocketAddress> told;
  private final String resource;
  private volatile List<InetSocketAddress> known = List.of();

  Replicas(NodeOptions.ControlPlane controlPlane) {
    this.told = controlPlane.addresses();
    this.resource = controlPlane.service().map(service -> "endpoints/" + service).orElse("");
  }

  @Override
  public List<InetSocketAddress> get() {
    Set<InetSocketAddress> all = new LinkedHashSet<>(known);
    all.addAll(told);
    return List.copyOf(all);
  }

  /** Looks for the endpoints in what the node knows. */
  void learn(Collection<Resource> resources) {
    for (Resource each : resources) {
      if (each.getName().equals(resource)) {
        known =
            each.getEndpoints().getEndpointsList().stream()
                .filter(endpoint -> !endpoint.getUdp())
                .flatMap(Replicas::address)
                .toList();
      }
    }
  }

  /** Nothing for what is no address: that is refused by those who put it to use. */
  private static Stream<InetSocketAddress> address(Endpoints.Endpoint endpoint) {
    try {
      String host = InetAddress.getByAddress(endpoint.getAddress().toByteArray()).getHostAddress();
      return Stream.of(InetSocketAddress.createUnresolved(host, endpoint.getPort()));
    } catch (UnknownHostException | IllegalArgumentException e) {
      return Stream.empty();
    }
  }

  /** The same applier, whose updates are learned from on their way. */
  ConfigApplier listeningTo(ConfigApplier applier) {
    return new ConfigApplier() {
      @Override
      public Map<String, String> held() {
        return applier.held();
      }

      @Override
      public List<String> away() {
        return applier.away();
      }

      @Override
      public List<Refusal> apply(Update update) {
        learn(update.getUpsertedList());
        return applier.apply(update);
      }
    };
  }
}
