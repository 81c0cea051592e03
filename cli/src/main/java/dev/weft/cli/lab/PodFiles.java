package dev.weft.cli.lab;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The files that {@code ip netns exec} mounts over those in /etc for the programs of one pod
 * (ip-netns(8)). Thread-safe.
 *
 * <p>The mount holds the file itself, not its name, so it is rewritten in place: longer text first,
 * then cut.
 */
final class PodFiles {
  /**
   * Nothing answers there, at once: a name that is no Service fails fast instead of leaving the
   * lab.
   */
  private static final String RESOLV =
      "nameserver 127.0.0.1\nsearch svc.cluster.local cluster.local\noptions timeout:1 attempts:1\n";

  private final Path folder;
  private final ReentrantLock lock = new ReentrantLock();
  private String hosts = "";
  private boolean written;

  PodFiles(String namespace) {
    this.folder = Path.of("/etc/netns", namespace);
  }

  /** Sets the text of the hosts file, now or as soon as there is one. */
  void hosts(String text) {
    lock.lock();
    try {
      if (!text.equals(hosts)) {
        hosts = text;
        if (written) {
          overwrite(folder.resolve("hosts"), text);
        }
      }
    } catch (IOException e) {
      throw new LabException("cannot write the hosts file in " + folder, e);
    } finally {
      lock.unlock();
    }
  }

  /** Creates the files. */
  void write() {
    lock.lock();
    try {
      Files.createDirectories(folder);
      Files.writeString(folder.resolve("resolv.conf"), RESOLV);
      overwrite(folder.resolve("hosts"), hosts);
      written = true;
    } catch (IOException e) {
      throw new LabException("cannot write " + folder, e);
    } finally {
      lock.unlock();
    }
  }

  private static void overwrite(Path file, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    try (RandomAccessFile target = new RandomAccessFile(file.toFile(), "rw")) {
      target.write(bytes);
      target.setLength(bytes.length);
    }
  }

  void delete() {
    lock.lock();
    try {
      written = false;
      Files.deleteIfExists(folder.resolve("resolv.conf"));
      Files.deleteIfExists(folder.resolve("hosts"));
      Files.deleteIfExists(folder);
    } catch (IOException e) {
      throw new LabException("cannot remove " + folder, e);
    } finally {
      lock.unlock();
    }
  }
}
