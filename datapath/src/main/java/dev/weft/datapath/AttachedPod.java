package dev.weft.datapath;

/**
 * A pod that is connected.
 *
 * @param containerId the runtime's id of the sandbox
 * @param interfaceName name of the device inside the pod
 * @param address the pod's address
 * @param hostInterface name of the node's end of the veth pair
 * @param index number of that device in the node's network namespace
 */
public record AttachedPod(
    String containerId, String interfaceName, Ipv4 address, String hostInterface, int index) {
  /** The pod's MAC address. */
  public Mac mac() {
    return Mac.ofPod(address);
  }
}
