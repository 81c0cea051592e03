package dev.weft.routing;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Values by hostname: exact names, "*.suffix" (one label or more, never the suffix itself), and
 * every host. Immutable.
 */
final class HostTable<V> {
  private final RegionMap<V> exact;
  private final RegionMap<V> suffixes;
  private final @Nullable V every;

  private HostTable(Map<String, V> exact, Map<String, V> suffixes, @Nullable V every) {
    this.exact = RegionMap.of(exact);
    this.suffixes = RegionMap.of(suffixes);
    this.every = every;
  }

  /** The most specific entry for the host alone. */
  @Nullable V mostSpecific(String host) {
    V value = exact(host);
    if (value != null) {
      return value;
    }
    for (int dot = nextDot(host, 0); dot > 0; dot = nextDot(host, dot)) {
      value = suffix(host, dot);
      if (value != null) {
        return value;
      }
    }
    return every;
  }

  @Nullable V exact(String host) {
    return exact.isEmpty() ? null : exact.get(host, 0, host.length());
  }

  /** Entry for "*" followed by the host from the dot on. */
  @Nullable V suffix(String host, int dot) {
    return suffixes.get(host, dot, host.length());
  }

  @Nullable V every() {
    return every;
  }

  /** The next dot to ask {@link #suffix} about, longest suffix first; -1 at the end. */
  int nextDot(String host, int previous) {
    return suffixes.isEmpty() ? -1 : host.indexOf('.', previous + 1);
  }

  /** Collects entries; confined to one compilation. */
  static final class Builder<V> {
    private final Map<String, V> exact = new HashMap<>();
    private final Map<String, V> suffixes = new HashMap<>();
    private @Nullable V every;

    /** Keeps the first value of a hostname; "" and "*" mean every host. */
    void putIfAbsent(String hostname, V value) {
      String name = Hosts.pattern(hostname);
      if (name.isEmpty()) {
        every = every == null ? value : every;
      } else if (name.startsWith("*")) {
        suffixes.putIfAbsent(name.substring(1), value);
      } else {
        exact.putIfAbsent(name, value);
      }
    }

    HostTable<V> build() {
      return new HostTable<>(exact, suffixes, every);
    }
  }
}
