package dev.weft.cli.lab;

import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.concurrent.TimeUnit;

/** Says when something in a folder changed (inotify), once a burst. Owns one daemon thread. */
final class FolderWatch implements AutoCloseable {
  /** An editor writes a file in a few system calls; this long without an event it has finished. */
  private static final long QUIET_MS = 3;

  private final WatchService service;

  private FolderWatch(WatchService service) {
    this.service = service;
  }

  /** Begins to watch; the callback comes on the watch's own thread. */
  static FolderWatch start(Path folder, Runnable changed) {
    try {
      WatchService service = FileSystems.getDefault().newWatchService();
      folder.register(
          service,
          StandardWatchEventKinds.ENTRY_CREATE,
          StandardWatchEventKinds.ENTRY_MODIFY,
          StandardWatchEventKinds.ENTRY_DELETE);
      FolderWatch watch = new FolderWatch(service);
      Thread thread = new Thread(() -> watch.run(changed), "watch-manifests");
      thread.setDaemon(true);
      thread.start();
      return watch;
    } catch (IOException e) {
      throw new LabException("cannot watch " + folder + ": " + e.getMessage(), e);
    }
  }

  private void run(Runnable changed) {
    try {
      while (true) {
        drain(service.take());
        WatchKey next;
        while ((next = service.poll(QUIET_MS, TimeUnit.MILLISECONDS)) != null) {
          drain(next);
        }
        changed.run();
      }
    } catch (ClosedWatchServiceException e) {
      // Closed on purpose: nothing is left to say.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void drain(WatchKey key) {
    key.pollEvents();
    key.reset();
  }

  @Override
  public void close() {
    try {
      service.close();
    } catch (IOException e) {
      throw new LabException("cannot end the watch", e);
    }
  }
}
