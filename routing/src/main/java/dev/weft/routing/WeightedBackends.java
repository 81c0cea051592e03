package dev.weft.routing;

import java.util.Arrays;
import java.util.List;

/** Backends with their shares. Immutable. */
final class WeightedBackends {
  private static final BackendChoice.Invalid NONE =
      new BackendChoice.Invalid("the rule has no backend with a weight above 0");

  private final BackendChoice[] choices;
  private final long[] cumulativeWeights;

  private WeightedBackends(List<Weighted> all) {
    List<Weighted> used = all.stream().filter(each -> each.weight > 0).toList();
    this.choices = used.stream().map(Weighted::choice).toArray(BackendChoice[]::new);
    this.cumulativeWeights = new long[used.size()];
    long sum = 0;
    for (int i = 0; i < cumulativeWeights.length; i++) {
      sum += used.get(i).weight;
      cumulativeWeights[i] = sum;
    }
  }

  /** A backend and its share. */
  record Weighted(BackendChoice choice, long weight) {}

  static WeightedBackends of(List<Weighted> backends) {
    return new WeightedBackends(backends);
  }

  /**
   * Picks by weight; allocates nothing.
   *
   * @param random any uniformly distributed number
   */
  BackendChoice pick(long random) {
    if (choices.length <= 1) {
      return choices.length == 0 ? NONE : choices[0];
    }
    long point = Long.remainderUnsigned(random, cumulativeWeights[cumulativeWeights.length - 1]);
    int i = 0;
    while (point >= cumulativeWeights[i]) {
      i++;
    }
    return choices[i];
  }

  /** Every Service port that can be picked. */
  List<ServiceKey> services() {
    return Arrays.stream(choices)
        .filter(BackendChoice.ToService.class::isInstance)
        .map(choice -> ((BackendChoice.ToService) choice).service())
        .distinct()
        .toList();
  }
}
