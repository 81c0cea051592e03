package dev.weft.cli.train;

import dev.weft.cli.lab.FileWatch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;

/**
 * A folder in which processes that train at the same time tell each other their ports. Any thread.
 *
 * @param folder the same for all
 */
public record Meeting(Path folder) {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** What is told, in the order in which it happens. */
  public enum Event {
    /** The manifests are there; where telemetry is received. */
    MANIFESTS,
    /** The backend of the node's proxy. */
    ECHO,
    /** Where the control plane serves nodes. */
    CONTROL_PLANE,
    /** The node's proxy in front of the backend. */
    PROXY,
    /** Requests have gone through the proxy; no port. */
    LOADED,
    /** The node has ended; no port. */
    DONE
  }

  /** Begins in a folder that is made if need be. */
  public static Meeting in(Path folder) throws IOException {
    return new Meeting(Files.createDirectories(folder));
  }

  /** What the control plane translates. */
  public Path manifests() {
    return folder.resolve("manifests");
  }

  /** The control plane's own folder. */
  public Path run() {
    return folder.resolve("run");
  }

  /** Tells the others, once. */
  public void tell(Event event, int port) throws IOException {
    Path draft = folder.resolve(event + ".new");
    Files.writeString(draft, Integer.toString(port));
    Files.move(draft, file(event), StandardCopyOption.ATOMIC_MOVE);
  }

  /**
   * Waits for another one.
   *
   * @return the port it told
   * @throws IOException if it does not tell within a minute
   */
  public int await(Event event) throws IOException, InterruptedException {
    if (!FileWatch.await(List.of(file(event)), PATIENCE, () -> true)) {
      throw new IOException("waited in vain for " + event);
    }
    return Integer.parseInt(Files.readString(file(event)));
  }

  private Path file(Event event) {
    return folder.resolve(event.name());
  }
}
