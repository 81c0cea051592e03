package dev.weft.node;

import com.google.protobuf.ByteString;
import dev.weft.api.v1.MtlsMode;
import dev.weft.api.v1.Resource;
import dev.weft.api.v1.Resource.BodyCase;
import dev.weft.api.v1.Workload;
import dev.weft.datapath.DatapathState;
import dev.weft.datapath.DatapathState.Allow;
import dev.weft.datapath.DatapathState.Direction;
import dev.weft.datapath.DatapathState.LocalPod;
import dev.weft.datapath.DatapathState.Mesh;
import dev.weft.datapath.DatapathState.NetworkRules;
import dev.weft.datapath.DatapathState.Peer;
import dev.weft.datapath.DatapathState.RemoteNode;
import dev.weft.datapath.Ipv4;
import dev.weft.datapath.Prefix;
import dev.weft.routing.MeshView;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/** What the programs of one node must decide by, from what is known of the mesh. Pure. */
final class DatapathStates {
  /** LocalPod: every port. */
  private static final Set<Integer> EVERY_PORT = Set.of(0);

  private DatapathStates() {}

  /** The state for the node of this name. Services and pods without an address are left out. */
  static DatapathState of(MeshView mesh, String node) {
    Map<Ipv4, LocalPod> pods = new HashMap<>();
    Map<Prefix, Peer> prefixes = new HashMap<>();
    PolicyTargets policies = PolicyTargets.of(mesh);
    for (Workload workload : all(mesh, BodyCase.WORKLOAD, Resource::getWorkload)) {
      if (workload.getAddress().isEmpty()) {
        continue;
      }
      Ipv4 address = address(workload.getAddress());
      if (workload.getNode().equals(node)) {
        boolean l7 = policies.inspects(workload);
        pods.put(
            address,
            new LocalPod(
                workload.getIdentity(), mesh(workload.getMtls()), l7 ? EVERY_PORT : Set.of()));
      } else {
        prefixes.put(
            Prefix.host(address), new Peer(workload.getIdentity(), mesh(workload.getMtls())));
      }
    }
    all(mesh, BodyCase.CIDR, Resource::getCidr)
        .forEach(
            cidr ->
                prefixes.putIfAbsent(
                    new Prefix(address(cidr.getNetwork()), cidr.getPrefixLength()),
                    new Peer(cidr.getNumber(), Mesh.NONE)));
    Set<Ipv4> gateways = gateways(mesh);
    Set<Ipv4> announced = Announcers.of(gateways, Announcers.able(mesh), node);
    return new DatapathState(
        pods,
        prefixes,
        nodes(mesh, node),
        ServiceFrontends.of(mesh, node, policies),
        gateways,
        rules(mesh),
        announced,
        Announcers.former(mesh, announced, node),
        Announcers.absent(mesh, announced, node));
  }

  private static Set<RemoteNode> nodes(MeshView mesh, String node) {
    Set<RemoteNode> nodes = new HashSet<>();
    for (dev.weft.api.v1.Node other : all(mesh, BodyCase.NODE, Resource::getNode)) {
      if (!other.getName().equals(node) && !other.getAddress().isEmpty()) {
        Prefix network = new Prefix(address(other.getPodNetwork()), other.getPodPrefixLength());
        nodes.add(new RemoteNode(address(other.getAddress()), network));
      }
    }
    return nodes;
  }

  private static Set<Ipv4> gateways(MeshView mesh) {
    Set<Ipv4> addresses = new HashSet<>();
    all(mesh, BodyCase.GATEWAY, Resource::getGateway)
        .forEach(g -> g.getAddressesList().forEach(a -> addresses.add(address(a))));
    return addresses;
  }

  private static Map<Integer, NetworkRules> rules(MeshView mesh) {
    Map<Integer, NetworkRules> all = new HashMap<>();
    for (dev.weft.api.v1.NetworkRules rules :
        all(mesh, BodyCase.NETWORK_RULES, Resource::getNetworkRules)) {
      Set<Allow> allowed = new HashSet<>();
      for (dev.weft.api.v1.NetworkRules.Rule rule : rules.getRulesList()) {
        Direction direction = rule.getEgress() ? Direction.EGRESS : Direction.INGRESS;
        allowed.add(
            new Allow(
                direction, rule.getPeer(), rule.getProtocol(), rule.getPort(), rule.getEndPort()));
      }
      all.put(
          rules.getIdentity(),
          new NetworkRules(rules.getIngressIsolated(), rules.getEgressIsolated(), allowed));
    }
    return all;
  }

  static <T> List<T> all(MeshView mesh, BodyCase kind, Function<Resource, T> body) {
    List<T> found = new ArrayList<>();
    mesh.forEach(kind, resource -> found.add(body.apply(resource)));
    return found;
  }

  private static Mesh mesh(MtlsMode mode) {
    return switch (mode) {
      case MTLS_MODE_STRICT -> Mesh.STRICT;
      case MTLS_MODE_PERMISSIVE -> Mesh.PERMISSIVE;
      // A mode of a newer control plane: no mesh is promised that this node cannot keep.
      case MTLS_MODE_DISABLED, MTLS_MODE_UNSPECIFIED, UNRECOGNIZED -> Mesh.NONE;
    };
  }

  static Ipv4 address(ByteString bytes) {
    return Ipv4.of(bytes.toByteArray());
  }
}
