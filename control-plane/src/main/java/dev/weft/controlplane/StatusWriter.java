package dev.weft.controlplane;

import dev.weft.resources.Kind;
import dev.weft.resources.ObjectRef;
import dev.weft.resources.ObjectStatus;
import dev.weft.resources.ResourceWriter;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes statuses, one file an object ({@code <kind>.<namespace>.<name>.yaml}), only those that
 * changed. A condition keeps its transition time until its status changes, also over a restart.
 *
 * <p>{@link #update} may be called from any thread and never waits for the disk; of several
 * statuses of an object that come faster than files can be written the last counts. Writing belongs
 * to the executor's one thread.
 */
final class StatusWriter implements StatusSink {
  private static final Logger LOG = LoggerFactory.getLogger(StatusWriter.class);

  private final Path folder;
  private final InstantSource clock;
  private final Executor thread;

  /** What has not been written yet. Guarded by itself. */
  private final Map<ObjectRef, @Nullable ObjectStatus> due = new LinkedHashMap<>();

  private final AtomicBoolean scheduled = new AtomicBoolean();

  /** What the files say, with and without times. Confined to the executor's thread. */
  private final Map<ObjectRef, Written> written = new HashMap<>();

  /** Files of an earlier run that no object has claimed yet. Confined to the executor's thread. */
  private final Set<String> strangers = new HashSet<>();

  /**
   * A status on disk.
   *
   * @param plain as it came, to notice that nothing changed
   * @param stamped with times
   */
  private record Written(ObjectStatus plain, ObjectStatus stamped) {}

  /**
   * A writer.
   *
   * @param thread one thread
   */
  StatusWriter(Path folder, InstantSource clock, Executor thread) {
    this.folder = folder;
    this.clock = clock;
    this.thread = thread;
  }

  /** Finds the files of an earlier run. Call it first. */
  void open() throws IOException {
    Files.createDirectories(folder);
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*.yaml")) {
      for (Path file : files) {
        strangers.add(file.getFileName().toString());
      }
    }
  }

  @Override
  public void update(Map<ObjectRef, @Nullable ObjectStatus> changes) {
    synchronized (due) {
      due.putAll(changes);
    }
    if (scheduled.compareAndSet(false, true)) {
      thread.execute(this::writeDue);
    }
  }

  private void writeDue() {
    scheduled.set(false);
    Map<ObjectRef, @Nullable ObjectStatus> now;
    synchronized (due) {
      now = new LinkedHashMap<>(due);
      due.clear();
    }
    for (Map.Entry<ObjectRef, @Nullable ObjectStatus> entry : now.entrySet()) {
      if (Thread.currentThread().isInterrupted()) {
        return; // the process stops; the next one compares with the files that are there
      }
      ObjectStatus status = entry.getValue();
      if (status != null) {
        write(entry.getKey(), status);
      } else if (written.remove(entry.getKey()) != null) {
        delete(folder.resolve(fileName(entry.getKey())));
      }
    }
    strangers.forEach(name -> delete(folder.resolve(name)));
    strangers.clear();
  }

  private void write(ObjectRef ref, ObjectStatus status) {
    Path file = folder.resolve(fileName(ref));
    Written before = written.get(ref);
    if (before != null && before.plain().equals(status)) {
      return;
    }
    try {
      ObjectStatus old = before != null ? before.stamped() : readBack(ref, file);
      ObjectStatus stamped = status.stamped(old, clock.instant());
      if (!stamped.equals(old)) {
        AtomicFiles.write(file, ResourceWriter.toYaml(ref, stamped));
      }
      written.put(ref, new Written(status, stamped));
    } catch (IOException e) {
      LOG.error(
          "cannot write the status of {}, next try with the next change: {}", ref, e.toString());
      synchronized (due) {
        due.putIfAbsent(ref, status);
      }
    }
  }

  private @Nullable ObjectStatus readBack(ObjectRef ref, Path file) throws IOException {
    return strangers.remove(fileName(ref))
        ? ObjectStatus.read(ref.kind(), Files.readString(file))
        : null;
  }

  private static void delete(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      LOG.error("cannot remove {}: {}", file, e.toString());
    }
  }

  /** For example "httproute.shop.checkout.yaml"; cluster-wide objects have an empty namespace. */
  static String fileName(ObjectRef ref) {
    Kind kind = ref.kind();
    return kind.kind().toLowerCase(Locale.ROOT)
        + "."
        + ref.namespace()
        + "."
        + ref.name()
        + ".yaml";
  }
}
