package dev.weft.datapath;

import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/**
 * The eBPF half of a node: programs on the pods' devices, on the overlay and on the uplink, and the
 * maps they decide by.
 *
 * <p>Programs and maps are pinned. They go on when this object is closed or its process dies, and
 * the next {@link #open} adopts them: connections, connection tracking and network policy survive.
 *
 * <p>Every method works in the network namespace of the calling thread, which must be the node's.
 * {@link #attach}, {@link #detach} and {@link #apply} exclude each other; none of them may be
 * called from an event loop, because they wait for the kernel.
 */
public interface Datapath extends AutoCloseable {
  /**
   * Makes the overlay device, routing rules and kernel settings, adopts pinned maps and attached
   * pods, and takes over the programs at work, or loads others and swaps them into the pinned links
   * atomically.
   *
   * @throws DatapathException when something is missing; the message says what and how to get it
   */
  static Datapath open(DatapathOptions options) {
    return KernelDatapath.open(options);
  }

  /**
   * Connects a pod: veth pair, address, default route, programs. A pod that is connected already is
   * completed where something is missing. Until {@link #apply} names its address its identity is
   * INIT.
   *
   * @throws DatapathException naming the step that failed; what the call made is gone again
   */
  AttachedPod attach(PodAttachment pod);

  /**
   * Disconnects a pod and forgets its connections. Nothing happens when it is not connected.
   *
   * @param containerId as in {@link PodAttachment#containerId}
   * @param interfaceName as in {@link PodAttachment#interfaceName}
   */
  void detach(String containerId, String interfaceName);

  /** The pods that are connected, those of an earlier process included. */
  List<AttachedPod> attached();

  /**
   * Makes the maps hold this state, writing only what differs. New permissions come before the
   * things that need them, old ones go after.
   *
   * @return number of map entries written or removed
   * @throws DatapathException when the kernel refuses an entry; calling again repeats what is
   *     missing
   */
  int apply(DatapathState state);

  /**
   * Tells the underlay once more that this node answers for these Gateway addresses, but for those
   * that it answers for no longer. The first time is in {@link #apply}; neighbours may have missed
   * it.
   */
  void announce(Set<Ipv4> addresses);

  /**
   * Starts the thread that hands flow events to the consumer, one at a time. There can be one.
   *
   * @param consumer must not block for long: events that find the ring full are lost and counted
   * @throws IllegalStateException when there is one already
   */
  void flows(Consumer<FlowEvent> consumer);

  /** Counters of the programs. */
  DatapathStats stats();

  /** Ends the flow thread and closes file descriptors. Programs and maps go on. */
  @Override
  void close();
}
