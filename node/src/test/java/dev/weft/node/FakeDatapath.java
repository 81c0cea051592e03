package dev.weft.node;

import dev.weft.datapath.AttachedPod;
import dev.weft.datapath.Datapath;
import dev.weft.datapath.DatapathException;
import dev.weft.datapath.DatapathState;
import dev.weft.datapath.DatapathStats;
import dev.weft.datapath.FlowEvent;
import dev.weft.datapath.Ipv4;
import dev.weft.datapath.PodAttachment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;

/** Remembers what it was told, in place of a kernel. */
final class FakeDatapath implements Datapath {
  final Map<String, AttachedPod> pods = new HashMap<>();
  final List<DatapathState> applied = new ArrayList<>();
  final BlockingQueue<Set<Ipv4>> repeated = new LinkedBlockingQueue<>();
  boolean broken;
  boolean full;

  @Override
  public AttachedPod attach(PodAttachment pod) {
    if (broken) {
      throw new DatapathException("no veth");
    }
    AttachedPod attached =
        new AttachedPod(
            pod.containerId(), pod.interfaceName(), pod.address(), pod.hostInterface(), 7);
    pods.put(pod.containerId(), attached);
    return attached;
  }

  @Override
  public void detach(String containerId, String interfaceName) {
    pods.remove(containerId);
  }

  @Override
  public List<AttachedPod> attached() {
    return List.copyOf(pods.values());
  }

  @Override
  public int apply(DatapathState state) {
    if (full) {
      throw new DatapathException("no room in map rules");
    }
    applied.add(state);
    return 1;
  }

  @Override
  public void announce(Set<Ipv4> addresses) {
    repeated.add(addresses);
  }

  @Override
  public void flows(Consumer<FlowEvent> consumer) {}

  @Override
  public DatapathStats stats() {
    return new DatapathStats(Map.of(), 0, 0);
  }

  @Override
  public void close() {}
}
