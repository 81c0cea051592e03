package dev.weft.proxy;

import dev.weft.routing.Endpoint;
import dev.weft.routing.EndpointSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Chooses endpoints: of two taken at random the one with fewer requests on their way (Mitzenmacher,
 * "The Power of Two Choices"), leaving out those that just refused a connection. Owned by one event
 * loop.
 */
final class Balancer {
  /** How long an endpoint that could not be reached is left out while others are there. */
  private static final long SHUNNED_NANOS = 2_000_000_000L;

  private final RandomGenerator random;
  private final IdentityHashMap<Endpoint, Load> loads = new IdentityHashMap<>();

  Balancer(RandomGenerator random) {
    this.random = random;
  }

  private static final class Load {
    private int requests;
    private boolean shunned;
    private long shunnedUntil;
  }

  /**
   * Picks an endpoint.
   *
   * @param tried endpoints that failed this request already; taken again only if there is no other
   * @param now monotonic nanoseconds
   */
  @Nullable Endpoint pick(EndpointSet endpoints, List<Endpoint> tried, long now) {
    int size = endpoints.size();
    if (size <= 1) {
      return size == 0 ? null : endpoints.get(0);
    }
    if (!tried.isEmpty()) {
      return pickOther(endpoints, tried, now);
    }
    int first = random.nextInt(size);
    int second = random.nextInt(size - 1);
    Endpoint a = endpoints.get(first);
    Endpoint b = endpoints.get(second >= first ? second + 1 : second);
    return cost(b, now) < cost(a, now) ? b : a;
  }

  private Endpoint pickOther(EndpointSet endpoints, List<Endpoint> tried, long now) {
    int size = endpoints.size();
    int start = random.nextInt(size);
    Endpoint best = endpoints.get(start);
    long bestCost = Long.MAX_VALUE;
    for (int i = 0; i < size; i++) {
      Endpoint endpoint = endpoints.get((start + i) % size);
      long cost = cost(endpoint, now) + (tried.contains(endpoint) ? 1L << 40 : 0);
      if (cost < bestCost) {
        best = endpoint;
        bestCost = cost;
      }
    }
    return best;
  }

  /** Picks the same endpoint for the same client as long as it serves (rendezvous hashing). */
  @Nullable Endpoint pickFor(int client, EndpointSet endpoints, List<Endpoint> tried) {
    Endpoint best = null;
    long bestScore = 0;
    for (int i = 0; i < endpoints.size(); i++) {
      Endpoint endpoint = endpoints.get(i);
      long score = score(client, endpoint);
      boolean candidate = tried.size() >= endpoints.size() || !tried.contains(endpoint);
      if (candidate && (best == null || score > bestScore)) {
        best = endpoint;
        bestScore = score;
      }
    }
    return best;
  }

  /** The finaliser of MurmurHash3 over both. */
  private static long score(int client, Endpoint endpoint) {
    long hash =
        ((long) client << 32 | (endpoint.address() & 0xffff_ffffL)) ^ (long) endpoint.port() << 17;
    hash = (hash ^ hash >>> 33) * 0xff51afd7ed558ccdL;
    hash = (hash ^ hash >>> 33) * 0xc4ceb9fe1a85ec53L;
    return hash ^ hash >>> 33;
  }

  private long cost(Endpoint endpoint, long now) {
    Load load = loads.get(endpoint);
    if (load == null) {
      return 0;
    }
    boolean shunned = load.shunned && load.shunnedUntil - now > 0;
    return load.requests + (shunned ? 1L << 30 : 0);
  }

  /** A request goes to an endpoint; {@link #end} follows. */
  void begin(Endpoint endpoint) {
    loads.computeIfAbsent(endpoint, _ -> new Load()).requests++;
  }

  /** A request to an endpoint is over. */
  void end(Endpoint endpoint) {
    Load load = loads.get(endpoint);
    if (load != null && --load.requests == 0 && !load.shunned) {
      loads.remove(endpoint);
    }
  }

  /** An endpoint could not be reached. */
  void shun(Endpoint endpoint, long now) {
    Load load = loads.computeIfAbsent(endpoint, _ -> new Load());
    load.shunned = true;
    load.shunnedUntil = now + SHUNNED_NANOS;
  }

  /** Forgets what is of no interest any more. */
  void expire(long now) {
    loads
        .values()
        .removeIf(
            load -> {
              load.shunned &= load.shunnedUntil - now > 0;
              return load.requests == 0 && !load.shunned;
            });
  }
}
