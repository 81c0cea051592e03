package dev.weft.cni;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts the plugin and its configuration where a container runtime looks for them. The runtime takes
 * the network for ready as soon as a configuration is there, so {@link #configure} comes last: when
 * pods can be attached. Any thread.
 *
 * @param plugins directory of CNI plugins, for example {@code /opt/cni/bin}
 * @param configurations directory of network configurations, for example {@code /etc/cni/net.d}
 * @param socket where the plugin finds the node process, as the runtime sees the file system
 * @param exclusive other configurations are put aside, so that no pod gets another network
 */
public record CniInstallation(Path plugins, Path configurations, Path socket, boolean exclusive) {
  private static final Logger log = LoggerFactory.getLogger(CniInstallation.class);

  private static final String PLUGIN = "weft-cni";

  /** Runtimes take the first configuration by name. */
  private static final String CONFIGURATION = "05-weft.conflist";

  /** What runtimes take for configurations; a file put aside gets none of these endings. */
  private static final String CONFIGURATIONS = "*.{conf,conflist,json}";

  private static final String ASIDE = ".weft-aside";

  /**
   * Copies the plugin, which replaces an older one in one step: a runtime that starts it meanwhile
   * gets one or the other.
   */
  public void install() {
    try {
      byte[] plugin = plugin();
      Path file = plugins.resolve(PLUGIN);
      Files.createDirectories(plugins);
      if (!Files.exists(file) || !Arrays.equals(Files.readAllBytes(file), plugin)) {
        replace(file, plugin, "rwxr-xr-x");
        log.info("installed {}", file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot install the CNI plugin in " + plugins, e);
    }
  }

  /** Tells the runtime to use the plugin from now on. */
  public void configure() {
    try {
      Files.createDirectories(configurations);
      Path file = configurations.resolve(CONFIGURATION);
      byte[] wanted = configuration().getBytes(StandardCharsets.UTF_8);
      if (!Files.exists(file) || !Arrays.equals(Files.readAllBytes(file), wanted)) {
        replace(file, wanted, "rw-r--r--");
        log.info("wrote {}: pods of this node get their network from Weft", file);
      }
      if (exclusive) {
        putOthersAside();
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot configure CNI in " + configurations, e);
    }
  }

  private void putOthersAside() throws IOException {
    List<Path> others = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(configurations, CONFIGURATIONS)) {
      files.forEach(others::add);
    }
    for (Path other : others) {
      if (!other.getFileName().toString().equals(CONFIGURATION)) {
        Path aside = other.resolveSibling(other.getFileName() + ASIDE);
        Files.move(other, aside, StandardCopyOption.REPLACE_EXISTING);
        log.warn("put another network's configuration aside as {}", aside);
      }
    }
  }

  /** The socket's path was checked: it needs no quoting. */
  private String configuration() {
    return """
        {
          "cniVersion": "1.1.0",
          "name": "weft",
          "plugins": [{"type": "%s", "socket": "%s"}]
        }
        """
        .formatted(PLUGIN, socket);
  }

  /** A socket's path is at most 107 bytes long (unix(7)), and is written into JSON as it is. */
  public CniInstallation {
    if (!socket.toString().matches("/[A-Za-z0-9_./-]{1,106}")) {
      throw new IllegalArgumentException(
          "socket: an absolute path of up to 107 plain characters, not \"" + socket + "\"");
    }
  }

  static byte[] plugin() throws IOException {
    try (InputStream in = CniInstallation.class.getResourceAsStream(PLUGIN)) {
      if (in == null) {
        throw new IOException(PLUGIN + " is missing: it is made by cni/src/main/c/build.sh");
      }
      return in.readAllBytes();
    }
  }

  private static void replace(Path file, byte[] content, String permissions) throws IOException {
    // Runtimes skip files whose names begin with a dot or end otherwise.
    Path fresh = file.resolveSibling("." + file.getFileName() + ".new");
    Files.write(fresh, content);
    Files.setPosixFilePermissions(fresh, PosixFilePermissions.fromString(permissions));
    Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }
}
