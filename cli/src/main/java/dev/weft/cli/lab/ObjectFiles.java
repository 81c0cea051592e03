package dev.weft.cli.lab;

import dev.weft.resources.KubeObject;
import dev.weft.resources.ObjectRef;
import dev.weft.resources.ResourceWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Locale;

/** One object a file, replaced whole, so that a reader never sees half an object. */
final class ObjectFiles {
  private final Path folder;
  private final Path drafts;

  /**
   * @param drafts where files are written before they are renamed into place; on the same file
   *     system
   */
  ObjectFiles(Path folder, Path drafts) {
    this.folder = folder;
    this.drafts = drafts;
  }

  /**
   * {@code <kind>.<namespace>.<name>.yaml}; nothing between the dots for objects without namespace.
   */
  static String name(ObjectRef ref) {
    return ref.kind().kind().toLowerCase(Locale.ROOT)
        + "."
        + ref.namespace()
        + "."
        + ref.name()
        + ".yaml";
  }

  void write(KubeObject object) {
    String name = name(object.ref());
    try {
      Path draft = drafts.resolve(name);
      Files.writeString(draft, ResourceWriter.toYaml(object));
      Files.move(draft, folder.resolve(name), StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new LabException("cannot write " + folder.resolve(name) + ": " + e.getMessage(), e);
    }
  }

  void delete(ObjectRef ref) {
    try {
      Files.deleteIfExists(folder.resolve(name(ref)));
    } catch (IOException e) {
      throw new LabException("cannot remove " + folder.resolve(name(ref)), e);
    }
  }
}
