package dev.weft.flows;

import io.opentelemetry.api.common.Attributes;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/**
 * The attributes of so many time series, first come, first served; what comes later shares one,
 * marked {@code otel.metric.overflow}. Any thread.
 *
 * @param <K> what tells one series from another
 */
final class BoundedSeries<K> {
  static final Attributes OVERFLOW = Attributes.of(Attrs.OVERFLOW, true);

  private final int limit;
  private final Function<K, Attributes> attributes;
  private final Map<K, Attributes> known = new ConcurrentHashMap<>();
  private final AtomicInteger size = new AtomicInteger();

  BoundedSeries(int limit, Function<K, Attributes> attributes) {
    this.limit = limit;
    this.attributes = attributes;
  }

  Attributes of(K key) {
    Attributes present = known.get(key);
    if (present != null) {
      return present;
    }
    // Where all are taken every request comes here, of all event loops: that must not write.
    if (size.get() >= limit) {
      return OVERFLOW;
    }
    // A place is taken before the key is added: two threads may come at once.
    if (size.incrementAndGet() > limit) {
      size.decrementAndGet();
      return OVERFLOW;
    }
    Attributes fresh = attributes.apply(key);
    Attributes first = known.putIfAbsent(key, fresh);
    if (first == null) {
      return fresh;
    }
    size.decrementAndGet();
    return first;
  }
}
