package dev.weft.controlplane;

import dev.weft.resources.ResourceParser;
import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows a flat folder of YAML files (inotify). Only files that changed are read again; when the
 * kernel's queue overflows, or the folder itself was replaced, all of them are.
 *
 * <p>A burst of events is awaited until it pauses for {@link Timing#quiet}, at most for {@link
 * Timing#longest}, so that an editor's several writes make one change. A file that has become empty
 * is believed only after {@link Timing#emptied}: most editors empty a file before they write it.
 *
 * <p>Owned by the thread that runs {@link #run}; {@link #close} may be called from any.
 */
final class FolderSource implements Source {
  private static final Logger LOG = LoggerFactory.getLogger(FolderSource.class);

  /** Larger files are refused by the parser anyway; this keeps them out of memory. */
  private static final long MAX_FILE = 64L << 20;

  private final Path folder;
  private final Timing timing;
  private final Consumer<View> consumer;
  private final FolderState state;
  private final WatchService watcher;
  private @Nullable WatchKey registration;
  private Set<String> emptied = new HashSet<>();

  /**
   * How long to wait.
   *
   * @param quiet without an event, and a burst is over
   * @param longest a burst is waited for
   * @param emptied until an empty file is believed
   * @param missing between looks at a folder that is not there
   */
  record Timing(Duration quiet, Duration longest, Duration emptied, Duration missing) {
    static final Timing DEFAULT =
        new Timing(
            Duration.ofMillis(1),
            Duration.ofMillis(20),
            Duration.ofMillis(100),
            Duration.ofMillis(250));
  }

  /**
   * Watches a folder, which need not exist yet.
   *
   * @param consumer gets the first view from {@link #scan}, the others on the watching thread
   * @throws IOException if the kernel gives no inotify instance
   */
  FolderSource(Path folder, ResourceParser parser, Timing timing, Consumer<View> consumer)
      throws IOException {
    this.folder = folder;
    this.timing = timing;
    this.consumer = consumer;
    this.state = new FolderState(parser);
    this.watcher = folder.getFileSystem().newWatchService();
  }

  /** Reads the whole folder once and begins to watch it. */
  @Override
  public void scan() {
    // Watch first, then read: what changes in between is read twice, never missed.
    register();
    publish(listing());
  }

  /** Follows the folder until closed. */
  @Override
  public void run() {
    try {
      while (true) {
        WatchKey key =
            emptied.isEmpty() && registration != null
                ? watcher.take()
                : poll(emptied.isEmpty() ? timing.missing() : timing.emptied());
        try {
          follow(key);
        } catch (ClosedWatchServiceException e) {
          throw e;
        } catch (RuntimeException e) {
          LOG.error("a change of {} could not be taken", folder, e);
        }
      }
    } catch (ClosedWatchServiceException e) {
      LOG.debug("stopped watching {}", folder);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    try {
      watcher.close();
    } catch (IOException e) {
      LOG.warn("cannot stop watching {}: {}", folder, e.toString());
    }
  }

  private void follow(@Nullable WatchKey first) throws InterruptedException {
    Set<String> changed = emptied;
    emptied = new HashSet<>();
    boolean settled = first == null;
    boolean all = registration == null;
    long quietWaits = timing.longest().toNanos() / Math.max(1, timing.quiet().toNanos());
    WatchKey key = first;
    while (key != null) {
      all |= collect(key, changed);
      key = quietWaits-- > 0 ? poll(timing.quiet()) : null;
    }
    if (registration == null) {
      register();
    }
    if (all) {
      changed.addAll(listing());
    }
    if (!changed.isEmpty()) {
      publish(changed, settled);
    }
  }

  /** Whether everything must be read again. */
  private boolean collect(WatchKey key, Set<String> changed) {
    boolean all = false;
    for (WatchEvent<?> event : key.pollEvents()) {
      if (event.kind().equals(StandardWatchEventKinds.OVERFLOW)) {
        all = true;
      } else if (event.context() instanceof Path name && isResource(name)) {
        changed.add(name.toString());
      }
    }
    if (!key.reset()) {
      registration = null;
      return true;
    }
    return all;
  }

  private @Nullable WatchKey poll(Duration wait) throws InterruptedException {
    return watcher.poll(wait.toNanos(), TimeUnit.NANOSECONDS);
  }

  private void register() {
    try {
      registration =
          folder.register(
              watcher,
              StandardWatchEventKinds.ENTRY_CREATE,
              StandardWatchEventKinds.ENTRY_MODIFY,
              StandardWatchEventKinds.ENTRY_DELETE);
    } catch (IOException e) {
      LOG.debug("{} cannot be watched yet: {}", folder, e.toString());
    }
  }

  /** Every file there is, and every one that was. */
  private Set<String> listing() {
    Set<String> files = new HashSet<>(state.files());
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
      for (Path entry : entries) {
        if (isResource(entry.getFileName())) {
          files.add(entry.getFileName().toString());
        }
      }
    } catch (IOException e) {
      LOG.warn("cannot list {}: {}", folder, e.toString());
    }
    return files;
  }

  private static boolean isResource(Path name) {
    String text = name.toString();
    return !text.startsWith(".")
        && (text.endsWith(".yaml") || text.endsWith(".yml") || text.endsWith(".json"));
  }

  private void publish(Set<String> changed) {
    publish(changed, true);
  }

  private void publish(Set<String> changed, boolean settled) {
    Map<String, byte @Nullable []> contents = new HashMap<>();
    for (String file : changed) {
      read(file, settled, contents);
    }
    consumer.accept(state.apply(contents));
  }

  private void read(String file, boolean settled, Map<String, byte @Nullable []> contents) {
    Path path = folder.resolve(file);
    try {
      BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
      if (!attributes.isRegularFile()) {
        // Reading a pipe would wait for somebody who writes into it, and everything with it.
        state.unreadable(file, "is no regular file");
        return;
      }
      if (attributes.size() > MAX_FILE) {
        state.unreadable(file, "is larger than " + (MAX_FILE >> 20) + " MiB; split it");
        return;
      }
      byte[] content = Files.readAllBytes(path);
      if (content.length == 0 && !settled && state.holdsObjects(file)) {
        emptied.add(file);
      } else {
        contents.put(file, content);
      }
    } catch (NoSuchFileException e) {
      contents.put(file, null);
    } catch (IOException e) {
      state.unreadable(file, "cannot be read: " + e.getMessage());
    }
  }
}
