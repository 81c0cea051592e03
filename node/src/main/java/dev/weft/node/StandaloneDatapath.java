package dev.weft.node;

import dev.weft.datapath.Datapath;
import dev.weft.datapath.DatapathOptions;
import dev.weft.datapath.DatapathOptions.ProxyPorts;
import dev.weft.datapath.DatapathState;
import dev.weft.datapath.DatapathState.LocalPod;
import dev.weft.datapath.DatapathState.Mesh;
import dev.weft.datapath.Ipv4;
import dev.weft.datapath.PinDirectory;
import dev.weft.datapath.PodAttachment;
import dev.weft.datapath.Prefix;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A node's programs with a few pods, without proxy and control plane. For benchmarks. Start it in a
 * network namespace of its own; closing it and deleting that namespace leaves nothing behind.
 */
public final class StandaloneDatapath implements AutoCloseable {
  /** First of the identities that stand for label sets. */
  private static final int FIRST_IDENTITY = 256;

  private final Datapath datapath;
  private final Path bpf;

  private StandaloneDatapath(Datapath datapath, Path bpf) {
    this.datapath = datapath;
    this.bpf = bpf;
  }

  /**
   * Attaches the pods.
   *
   * @param bpf where a BPF file system is mounted until {@link #close}
   * @param uplink device of the underlay, with this address
   * @param pods address of each pod by the path of its network namespace
   */
  public static StandaloneDatapath start(
      Path bpf, String uplink, Ipv4 address, Map<Path, Ipv4> pods) {
    PinDirectory.mount(bpf);
    Ipv4 any = pods.values().iterator().next();
    Datapath datapath =
        Datapath.open(
            new DatapathOptions(
                bpf.resolve("weft"),
                uplink,
                address,
                new Prefix(any, 24),
                1450,
                ProxyPorts.DEFAULT,
                Optional.empty()));
    Map<Ipv4, LocalPod> local = new HashMap<>();
    pods.forEach(
        (netns, pod) -> {
          datapath.attach(new PodAttachment("bench-" + pod.bits(), netns, "eth0", pod));
          local.put(pod, new LocalPod(FIRST_IDENTITY + local.size(), Mesh.PERMISSIVE, Set.of()));
        });
    datapath.apply(new DatapathState(local, Map.of(), Set.of(), Map.of(), Set.of(), Map.of()));
    return new StandaloneDatapath(datapath, bpf);
  }

  @Override
  public void close() {
    datapath.close();
    PinDirectory.unmount(bpf);
  }
}
