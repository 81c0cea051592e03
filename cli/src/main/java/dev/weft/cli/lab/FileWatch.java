package dev.weft.cli.lab;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** Waits for files that another program writes, whole and under their final names. */
public final class FileWatch {
  /** How often to ask whether there is still somebody who would write them. */
  private static final long LOOK_MS = 200;

  private FileWatch() {}

  /**
   * Returns once all files are there.
   *
   * @param files in folders that exist
   * @param hope false when nobody will write them any more
   * @return whether they are there
   * @throws LabException if a folder cannot be watched
   */
  public static boolean await(List<Path> files, Duration patience, BooleanSupplier hope)
      throws InterruptedException {
    long deadline = LabClock.nanoTime() + patience.toNanos();
    try (WatchService service = FileSystems.getDefault().newWatchService()) {
      for (Path folder : files.stream().map(Path::getParent).distinct().toList()) {
        folder.register(service, StandardWatchEventKinds.ENTRY_CREATE);
      }
      // Only now: what was there before the watch makes no event.
      while (!files.stream().allMatch(Files::exists)) {
        if (LabClock.nanoTime() - deadline > 0 || !hope.getAsBoolean()) {
          return false;
        }
        WatchKey changed = service.poll(LOOK_MS, TimeUnit.MILLISECONDS);
        if (changed != null) {
          changed.pollEvents();
          changed.reset();
        }
      }
      return true;
    } catch (IOException e) {
      throw new LabException("cannot watch for " + files, e);
    }
  }
}
