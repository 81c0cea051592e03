package dev.weft.datapath;

import dev.weft.datapath.bpf.BpfLink;
import dev.weft.datapath.bpf.BpfProgram;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** Pinned links: one file a link, named after device and program. */
final class Links {
  private final Path directory;

  Links(Path directory) {
    this.directory = directory;
  }

  /**
   * Attaches a program, or swaps it into the link of an earlier process.
   *
   * @param name of the device; part of the pin's name
   */
  void ensure(String name, int device, BpfProgram program, BpfLink.Hook hook) {
    // The BPF file system allows no dots.
    Path pin = directory.resolve(name.replace('.', '_') + "-" + program.name());
    try (BpfLink pinned = BpfLink.pinned(pin)) {
      if (pinned != null && pinned.device() == device) {
        pinned.update(program);
        return;
      }
      // The device it was for is gone; the pin of a dead link is all that is left of it.
      Files.deleteIfExists(pin);
    } catch (IOException e) {
      throw new DatapathException("cannot remove the pin " + pin, e);
    }
    try (BpfLink link = BpfLink.attach(program, device, hook)) {
      link.pin(pin);
    }
  }

  /** Attaches a program to a cgroup, or swaps it into the link of an earlier process. */
  void ensure(String name, Path cgroup, BpfProgram program, BpfLink.Hook hook) {
    Path pin = directory.resolve(name + "-" + program.name());
    try (BpfLink pinned = BpfLink.pinned(pin)) {
      if (pinned != null) {
        pinned.update(program);
        return;
      }
    }
    try (BpfLink link = BpfLink.attach(program, cgroup, hook)) {
      link.pin(pin);
    }
  }

  /** Removes the pins of a device. */
  void remove(String name) {
    remove(pin -> pin.startsWith(name.replace('.', '_') + "-"));
  }

  /** Removes the pins of all devices but these. */
  void retain(Set<String> names) {
    remove(pin -> names.stream().noneMatch(name -> pin.startsWith(name.replace('.', '_') + "-")));
  }

  private void remove(Predicate<String> condition) {
    List<Path> pins;
    try (Stream<Path> files = Files.list(directory)) {
      pins = files.filter(pin -> condition.test(pin.getFileName().toString())).toList();
      for (Path pin : pins) {
        Files.deleteIfExists(pin);
      }
    } catch (IOException e) {
      throw new DatapathException("cannot remove pins in " + directory, e);
    }
  }
}
