package dev.weft.proxy.upstream;

import dev.weft.api.v1.Certificate;
import dev.weft.identity.BackendContexts;
import dev.weft.identity.GatewayCertificate;
import io.netty.channel.EventLoop;
import io.netty.handler.ssl.SslContext;
import io.netty.util.ReferenceCountUtil;
import java.security.cert.CertificateException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Contexts for TLS to backends, one for each policy, certificate that is shown and protocol: made
 * when the first connection needs it, let go when none has for a while. To make one takes
 * milliseconds, so another thread does it; all else is confined to one event loop.
 */
public final class BackendTlsContexts {
  private static final Logger log = LoggerFactory.getLogger(BackendTlsContexts.class);

  private static final long IDLE_NANOS = 300_000_000_000L;

  private final EventLoop loop;
  private final Executor maker;
  private final Map<Key, Slot> slots = new HashMap<>();
  private long now;
  private boolean closed;

  private record Key(Hop.Tls tls, TlsProtocol protocol) {}

  /** A context that is there, or those who wait for it. */
  private static final class Slot {
    final List<Consumer<@Nullable SslContext>> waiting = new ArrayList<>(1);
    @Nullable SslContext context;
    long lastUsed;
  }

  /**
   * No contexts yet.
   *
   * @param maker a thread that has milliseconds
   */
  public BackendTlsContexts(EventLoop loop, Executor maker) {
    this.loop = loop;
    this.maker = maker;
  }

  /**
   * Gives a context, now or later on the event loop; {@code null} when none can be made. It is the
   * cache's: use it at once.
   */
  void with(Hop.Tls tls, TlsProtocol protocol, Consumer<@Nullable SslContext> use) {
    if (closed) {
      use.accept(null);
      return;
    }
    Key key = new Key(tls, protocol);
    Slot slot = slots.get(key);
    if (slot == null) {
      slot = new Slot();
      slots.put(key, slot);
      begin(key, slot);
    }
    slot.lastUsed = now;
    if (slot.context != null) {
      use.accept(slot.context);
    } else {
      slot.waiting.add(use);
    }
  }

  private void begin(Key key, Slot slot) {
    maker.execute(
        () -> {
          SslContext made = make(key);
          try {
            loop.execute(() -> made(key, slot, made));
          } catch (RejectedExecutionException e) {
            ReferenceCountUtil.release(made); // the loop has ended
          }
        });
  }

  private static @Nullable SslContext make(Key key) {
    try {
      dev.weft.routing.GatewayCertificate shown = key.tls.shown();
      return BackendContexts.of(
          key.tls.policy().validation(),
          shown == null
              ? null
              : GatewayCertificate.of(
                  Certificate.newBuilder().addAllChain(shown.chain()).setKey(shown.key()).build()),
          key.protocol.names());
    } catch (CertificateException | RuntimeException e) {
      log.warn("{}: {}", key.tls, e.getMessage());
      return null;
    }
  }

  private void made(Key key, Slot slot, @Nullable SslContext made) {
    List<Consumer<@Nullable SslContext>> all = List.copyOf(slot.waiting);
    slot.waiting.clear();
    if (made == null || closed) {
      slots.remove(key, slot); // whoever comes next may have more luck
      all.forEach(use -> use.accept(null));
      ReferenceCountUtil.release(made);
      return;
    }
    slot.context = made;
    all.forEach(use -> use.accept(made));
  }

  /** Lets go what no connection was made with for a while. */
  void expire(long moment) {
    now = moment;
    slots
        .values()
        .removeIf(
            slot -> {
              boolean idle = slot.context != null && moment - slot.lastUsed > IDLE_NANOS;
              if (idle) {
                ReferenceCountUtil.release(slot.context);
              }
              return idle;
            });
  }

  void close() {
    closed = true;
    slots.values().forEach(slot -> ReferenceCountUtil.release(slot.context));
    slots.clear();
  }
}
