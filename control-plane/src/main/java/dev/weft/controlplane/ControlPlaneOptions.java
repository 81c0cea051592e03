package dev.weft.controlplane;

import dev.weft.resources.Cidr;
import io.spiffe.spiffeid.TrustDomain;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;

/**
 * What a control plane needs to be told.
 *
 * @param place where objects come from, and where everything is kept
 * @param listen where nodes connect; port 0 takes a free one
 * @param names further host names and addresses for the server certificate
 * @param trustDomain of the mesh's identities
 * @param certificateLife how long a workload's certificate lives
 * @param gatewayAddresses where Gateways that ask for no address get one from
 */
public record ControlPlaneOptions(
    Place place,
    InetSocketAddress listen,
    List<String> names,
    TrustDomain trustDomain,
    Duration certificateLife,
    Cidr gatewayAddresses) {

  /** Where a control plane is at home. */
  public sealed interface Place {

    /**
     * The lab.
     *
     * @param folder YAML to follow; need not exist yet
     * @param run statuses go to {@code status/}, everything else to {@code control-plane/} in here
     * @param nodes names of nodes that get a token at the start; the others get theirs when a Node
     *     object names them
     */
    record Folder(Path folder, Path run, List<String> nodes) implements Place {
      /** Copies. */
      public Folder {
        nodes = List.copyOf(nodes);
      }
    }

    /**
     * A Kubernetes cluster, reached as pods reach it, or by the KUBECONFIG of the environment. Of
     * several replicas one serves.
     *
     * @param namespace Weft's own
     * @param replica this replica's name, different from all others'
     * @param nodeAccount service account of Weft's nodes
     * @param health where probes ask
     */
    record Cluster(String namespace, String replica, String nodeAccount, InetSocketAddress health)
        implements Place {}
  }

  /** The port nodes expect. */
  public static final int DEFAULT_PORT = 8443;

  /** The lab's prefix for Gateways. */
  public static final Cidr GATEWAY_ADDRESSES =
      Objects.requireNonNull(Cidr.parse("172.31.255.0/24"));

  /** Copies and checks. */
  public ControlPlaneOptions {
    if (listen.isUnresolved()) {
      throw new IllegalArgumentException("cannot listen on " + listen + ": name an address");
    }
    names = List.copyOf(names);
  }

  /** A lab's options, with Gateways' addresses out of {@link #GATEWAY_ADDRESSES}. */
  public ControlPlaneOptions(
      Path folder,
      Path run,
      InetSocketAddress listen,
      List<String> names,
      TrustDomain trustDomain,
      List<String> nodes,
      Duration certificateLife) {
    this(
        new Place.Folder(folder, run, nodes),
        listen,
        names,
        trustDomain,
        certificateLife,
        GATEWAY_ADDRESSES);
  }

  /** A lab's options with nothing out of the ordinary: certificates live a day. */
  public static ControlPlaneOptions of(
      Path folder, Path run, InetSocketAddress listen, TrustDomain trustDomain) {
    return new ControlPlaneOptions(
        folder, run, listen, List.of(), trustDomain, List.of(), Duration.ofHours(24));
  }
}
