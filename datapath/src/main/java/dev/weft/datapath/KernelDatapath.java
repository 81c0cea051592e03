package dev.weft.datapath;

import dev.weft.datapath.FlowEvent.Reason;
import dev.weft.datapath.bpf.BpfCollection;
import dev.weft.datapath.bpf.BpfException;
import dev.weft.datapath.bpf.BpfMap;
import dev.weft.datapath.bpf.NetNamespace;
import dev.weft.datapath.bpf.TcxLink;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.HashMap;
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
  /** Part of the pins' path: grows when the shape of a pinned map changes. */
  private static final String LAYOUT = "v1";

  private static final int STAT_LOST = 30;
  private static final int STAT_LIMITED = 31;

  private final ReentrantLock lock = new ReentrantLock();
  private final DatapathOptions options;
  private final Overlay overlay;
  private final BpfCollection programs;
  private final Maps maps;
  private final Links links;
  private final PodDevices devices;
  private final Map<String, AttachedPod> attached = new LinkedHashMap<>();
  private @Nullable DatapathState state;
  private @Nullable FlowReader reader;

  private KernelDatapath(DatapathOptions options, Overlay overlay, BpfCollection programs) {
    this.options = options;
    this.overlay = overlay;
    this.programs = programs;
    maps = new Maps(programs);
    links = new Links(pins(options, "links"));
    devices = new PodDevices(options);
  }

  static Datapath open(DatapathOptions options) {
    try {
      requirePinDirectory(options);
      Overlay overlay = Overlay.open(options);
      BpfCollection programs =
          BpfCollection.load(objectFile(), settings(options, overlay), mapPins(options));
      KernelDatapath datapath = new KernelDatapath(options, overlay, programs);
      try {
        datapath.adopt();
        return datapath;
      } catch (BpfException | DatapathException e) {
        datapath.close();
        throw e;
      }
    } catch (IOException | BpfException e) {
      throw new DatapathException("cannot open the data path: " + e.getMessage(), e);
    }
  }

  private static void requirePinDirectory(DatapathOptions options) throws IOException {
    Path root = options.pinPath();
    if (!Files.isDirectory(root) || !PinDirectory.isBpf(root)) {
      throw new DatapathException(
          root
              + " is no BPF file system: mount one there (mount -t bpf weft "
              + root
              + ") from where it outlives this process");
    }
    Files.createDirectories(pins(options, "maps"));
    Files.createDirectories(pins(options, "links"));
  }

  private static Path pins(DatapathOptions options, String kind) {
    return options.pinPath().resolve(LAYOUT).resolve(kind);
  }

  private static Map<String, Path> mapPins(DatapathOptions options) {
    Map<String, Path> pins = new HashMap<>();
    Maps.PINNED.forEach(name -> pins.put(name, pins(options, "maps").resolve(name)));
    return pins;
  }

  private static byte[] objectFile() throws IOException {
    try (InputStream in = KernelDatapath.class.getResourceAsStream("weft.bpf.o")) {
      if (in == null) {
        throw new IOException("weft.bpf.o is missing: it is made by src/main/c/build.sh");
      }
      return in.readAllBytes();
    }
  }

  /** {@code struct settings}. */
  private static byte[] settings(DatapathOptions options, Overlay overlay) {
    ByteBuffer out = ByteBuffer.allocate(20).order(ByteOrder.nativeOrder());
    Codec.putAddress(out, options.nodeAddress());
    Codec.putAddress(out, PodAttachment.GATEWAY);
    out.putInt(overlay.index());
    out.putShort((short) options.ports().outbound());
    out.putShort((short) options.ports().inbound());
    out.putShort((short) options.ports().hbone());
    return out.array();
  }

  /** Takes over devices, map entries and links of an earlier process. */
  private void adopt() {
    Set<String> linked = new HashSet<>(Set.of(Overlay.DEVICE, "uplink"));
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
        Overlay.DEVICE, overlay.index(), programs.program("from_overlay"), TcxLink.Hook.INGRESS);
    links.ensure(
        Overlay.DEVICE, overlay.index(), programs.program("to_overlay"), TcxLink.Hook.EGRESS);
    links.ensure(
        "uplink",
        NetNamespace.device(options.uplink()),
        programs.program("from_device"),
        TcxLink.Hook.INGRESS);
    links.retain(linked);
  }

  /** Programs and map entry of a pod. An entry that is right about the device is left alone. */
  private void guard(AttachedPod pod) {
    links.ensure(
        pod.hostInterface(), pod.index(), programs.program("from_pod"), TcxLink.Hook.INGRESS);
    links.ensure(pod.hostInterface(), pod.index(), programs.program("to_pod"), TcxLink.Hook.EGRESS);
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
      AttachedPod result = devices.connect(pod, this::guard);
      attached.put(result.hostInterface(), result);
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
    int routes = overlay.apply(desired.nodes());
    return routes + maps.apply(MapContents.of(desired, attached.values(), options), desired);
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
      BpfMap stats = programs.map("stats");
      Map<Reason, Long> packets = new EnumMap<>(Reason.class);
      Reason[] reasons = Reason.values();
      for (int number = 0; number < reasons.length; number++) {
        packets.put(reasons[number], total(stats, number));
      }
      return new DatapathStats(packets, total(stats, STAT_LOST), total(stats, STAT_LIMITED));
    } finally {
      lock.unlock();
    }
  }

  private static long total(BpfMap stats, int index) {
    byte[] values = stats.getPerCpu(Codec.NUMBER.toBytes(index));
    long total = 0;
    if (values != null) {
      ByteBuffer in = ByteBuffer.wrap(values).order(ByteOrder.nativeOrder());
      while (in.hasRemaining()) {
        total += in.getLong();
      }
    }
    return total;
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
