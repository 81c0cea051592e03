package dev.weft.datapath;

import java.nio.file.Path;
import java.util.Optional;

/**
 * What the datapath of one node must know at start.
 *
 * @param pinPath directory on a BPF file system that outlives the process; see {@link
 *     PinDirectory#mount}. It is made if only its parents exist; names there have no dots
 * @param uplink device of the underlay, for example {@code eth0}
 * @param nodeAddress the node's underlay address, also the VXLAN endpoint
 * @param podNetwork addresses of the pods on this node
 * @param podMtu MTU of pods: that of the underlay less the 50 bytes of VXLAN
 * @param ports where the proxy listens
 * @param cgroup mount point of the unified cgroup hierarchy; the node's own processes in it reach
 *     Services. Empty: they do not
 */
public record DatapathOptions(
    Path pinPath,
    String uplink,
    Ipv4 nodeAddress,
    Prefix podNetwork,
    int podMtu,
    ProxyPorts ports,
    Optional<Path> cgroup) {
  public DatapathOptions {
    Names.requireInterface(uplink);
    if (podMtu < 576 || podMtu > 65_485) {
      throw new IllegalArgumentException("pod MTU must be 576 to 65485, not " + podMtu);
    }
  }

  /**
   * Ports of the proxy's transparent listeners, bound to 127.0.0.1 or 0.0.0.0 in the node's network
   * namespace. Nothing has to be told when a listener comes or goes: the programs look for it with
   * every new connection.
   *
   * @param outbound connections from pods, and to Gateway addresses
   * @param inbound plaintext connections to pods that an L7 rule protects
   * @param hbone mutual TLS connections to pods
   */
  public record ProxyPorts(int outbound, int inbound, int hbone) {
    /** The ports of ARCHITECTURE.md. */
    public static final ProxyPorts DEFAULT = new ProxyPorts(15001, 15006, 15008);
  }
}
