package dev.weft.controlplane;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;

/** Files that are written whole or not at all. */
final class AtomicFiles {
  /** Names that readers of a folder skip, because a file of that name is not finished. */
  private static final String UNFINISHED = ".";

  private AtomicFiles() {}

  /** Replaces a file's content; readers see the old or the new, never a part. */
  static void write(Path file, String text) throws IOException {
    write(file, text, "rw-r--r--", StandardOpenOption.WRITE);
  }

  /** The same, and a crash of the machine does not lose it. */
  static void writeDurably(Path file, String text) throws IOException {
    write(file, text, "rw-r--r--", StandardOpenOption.DSYNC);
  }

  /** The same for a secret: only the owner may read it, from the first byte on. */
  static void writeSecret(Path file, String text) throws IOException {
    write(file, text, "rw-------", StandardOpenOption.DSYNC);
  }

  private static void write(Path file, String text, String mode, OpenOption how)
      throws IOException {
    Path temporary = file.resolveSibling(UNFINISHED + file.getFileName() + ".new");
    Files.deleteIfExists(temporary);
    FileAttribute<?> permissions =
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(mode));
    Files.createFile(temporary, permissions);
    Files.write(temporary, text.getBytes(StandardCharsets.UTF_8), StandardOpenOption.WRITE, how);
    Files.move(
        temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    if (how == StandardOpenOption.DSYNC) {
      // The name is the folder's content: without this a crash brings the old file back.
      try (FileChannel folder = FileChannel.open(file.toAbsolutePath().getParent())) {
        folder.force(true);
      }
    }
  }
}
