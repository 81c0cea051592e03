package dev.weft.node;

import dev.weft.cni.CniInstallation;
import dev.weft.datapath.Ipv4;
import dev.weft.datapath.Prefix;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What a node process is told at its start.
 *
 * @param name the node's name in the cluster
 * @param address the node's underlay address
 * @param uplink the underlay device
 * @param podNetwork where this node's pods get their addresses from
 * @param controlPlane where the configuration comes from
 * @param run directory for the attach socket, the pods' records and the last good configuration
 * @param bpf mount point of a BPF file system, for pins that outlive the process
 * @param cgroup mount point of the cgroup v2 hierarchy with the node's processes, whose connections
 *     to Services are translated; empty: they are not
 * @param cni where to install the CNI plugin; empty: nowhere
 * @param eventLoops threads of the proxy
 */
public record NodeOptions(
    String name,
    Ipv4 address,
    String uplink,
    Prefix podNetwork,
    ControlPlane controlPlane,
    Path run,
    Path bpf,
    Optional<Path> cgroup,
    Optional<CniInstallation> cni,
    int eventLoops) {

  /** The attach socket: what a runtime's plugin and the lab connect to. */
  public static Path attachSocket(Path run) {
    return run.resolve("attach.sock");
  }

  /**
   * The configuration server and the CA, which are one.
   *
   * @param addresses its replicas, hosts unresolved; when one fails the next is tried
   * @param service "namespace/name" of the Service whose endpoints are its replicas: those that the
   *     node hears of are tried first; empty where there is no such Service
   * @param name whom its certificate must be for
   * @param trust PEM file with the root that signed its certificate
   * @param token file with this node's bearer token; read at every call
   */
  public record ControlPlane(
      List<InetSocketAddress> addresses,
      Optional<String> service,
      String name,
      Path trust,
      Path token) {
    public ControlPlane {
      addresses = List.copyOf(addresses);
      if (addresses.isEmpty()) {
        throw new IllegalArgumentException("the control plane has no address");
      }
    }
  }
}
