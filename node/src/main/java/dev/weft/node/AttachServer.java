package dev.weft.node;

import dev.weft.api.v1.AttachAnswer;
import dev.weft.api.v1.AttachRequest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The unix socket on which a container runtime's plugin asks for pods to be attached. One request
 * and one answer a connection, each connection on a virtual thread of its own; the handler decides
 * how requests follow each other. Only root can connect.
 */
final class AttachServer implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(AttachServer.class);

  /** A kubelet starts a few pods at once; more waiting callers than this are somebody's mistake. */
  private static final int MAX_CONNECTIONS = 128;

  private static final int PATIENCE_SECONDS = 30;

  private final ServerSocketChannel server;
  private final Path path;
  private final Function<AttachRequest, AttachAnswer> handler;
  private final ScheduledExecutorService timer;
  private final Semaphore connections = new Semaphore(MAX_CONNECTIONS);

  private AttachServer(
      ServerSocketChannel server,
      Path path,
      Function<AttachRequest, AttachAnswer> handler,
      ScheduledExecutorService timer) {
    this.server = server;
    this.path = path;
    this.handler = handler;
    this.timer = timer;
  }

  /**
   * Binds the socket, replacing one that an earlier process left, and begins to accept.
   *
   * @param timer closes connections whose request does not arrive in time
   */
  static AttachServer start(
      Path path, Function<AttachRequest, AttachAnswer> handler, ScheduledExecutorService timer) {
    try {
      Files.deleteIfExists(path);
      ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
      server.bind(UnixDomainSocketAddress.of(path));
      Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-------"));
      AttachServer started = new AttachServer(server, path, handler, timer);
      Thread.ofVirtual().name("attach-accept").start(started::accept);
      return started;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot listen on " + path, e);
    }
  }

  private void accept() {
    while (server.isOpen()) {
      try {
        SocketChannel peer = server.accept();
        if (connections.tryAcquire()) {
          Thread.ofVirtual().name("attach-request").start(() -> serve(peer));
        } else {
          log.warn("more than {} attach requests at once: refused one", MAX_CONNECTIONS);
          peer.close();
        }
      } catch (ClosedChannelException e) {
        return;
      } catch (IOException e) {
        log.warn("cannot accept on {}: {}", path, e.toString());
      }
    }
  }

  private void serve(SocketChannel peer) {
    ScheduledFuture<?> deadline =
        timer.schedule(() -> closeQuietly(peer), PATIENCE_SECONDS, TimeUnit.SECONDS);
    try (peer) {
      AttachFrames.write(peer, answer(peer));
    } catch (IOException e) {
      log.info("attach peer went away: {}", e.toString());
    } finally {
      deadline.cancel(false);
      connections.release();
    }
  }

  private AttachAnswer answer(SocketChannel peer) throws IOException {
    try {
      return handler.apply(AttachFrames.readRequest(peer));
    } catch (AttachException e) {
      log.warn("attach request refused: {}", e.getMessage());
      return AttachAnswer.newBuilder()
          .setErrorCode(e.code())
          .setError(String.valueOf(e.getMessage()))
          .build();
    } catch (RuntimeException e) {
      log.error("attach request failed", e);
      return AttachAnswer.newBuilder()
          .setErrorCode(AttachException.TRY_AGAIN)
          .setError("the node process failed: " + e.getMessage() + "; its log has more")
          .build();
    }
  }

  private static void closeQuietly(SocketChannel peer) {
    try {
      peer.close();
    } catch (IOException e) {
      log.debug("closing a late attach peer", e);
    }
  }

  @Override
  public void close() {
    try {
      server.close();
      Files.deleteIfExists(path);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot close " + path, e);
    }
  }
}
