package dev.weft.datapath;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * The BPF file system that holds pins.
 *
 * <p>{@code ip netns exec} gives its command a private /sys, so a mount on /sys/fs/bpf ends with
 * the command, and the pins with it. Whoever starts node processes that way mounts a BPF file
 * system elsewhere, before, and unmounts it when the node is gone for good.
 */
public final class PinDirectory {
  private PinDirectory() {}

  /**
   * Makes the directory and mounts a BPF file system on it, unless there is one already.
   *
   * @throws DatapathException when that fails; it needs CAP_SYS_ADMIN
   */
  public static void mount(Path directory) {
    try {
      Files.createDirectories(directory);
      if (!isBpf(directory)) {
        run("mount", "-t", "bpf", "weft", directory.toString());
      }
    } catch (IOException e) {
      throw new DatapathException("cannot mount a BPF file system on " + directory, e);
    }
  }

  /**
   * Unmounts what {@link #mount} mounted; every pin in it is gone then, and what nothing else
   * holds. Nothing happens when there is no BPF file system.
   *
   * @throws DatapathException when the kernel refuses
   */
  public static void unmount(Path directory) {
    try {
      if (Files.isDirectory(directory) && isBpf(directory)) {
        run("umount", directory.toString());
      }
    } catch (IOException e) {
      throw new DatapathException("cannot unmount " + directory, e);
    }
  }

  static boolean isBpf(Path directory) throws IOException {
    return Files.getFileStore(directory).type().equals("bpf");
  }

  private static void run(String... command) throws IOException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      if (!process.waitFor(10, TimeUnit.SECONDS) || process.exitValue() != 0) {
        process.destroyForcibly();
        throw new DatapathException(String.join(" ", command) + ": " + output.strip());
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
      throw new DatapathException("interrupted in " + String.join(" ", command), e);
    }
  }
}
