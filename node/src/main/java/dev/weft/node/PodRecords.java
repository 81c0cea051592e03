package dev.weft.node;

import dev.weft.api.v1.AttachedPod;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The attached pods on disk, a file each, so that a new node process knows them. Confined to the
 * attach thread.
 */
final class PodRecords {
  /** Container ids become file names: nothing that could leave the directory. */
  private static final Pattern SAFE = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.-]{0,127}");

  private final Path directory;

  PodRecords(Path directory) {
    this.directory = directory;
    try {
      Files.createDirectories(directory);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot create " + directory, e);
    }
  }

  /** Every pod on record, in no order. */
  List<AttachedPod> load() {
    List<AttachedPod> pods = new ArrayList<>();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*.pod")) {
      for (Path file : files) {
        pods.add(AttachedPod.parseFrom(Files.readAllBytes(file)));
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the pod records in " + directory, e);
    }
    return pods;
  }

  void save(AttachedPod pod) {
    Path file = file(pod.getAdd().getContainerId());
    Path fresh = file.resolveSibling(file.getFileName() + ".new");
    try {
      Files.write(fresh, pod.toByteArray());
      Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file, e);
    }
  }

  void delete(String containerId) {
    Path file = file(containerId);
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot delete " + file, e);
    }
  }

  private Path file(String containerId) {
    if (!SAFE.matcher(containerId).matches()) {
      throw new AttachException(
          AttachException.INVALID, "container id is no plain name of up to 128 characters");
    }
    return directory.resolve(containerId + ".pod");
  }
}
