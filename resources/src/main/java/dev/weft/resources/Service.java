package dev.weft.resources;

import com.fasterxml.jackson.databind.JsonNode;
import dev.weft.resources.Schema.Carried;
import dev.weft.resources.Schema.Checked;
import dev.weft.resources.Schema.Default;
import dev.weft.resources.Schema.Labels;
import dev.weft.resources.Schema.OneOf;
import dev.weft.resources.Schema.Problem;
import dev.weft.resources.Schema.Range;
import dev.weft.resources.Schema.Size;
import dev.weft.resources.Schema.Text;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A Service. */
public record Service(
    ObjectMeta metadata, Spec spec, @Carried({"status"}) Map<String, JsonNode> carried)
    implements KubeObject {

  /** The clusterIP of a headless Service. */
  public static final String HEADLESS = "None";

  /**
   * What the Service offers.
   *
   * @param clusterIP "" until one is given, {@link #HEADLESS} for a Service without
   * @param internalTrafficPolicy Local: connections to the clusterIP go to endpoints of the node
   *     only
   * @param externalTrafficPolicy Local: connections to node ports, likewise
   */
  public record Spec(
      @Default("ClusterIP") @OneOf({"ClusterIP", "NodePort", "LoadBalancer", "ExternalName"})
          String type,
      @Default("") String clusterIP,
      @Size(max = 2) List<String> clusterIPs,
      @Labels Map<String, String> selector,
      @Size(max = 250) List<Port> ports,
      @Default("None") @OneOf({"None", "ClientIP"}) String sessionAffinity,
      boolean publishNotReadyAddresses,
      @Default("Cluster") @OneOf({"Cluster", "Local"}) String internalTrafficPolicy,
      @Default("Cluster") @OneOf({"Cluster", "Local"}) String externalTrafficPolicy,
      @Carried({
            "allocateLoadBalancerNodePorts",
            "externalIPs",
            "externalName",
            "healthCheckNodePort",
            "ipFamilies",
            "ipFamilyPolicy",
            "loadBalancerClass",
            "loadBalancerIP",
            "loadBalancerSourceRanges",
            "sessionAffinityConfig",
            "trafficDistribution"
          })
          Map<String, JsonNode> carried)
      implements Checked {

    @Override
    public List<Problem> problems() {
      List<Problem> found = new ArrayList<>();
      if (ports.isEmpty() && !type.equals("ExternalName") && !clusterIP.equals(HEADLESS)) {
        found.add(new Problem("ports", "must list at least one port"));
      }
      Set<String> names = new HashSet<>();
      Set<String> numbers = new HashSet<>();
      for (int i = 0; i < ports.size(); i++) {
        Port port = ports.get(i);
        if (port.name().isEmpty() && ports.size() > 1) {
          found.add(new Problem("ports[" + i + "].name", "is required when there are several"));
        } else if (!names.add(port.name())) {
          found.add(new Problem("ports[" + i + "].name", "is used by another port"));
        }
        if (!numbers.add(port.protocol() + "/" + port.port())) {
          found.add(new Problem("ports[" + i + "].port", "is listed twice"));
        }
      }
      return found;
    }
  }

  /**
   * One port.
   *
   * @param name "" when the only port has none
   * @param targetPort null: the same as port
   * @param appProtocol "" when the Service does not say what is spoken
   */
  public record Port(
      @Default("") @Text(max = 63, pattern = "|" + Schema.DNS_LABEL) String name,
      @Default("TCP") Protocol protocol,
      @Range(min = 1, max = 65535) int port,
      @Nullable IntOrString targetPort,
      @Default("") @Text(max = 253) String appProtocol,
      @Default("0") @Range(min = 0, max = 65535) int nodePort) {}

  /** The port with a number, or null. TCP ports win over others with the same number. */
  public @Nullable Port port(int number) {
    Port found = null;
    for (Port port : spec.ports()) {
      if (port.port() == number && (found == null || port.protocol() == Protocol.TCP)) {
        found = port;
      }
    }
    return found;
  }

  /** The port with a number and a protocol, or null. */
  public @Nullable Port port(int number, Protocol protocol) {
    return spec.ports().stream()
        .filter(port -> port.port() == number && port.protocol() == protocol)
        .findFirst()
        .orElse(null);
  }

  public boolean headless() {
    return spec.clusterIP().equals(HEADLESS);
  }

  @Override
  public Service withMetadata(ObjectMeta value) {
    return new Service(value, spec, carried);
  }

  /** The same Service with an address, as an API server gives one. */
  public Service withClusterIp(String address) {
    return new Service(
        metadata,
        new Spec(
            spec.type(),
            address,
            List.of(address),
            spec.selector(),
            spec.ports(),
            spec.sessionAffinity(),
            spec.publishNotReadyAddresses(),
            spec.internalTrafficPolicy(),
            spec.externalTrafficPolicy(),
            spec.carried()),
        carried);
  }
}
