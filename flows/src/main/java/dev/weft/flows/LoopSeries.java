package dev.weft.flows;

import dev.weft.proxy.observe.RequestEnd;
import dev.weft.proxy.observe.RequestStart;
import org.jspecify.annotations.Nullable;

/** One event loop's hash table of series, found without allocation. Confined to that loop. */
final class LoopSeries {
  private @Nullable Series[] table = new @Nullable Series[64];
  private int size;

  @Nullable Series find(RequestStart start, RequestEnd end) {
    int mask = table.length - 1;
    for (int i = SeriesKey.hash(start, end) & mask; ; i = (i + 1) & mask) {
      Series series = table[i];
      if (series == null) {
        return null;
      }
      if (series.key != null && series.key.matches(start, end)) {
        return series;
      }
    }
  }

  /** Adds what {@link #find} did not find. */
  void add(Series series, RequestStart start, RequestEnd end) {
    if (++size * 2 > table.length) {
      grow();
    }
    insert(table, series, SeriesKey.hash(start, end));
  }

  private void grow() {
    @Nullable Series[] larger = new @Nullable Series[table.length * 2];
    for (Series series : table) {
      if (series != null && series.key != null) {
        insert(larger, series, series.key.hash());
      }
    }
    table = larger;
  }

  private static void insert(@Nullable Series[] table, Series series, int hash) {
    int mask = table.length - 1;
    int i = hash & mask;
    while (table[i] != null) {
      i = (i + 1) & mask;
    }
    table[i] = series;
  }
}
