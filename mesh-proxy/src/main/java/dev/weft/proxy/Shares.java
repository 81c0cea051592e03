package dev.weft.proxy;

import java.util.HashMap;
import java.util.Map;

/**
 * Who uses how much of one event loop. A source over its limit is refused, and once the loop is
 * busy a source with more than its share is, so that one flooding pod does not take the proxy from
 * the others. Owned by one event loop.
 */
final class Shares {
  private final ProxyOptions.Fairness limits;
  private final Map<Integer, Usage> sources = new HashMap<>();
  private int requests;
  private int outsiders;
  private int outsiderSources;

  Shares(ProxyOptions.Fairness limits) {
    this.limits = limits;
  }

  /** What one source address uses at present. Owned by the event loop of its {@link Shares}. */
  static final class Usage {
    private final int address;
    private final boolean outsider;
    private int connections;
    private int requests;

    private Usage(int address, boolean outsider) {
      this.address = address;
      this.outsider = outsider;
    }

    int requests() {
      return requests;
    }
  }

  /**
   * Counts a connection; {@link #closed} must follow even if it is not {@link #fits}.
   *
   * @param outsider whether the source is no pod; the word of its first connection counts
   */
  Usage opened(int address, boolean outsider) {
    Usage usage = sources.get(address);
    if (usage == null) {
      usage = new Usage(address, outsider);
      sources.put(address, usage);
      outsiderSources += outsider ? 1 : 0;
    }
    usage.connections++;
    outsiders += usage.outsider ? 1 : 0;
    return usage;
  }

  /** For who must not use up another's share: the source of a datagram can be forged. */
  static Usage uncounted(int address) {
    return new Usage(address, false);
  }

  /** Whether the source may have as many connections as it has. */
  boolean fits(Usage usage) {
    return usage.connections <= limits.connections()
        && (!usage.outsider || outsiders <= limits.outsiders() / 2 || fitsOutside(usage));
  }

  private boolean fitsOutside(Usage usage) {
    int share = Math.max(1, limits.outsiders() / outsiderSources);
    return outsiders <= limits.outsiders() && usage.connections <= share;
  }

  /** A connection is gone. */
  void closed(Usage usage) {
    usage.connections--;
    outsiders -= usage.outsider ? 1 : 0;
    forget(usage);
  }

  /**
   * Asks for a request's place; {@link #end} must follow if it is granted.
   *
   * @return false: answer 503
   */
  boolean begin(Usage usage) {
    boolean busy = requests >= limits.totalRequests();
    int share = Math.max(1, limits.totalRequests() / Math.max(1, sources.size()));
    if (usage.requests >= limits.requests() || (busy && usage.requests >= share)) {
      return false;
    }
    usage.requests++;
    requests++;
    return true;
  }

  /** A request is over. */
  void end(Usage usage) {
    usage.requests--;
    requests--;
    forget(usage);
  }

  /** Requests of all sources on their way. */
  int requests() {
    return requests;
  }

  private void forget(Usage usage) {
    if (usage.connections == 0 && usage.requests == 0) {
      if (sources.remove(usage.address, usage) && usage.outsider) {
        outsiderSources--;
      }
    }
  }
}
