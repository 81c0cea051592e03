package dev.weft.datapath;

import dev.weft.datapath.bpf.BpfCollection;
import dev.weft.datapath.bpf.BpfException;
import dev.weft.datapath.bpf.BpfLink;
import dev.weft.datapath.bpf.NetNamespace;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The data path of this kernel. Everything mutable is guarded by one lock. */
final class KernelDatapath implements Datapath {
  /** Part of the names of pins. */
  private static final String CGROUP = "cgroup";

  private final ReentrantLock lock = new ReentrantLock();
  private final DatapathOptions options;
  private final Overlay overlay;
  private final BpfCollection programs;
  private final Maps maps;
  private final Links links;
  private final Announcer announcer;
  private final Neighbours neighbours;
  private final PodDevices devices;
  private final Map<String, AttachedPod> attached = new LinkedHashMap<>();
  private @Nullable DatapathState state;
  private @Nullable FlowReader reader;

  private KernelDatapath(DatapathOptions options, Overlay overlay, BpfCollection programs) {
    this.options = options;
    this.overlay = overlay;
    this.programs = programs;
    maps = new Maps(programs);
    links = new Links(Loader.pins(options, "links"));
    devices = new PodDevices(options);
    announcer = new Announcer(options.uplink());
    neighbours = new Neighbours(options.uplink());
  }

  static Datapath open(DatapathOptions options) {
    try {
      Loader.requirePinDirectory(options);
      Overlay overlay = Overlay.open(options);
      Loader loader = Loader.of(options, overlay.index());
      BpfCollection programs = loader.open();
      try {
        KernelDatapath datapath = new KernelDatapath(options, overlay, programs);
        datapath.adopt();
        loader.removeOthers();
        return datapath;
      } catch (RuntimeException e) {
        programs.close();
        throw e;
      }
    } catch (IOException | BpfException e) {
      throw new DatapathException("cannot open the data path: " + e.getMessage(), e);
    }
  }

  /** Takes over devices, map entries and links of an earlier process. */
  private void adopt() {
    Set<String> linked = new HashSet<>(Set.of(Overlay.DEVICE, "uplink"));
    options.cgroup().ifPresent(cgroup -> linked.add(CGROUP));
    for (AttachedPod pod : PodDevices.list()) {
      attached.put(pod.hostInterface(), pod);
      linked.add(pod.hostInterface());
      guard(pod);
    }
    Set<Ipv4> addresses = new HashSet<>();
    attached.values().forEach(pod -> addresses.add(pod.address()));
    for (Ipv4 address : List.copyOf(maps.pods().keySet())) {
      if (!addresses.contains(address)) {
        maps.removePod(address);
      }
    }
    links.ensure(
        Overlay.DEVICE, overlay.index(), programs.program("from_overlay"), BpfLink.Hook.INGRESS);
    links.ensure(
        Overlay.DEVICE, overlay.index(), programs.program("to_overlay"), BpfLink.Hook.EGRESS);
    links.ensure(
        "uplink",
        NetNamespace.device(options.uplink()),
        programs.program("from_device"),
        BpfLink.Hook.INGRESS);
    options.cgroup().ifPresent(this::translateSockets);
    links.retain(linked);
  }

  /** Services for the node's own processes. */
  private void translateSockets(Path cgroup) {
    Map.of(
            "connect4", BpfLink.Hook.CONNECT4,
            "sendmsg4", BpfLink.Hook.SENDMSG4,
            "recvmsg4", BpfLink.Hook.RECVMSG4,
            "getpeername4", BpfLink.Hook.GETPEERNAME4)
        .forEach((program, hook) -> links.ensure(CGROUP, cgroup, programs.program(program), hook));
  }

  /** Programs and map entry of a pod. An entry that is right about the device is left alone. */
  private void guard(AttachedPod pod) {
    links.ensure(
        pod.hostInterface(), pod.index(), programs.program("from_pod"), BpfLink.Hook.INGRESS);
    links.ensure(pod.hostInterface(), pod.index(), programs.program("to_pod"), BpfLink.Hook.EGRESS);
    Entries.Pod known = maps.pods().get(pod.address());
    if (known == null || known.device() != pod.index()) {
      maps.putPod(pod.address(), MapContents.initial(pod));
    }
  }

  @Override
  public AttachedPod attach(PodAttachment pod) {
    lock.lock();
    try {
      programs.requireOpen();
      forgetVanished();
      requireFreeAddress(pod);
      AttachedPod result = connect(pod);
      if (state != null) {
        applyLocked(state);
      }
      return result;
    } catch (BpfException e) {
      throw new DatapathException("attaching " + pod.address() + ": " + e.getMessage(), e);
    } finally {
      lock.unlock();
    }
  }

  private AttachedPod connect(PodAttachment pod) {
    boolean known = attached.containsKey(pod.hostInterface());
    try {
      AttachedPod result = devices.connect(pod, this::guard);
      attached.put(result.hostInterface(), result);
      return result;
    } catch (DatapathException e) {
      if (!known) {
        links.remove(pod.hostInterface());
        maps.removePod(pod.address());
      }
      throw e;
    }
  }

  /** A device goes away with its pod's namespace; nobody has to detach it for that. */
  private void forgetVanished() {
    for (AttachedPod pod : List.copyOf(attached.values())) {
      if (NetNamespace.device(pod.hostInterface()) != pod.index()) {
        attached.remove(pod.hostInterface());
        links.remove(pod.hostInterface());
        maps.removePod(pod.address());
      }
    }
  }

  private void requireFreeAddress(PodAttachment pod) {
    String host = pod.hostInterface();
    for (AttachedPod other : attached.values()) {
      if (other.address().equals(pod.address()) && !other.hostInterface().equals(host)) {
        throw new DatapathException(
            pod.address() + " belongs to container " + other.containerId() + "; detach that first");
      }
      if (other.hostInterface().equals(host) && !other.address().equals(pod.address())) {
        throw new DatapathException(
            "container "
                + pod.containerId()
                + " is attached with "
                + other.address()
                + "; detach it before giving it "
                + pod.address());
      }
    }
  }

  @Override
  public void detach(String containerId, String interfaceName) {
    Names.requireContainer(containerId);
    Names.requireInterface(interfaceName);
    String host = Names.hostInterface(containerId, interfaceName);
    lock.lock();
    try {
      programs.requireOpen();
      PodDevices.disconnect(host);
      links.remove(host);
      AttachedPod pod = attached.remove(host);
      if (pod != null) {
        maps.removePod(pod.address());
        if (state != null) {
          applyLocked(state);
        }
      }
    } catch (BpfException e) {
      throw new DatapathException("detaching " + containerId + ": " + e.getMessage(), e);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public List<AttachedPod> attached() {
    lock.lock();
    try {
      return List.copyOf(attached.values());
    } finally {
      lock.unlock();
    }
  }

  @Override
  public int apply(DatapathState desired) {
    lock.lock();
    try {
      state = desired;
      return applyLocked(desired);
    } catch (BpfException e) {
      throw new DatapathException("writing the state: " + e.getMessage(), e);
    } finally {
      lock.unlock();
    }
  }

  private int applyLocked(DatapathState desired) {
    programs.requireOpen();
    int routes = overlay.apply(desired.nodes(), desired.gateways());
    neighbours.apply(Set.copyOf(desired.absent().values()));
    int entries = maps.apply(MapContents.of(desired, attached.values(), options), desired);
    announcer.apply(desired.announced());
    return routes + entries;
  }

  @Override
  public void announce(Set<Ipv4> addresses) {
    lock.lock();
    try {
      announcer.repeat(addresses);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void flows(Consumer<FlowEvent> consumer) {
    lock.lock();
    try {
      if (reader != null) {
        throw new IllegalStateException("flow events have a consumer already");
      }
      reader = new FlowReader(programs.map("events"), consumer);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public DatapathStats stats() {
    lock.lock();
    try {
      return Counters.read(programs.map("stats"));
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() {
    lock.lock();
    try {
      if (reader != null) {
        reader.close();
        reader = null;
      }
      programs.close();
    } finally {
      lock.unlock();
    }
  }
}
