package dev.weft.datapath;

import java.nio.file.Path;

/**
 * A pod that shall be connected.
 *
 * @param containerId the runtime's id of the sandbox
 * @param netns path of the pod's network namespace
 * @param interfaceName name of the device inside the pod, for example {@code eth0}
 * @param address the pod's address
 */
public record PodAttachment(String containerId, Path netns, String interfaceName, Ipv4 address) {
  /** What a pod's default route points at; answered by a permanent neighbour entry. */
  public static final Ipv4 GATEWAY = new Ipv4(0xa9fe0101);

  public PodAttachment {
    Names.requireContainer(containerId);
    Names.requireNamespace(netns);
    Names.requireInterface(interfaceName);
  }

  /** Name of the node's end of the pod's veth pair; a function of container and interface. */
  public String hostInterface() {
    return Names.hostInterface(containerId, interfaceName);
  }

  /** The pod's MAC address; a function of its IP address. */
  public Mac mac() {
    return Mac.ofPod(address);
  }
}
