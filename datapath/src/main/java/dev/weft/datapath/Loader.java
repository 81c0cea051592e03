package dev.weft.datapath;

import dev.weft.datapath.bpf.BpfCollection;
import dev.weft.datapath.bpf.NetNamespace;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;

/** Brings the object file into the kernel, with its maps where the last process left them. */
final class Loader {
  /** Part of the pins' path: grows when the shape of a pinned map changes. */
  private static final String LAYOUT = "v2";

  private Loader() {}

  /** Loads the programs; maps that are pinned are adopted, content and all. */
  static BpfCollection load(DatapathOptions options, int overlay) throws IOException {
    return BpfCollection.load(objectFile(), settings(options, overlay), mapPins(options));
  }

  static void requirePinDirectory(DatapathOptions options) throws IOException {
    Path root = options.pinPath();
    Path existing = root;
    while (!Files.exists(existing) && existing.getParent() != null) {
      existing = existing.getParent();
    }
    if (!PinDirectory.isBpf(existing)) {
      throw new DatapathException(
          root
              + " is no BPF file system: mount one there (mount -t bpf weft "
              + root
              + ") from where it outlives this process");
    }
    Files.createDirectories(pins(options, "maps"));
    Files.createDirectories(pins(options, "links"));
  }

  /**
   * Removes what a version with maps of another shape pinned: its programs end, its connections
   * with them.
   */
  static void removeOtherLayouts(DatapathOptions options) throws IOException {
    try (Stream<Path> pins = Files.walk(options.pinPath())) {
      for (Path pin : pins.sorted(Comparator.reverseOrder()).toList()) {
        Path below = options.pinPath().relativize(pin);
        if (below.getName(0).toString().matches("v\\d+") && !below.startsWith(LAYOUT)) {
          Files.delete(pin);
        }
      }
    }
  }

  /** Directory of the pins of a kind. */
  static Path pins(DatapathOptions options, String kind) {
    return options.pinPath().resolve(LAYOUT).resolve(kind);
  }

  private static Map<String, Path> mapPins(DatapathOptions options) {
    Map<String, Path> pins = new HashMap<>();
    Maps.PINNED.forEach(name -> pins.put(name, pins(options, "maps").resolve(name)));
    return pins;
  }

  private static byte[] objectFile() throws IOException {
    try (InputStream in = Loader.class.getResourceAsStream("weft.bpf.o")) {
      if (in == null) {
        throw new IOException("weft.bpf.o is missing: it is made by src/main/c/build.sh");
      }
      return in.readAllBytes();
    }
  }

  /** {@code struct settings}. */
  private static byte[] settings(DatapathOptions options, int overlay) {
    ByteBuffer out = ByteBuffer.allocate(40).order(ByteOrder.nativeOrder());
    Codec.putAddress(out, options.nodeAddress());
    Codec.putAddress(out, PodAttachment.GATEWAY);
    out.putInt(overlay);
    out.putInt(NetNamespace.device(options.uplink()));
    out.putShort((short) options.ports().outbound());
    out.putShort((short) options.ports().inbound());
    out.putShort((short) options.ports().hbone());
    out.putShort((short) 0);
    out.putLong(NetNamespace.cookie());
    out.put(Mac.ofDevice(options.uplink()).toBytes());
    return out.array();
  }
}
