package dev.weft.cli.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Stream;

/** Says what a lab cannot do without, before it makes anything. */
final class Preconditions {
  private Preconditions() {}

  /**
   * Checks the machine.
   *
   * @throws LabException that says what to do
   */
  static void check(LabPaths paths) {
    if (!"root".equals(System.getProperty("user.name"))) {
      throw new LabException(
          "a lab makes network namespaces and loads eBPF programs: run it as root");
    }
    for (String program : List.of("ip", "mount", "umount")) {
      if (!isOnPath(program)) {
        throw new LabException(
            "there is no '"
                + program
                + "' on this machine; install the package "
                + (program.equals("ip") ? "iproute2" : "mount"));
      }
    }
    OptionalLong running = Teardown.running(paths);
    if (running.isPresent() && running.getAsLong() != ProcessHandle.current().pid()) {
      throw new LabException(
          "a lab runs here already (process "
              + running.getAsLong()
              + "); end it with 'weft lab down', or look at it with 'weft lab status'");
    }
    if (Files.exists(paths.run()) && !Files.exists(paths.pid()) && !isEmpty(paths.run())) {
      throw new LabException(
          paths.run() + " has files that no lab made; give an empty folder with --run");
    }
  }

  private static boolean isOnPath(String program) {
    String path = System.getenv("PATH");
    return path != null
        && Stream.of(path.split(":", -1))
            .anyMatch(dir -> Files.isExecutable(Path.of(dir, program)));
  }

  private static boolean isEmpty(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      return files.findAny().isEmpty();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + folder, e);
    }
  }
}
