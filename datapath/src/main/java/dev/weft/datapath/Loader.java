package dev.weft.datapath;

import static java.util.Comparator.reverseOrder;

import dev.weft.datapath.bpf.BpfCollection;
import dev.weft.datapath.bpf.BpfException;
import dev.weft.datapath.bpf.NetNamespace;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings the programs into the kernel, with their maps where the last process left them. Programs
 * are pinned under a digest of their object file and settings: a process that finds its own at work
 * does not load them again, which would be a third of a node's start.
 */
final class Loader {
  /** Part of the pins' path: grows when the shape of a pinned map changes. */
  private static final String LAYOUT = "v2";

  private static final String OBJECT_FILE = "weft.bpf.o";
  private static final int SETTINGS_BYTES = 40;

  /** Pinned with its programs: what is in it has the form that they write. */
  private static final String EVENTS = "events";

  private static final Logger LOG = LoggerFactory.getLogger(Loader.class);

  private final DatapathOptions options;
  private final byte[] settings;
  private final Path programs;

  private Loader(DatapathOptions options, byte[] settings, Path programs) {
    this.options = options;
    this.settings = settings;
    this.programs = programs;
  }

  /**
   * The programs of this node.
   *
   * @param overlay index of the VXLAN device
   */
  static Loader of(DatapathOptions options, int overlay) throws IOException {
    byte[] settings = settings(options, overlay);
    return new Loader(options, settings, pins(options, "programs").resolve(digest(settings)));
  }

  /** The programs at work, or those of the object file; maps are adopted, content and all. */
  BpfCollection open() throws IOException {
    Map<String, Path> maps = mapPins(programs);
    return maps.values().stream().allMatch(Files::exists)
        ? BpfCollection.pinned(programs, maps)
        : load();
  }

  /** Pins are moved to their place once all are made, so that what is there is whole. */
  private BpfCollection load() throws IOException {
    Path unfinished = programs.resolveSibling("unfinished");
    remove(unfinished);
    remove(programs);
    Files.createDirectories(unfinished);
    BpfCollection loaded = BpfCollection.load(resource(OBJECT_FILE), settings, mapPins(unfinished));
    try {
      loaded.pin(unfinished);
      Files.move(unfinished, programs, StandardCopyOption.ATOMIC_MOVE);
      return loaded;
    } catch (IOException | BpfException e) {
      loaded.close();
      throw e;
    }
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
    for (String kind : List.of("maps", "links", "programs")) {
      Files.createDirectories(pins(options, kind));
    }
  }

  /**
   * Removes what other versions pinned and nothing uses any more: their programs, and with maps of
   * another shape also their connections. What cannot be removed is left to the next start.
   */
  void removeOthers() {
    try {
      removePrograms();
      removeLayouts();
    } catch (IOException | UncheckedIOException e) {
      LOG.warn("pins of another version cannot be removed: {}", e.toString());
    }
  }

  private void removePrograms() throws IOException {
    try (Stream<Path> known = Files.list(programs.resolveSibling(""))) {
      for (Path other : known.filter(each -> !each.equals(programs)).toList()) {
        remove(other);
      }
    }
  }

  private void removeLayouts() throws IOException {
    try (Stream<Path> layouts = Files.list(options.pinPath())) {
      for (Path layout : layouts.toList()) {
        String name = layout.getFileName().toString();
        if (name.matches("v\\d+") && !name.equals(LAYOUT)) {
          remove(layout);
        }
      }
    }
  }

  /** What {@link #open} looks for goes first: a removal that is cut off leaves nothing whole. */
  private static void remove(Path directory) throws IOException {
    if (Files.exists(directory)) {
      Comparator<Path> eventsFirst = Comparator.comparing(pin -> !pin.endsWith(EVENTS));
      try (Stream<Path> pins = Files.walk(directory)) {
        for (Path pin : pins.sorted(eventsFirst.thenComparing(reverseOrder())).toList()) {
          Files.delete(pin);
        }
      }
    }
  }

  /** Directory of the pins of a kind. */
  static Path pins(DatapathOptions options, String kind) {
    return options.pinPath().resolve(LAYOUT).resolve(kind);
  }

  private Map<String, Path> mapPins(Path programs) {
    Map<String, Path> pins = new HashMap<>();
    Maps.PINNED.forEach(name -> pins.put(name, pins(options, "maps").resolve(name)));
    pins.put(EVENTS, programs.resolve(EVENTS));
    return pins;
  }

  /** Digests the digest that the build made, which spares reading the file itself. */
  private static String digest(byte[] settings) throws IOException {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(resource(OBJECT_FILE + ".sha256"));
      return HexFormat.of().formatHex(digest.digest(settings));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  private static byte[] resource(String name) throws IOException {
    try (InputStream in = Loader.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IOException(name + " is missing: it is made by src/main/c/build.sh");
      }
      return in.readAllBytes();
    }
  }

  /** {@code struct settings}. */
  private static byte[] settings(DatapathOptions options, int overlay) {
    ByteBuffer out = ByteBuffer.allocate(SETTINGS_BYTES).order(ByteOrder.nativeOrder());
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
