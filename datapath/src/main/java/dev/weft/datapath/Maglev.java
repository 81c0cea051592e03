package dev.weft.datapath;

import dev.weft.datapath.DatapathState.Backend;
import java.util.Arrays;
import java.util.List;

/**
 * Lookup tables of consistent hashing: "Maglev: A Fast and Reliable Software Network Load
 * Balancer", section 3.4. Shares of equal weight differ by at most a slot, and one backend more or
 * less moves few connections. Every node computes the same table.
 */
final class Maglev {
  /** Primes: the paper asks for at least a hundred slots a backend. */
  private static final int SMALL = 1021;

  private static final int LARGE = 16_381;

  private Maglev() {}

  /** Length of the table for this many backends. */
  static int slots(int backends) {
    if (backends == 0) {
      return 0;
    }
    return backends <= SMALL / 100 ? SMALL : LARGE;
  }

  /**
   * The table.
   *
   * @param backends sorted, without repetition, at least one
   */
  static List<Backend> table(List<Backend> backends) {
    int slots = slots(backends.size());
    int count = backends.size();
    int[] next = new int[count];
    int[] skip = new int[count];
    for (int i = 0; i < count; i++) {
      long hash = hash(backends.get(i));
      next[i] = (int) Long.remainderUnsigned(hash, slots);
      skip[i] = (int) Long.remainderUnsigned(mix(hash), slots - 1L) + 1;
    }
    int heaviest = backends.stream().mapToInt(Backend::weight).max().orElseThrow();
    long[] credit = new long[count];
    Backend[] table = new Backend[slots];
    int filled = 0;
    while (filled < slots) {
      for (int i = 0; i < count && filled < slots; i++) {
        // The heaviest has a turn in every round, the others as often as their weight says.
        credit[i] += backends.get(i).weight();
        if (credit[i] < heaviest) {
          continue;
        }
        credit[i] -= heaviest;
        while (table[next[i]] != null) {
          next[i] = (next[i] + skip[i]) % slots;
        }
        table[next[i]] = backends.get(i);
        filled++;
      }
    }
    return Arrays.asList(table);
  }

  private static long hash(Backend backend) {
    return mix(((long) backend.address().bits() << 32) | backend.port());
  }

  /** The finalizer of SplitMix64. */
  private static long mix(long value) {
    long z = value + 0x9e3779b97f4a7c15L;
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }
}
