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
import java.util.function.LongSupplier;
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

  /** What cannot be made is not tried again for so long. */
  private static final long FAILED_NANOS = 5_000_000_000L;

  /**
   * Of a backend's refusals one is logged in this time: a flood of them must not become a log's.
   */
  private static final long QUIET_NANOS = 10_000_000_000L;

  private final EventLoop loop;
  private final Executor maker;
  private final LongSupplier clock;
  private final Map<Key, Slot> slots = new HashMap<>();
  private boolean closed;

  private record Key(Hop.Tls tls, TlsProtocol protocol) {}

  /** A context that is there, or those who wait for it, or the fact that there will be none. */
  private static final class Slot {
    final List<Consumer<@Nullable SslContext>> waiting = new ArrayList<>(1);
    @Nullable SslContext context;
    boolean made;
    boolean complained;
    long lastUsed;
    long lastComplaint;
  }

  /**
   * No contexts yet.
   *
   * @param maker a thread that has milliseconds
   * @param clock monotonic nanoseconds
   */
  public BackendTlsContexts(EventLoop loop, Executor maker, LongSupplier clock) {
    this.loop = loop;
    this.maker = maker;
    this.clock = clock;
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
      slot.lastUsed = clock.getAsLong();
      slots.put(key, slot);
      begin(key, slot);
    }
    if (!slot.made) {
      slot.waiting.add(use);
      return;
    }
    if (slot.context != null) {
      slot.lastUsed = clock.getAsLong();
    }
    use.accept(slot.context);
  }

  /** Tells why a server was refused, now and then. */
  void refused(Hop hop, Hop.Tls tls, TlsProtocol protocol, String why) {
    Slot slot = slots.get(new Key(tls, protocol));
    long now = clock.getAsLong();
    if (slot != null && (!slot.complained || now - slot.lastComplaint > QUIET_NANOS)) {
      slot.complained = true;
      slot.lastComplaint = now;
      log.info("refused {} as {}: {}", hop.authority(), tls, why);
    }
  }

  private void begin(Key key, Slot slot) {
    maker.execute(
        () -> {
          SslContext made = make(key);
          try {
            loop.execute(() -> made(slot, made));
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

  private void made(Slot slot, @Nullable SslContext made) {
    List<Consumer<@Nullable SslContext>> all = List.copyOf(slot.waiting);
    slot.waiting.clear();
    slot.made = true;
    if (closed) {
      ReferenceCountUtil.release(made);
    } else {
      slot.context = made;
    }
    all.forEach(use -> use.accept(slot.context));
  }

  /** Lets go what no connection was made with for a while. */
  void expire() {
    long now = clock.getAsLong();
    slots
        .values()
        .removeIf(
            slot -> {
              long limit = slot.context == null ? FAILED_NANOS : IDLE_NANOS;
              boolean over = slot.made && now - slot.lastUsed > limit;
              if (over) {
                ReferenceCountUtil.release(slot.context);
              }
              return over;
            });
  }

  void close() {
    closed = true;
    slots.values().forEach(slot -> ReferenceCountUtil.release(slot.context));
    slots.clear();
  }
}
