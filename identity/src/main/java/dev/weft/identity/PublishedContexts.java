package dev.weft.identity;

import io.netty.util.ReferenceCountUtil;
import io.spiffe.spiffeid.SpiffeId;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The TLS contexts that new connections begin with, and for a while those that were replaced. Any
 * thread may ask for one; all else is done by the scheduler's.
 */
final class PublishedContexts {
  /** How long replaced contexts are kept for event loop tasks that have just read them. */
  static final Duration RETIREMENT = Duration.ofMinutes(1);

  private final Scheduler scheduler;
  private final ConcurrentHashMap<SpiffeId, SvidContexts> published = new ConcurrentHashMap<>();
  private final Set<SvidContexts> retired = new HashSet<>();

  PublishedContexts(Scheduler scheduler) {
    this.scheduler = scheduler;
  }

  @Nullable SvidContexts get(SpiffeId id) {
    return published.get(id);
  }

  /** Whether this is what connections of the identity begin with. */
  boolean shows(SpiffeId id, Svid svid) {
    SvidContexts now = published.get(id);
    return now != null && now.svid().equals(svid);
  }

  /** A copy: the caller may publish and withdraw while it goes through. */
  Map<SpiffeId, SvidContexts> all() {
    return Map.copyOf(published);
  }

  /** Takes over one reference to each of the contexts. */
  void put(SpiffeId id, SvidContexts contexts) {
    retire(published.put(id, contexts));
  }

  void withdraw(SpiffeId id) {
    retire(published.remove(id));
  }

  /** Frees at once what was replaced. */
  void close() {
    List.copyOf(retired).forEach(this::free);
  }

  private void retire(@Nullable SvidContexts contexts) {
    if (contexts != null) {
      retired.add(contexts);
      scheduler.schedule(RETIREMENT, () -> free(contexts));
    }
  }

  private void free(SvidContexts contexts) {
    if (retired.remove(contexts)) {
      ReferenceCountUtil.release(contexts.server());
      ReferenceCountUtil.release(contexts.client());
    }
  }
}
