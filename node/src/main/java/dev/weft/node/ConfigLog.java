package dev.weft.node;

import dev.weft.api.v1.Resource;
import dev.weft.api.v1.Update;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The node's last good configuration on disk: a file of {@link Update}s, appended to by each change
 * and rewritten when it has grown to several times what is live, so that a change costs what the
 * change is worth. Readable by its owner only: it holds the private keys of Gateways. Confined to
 * the config thread.
 */
final class ConfigLog implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ConfigLog.class);

  /** Rewritten when the file has this many times the bytes it had when last rewritten. */
  private static final int GROWTH = 4;

  /** A file below this size is never worth rewriting. */
  private static final long SMALL = 1 << 20;

  private final Path file;
  private FileChannel channel;
  private long compactSize;

  private ConfigLog(Path file, FileChannel channel) throws IOException {
    this.file = file;
    this.channel = channel;
    this.compactSize = Math.max(SMALL, channel.size());
  }

  /** What was read back, and the log to go on with. */
  record Opened(ConfigLog log, Collection<Resource> resources) {}

  /**
   * Reads the file as far as it is whole and opens it for appending. A damaged tail, as a crash
   * leaves one, is cut off; the control plane sends again what it held.
   */
  static Opened open(Path file) {
    try {
      Map<String, Resource> live = new LinkedHashMap<>();
      boolean whole = !Files.exists(file) || read(file, live);
      ConfigLog opened = new ConfigLog(file, openForAppend(file));
      if (!whole) {
        log.warn(
            "{} ended in the middle of a record; kept {} resources before it", file, live.size());
        opened.rewrite(live.values());
      }
      return new Opened(opened, live.values());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the last configuration at " + file, e);
    }
  }

  private static boolean read(Path file, Map<String, Resource> live) throws IOException {
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
      while (true) {
        Update update = Update.parseDelimitedFrom(in);
        if (update == null) {
          return true;
        }
        update.getUpsertedList().forEach(r -> live.put(r.getName(), r));
        update.getRemovedList().forEach(live::remove);
      }
    } catch (com.google.protobuf.InvalidProtocolBufferException e) {
      log.debug("damaged record in {}", file, e);
      return false;
    }
  }

  private static FileChannel openForAppend(Path file) throws IOException {
    return FileChannel.open(
        file,
        java.util.Set.of(StandardOpenOption.CREATE, StandardOpenOption.APPEND),
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
  }

  /**
   * Appends a change, and rewrites the file when it has grown too long.
   *
   * @param live everything that holds after the change; asked for only when needed
   */
  void append(Update update, Supplier<? extends Collection<Resource>> live) {
    try {
      OutputStream out = Channels.newOutputStream(channel);
      update.toBuilder().clearNonce().clearComplete().build().writeDelimitedTo(out);
      if (channel.size() > compactSize * GROWTH) {
        rewrite(live.get());
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot save the configuration at " + file, e);
    }
  }

  private void rewrite(Collection<Resource> live) throws IOException {
    Path fresh = file.resolveSibling(file.getFileName() + ".new");
    Files.deleteIfExists(fresh);
    try (FileChannel out = openForAppend(fresh)) {
      Update.newBuilder()
          .addAllUpserted(live)
          .build()
          .writeDelimitedTo(Channels.newOutputStream(out));
      out.force(true);
    }
    Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    channel.close();
    channel = openForAppend(file);
    compactSize = Math.max(SMALL, channel.size());
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot close " + file, e);
    }
  }
}
