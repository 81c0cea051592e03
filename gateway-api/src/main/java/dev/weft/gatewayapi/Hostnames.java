package dev.weft.gatewayapi;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Which of a route's hostnames a listener serves (Gateway API, HTTPRouteSpec.hostnames). */
final class Hostnames {
  private Hostnames() {}

  /**
   * The hosts for which a route applies on a listener; null when there are none.
   *
   * @param listener "" for all hosts
   * @param route empty for all hosts
   * @return empty for all hosts
   */
  static @Nullable List<String> intersect(String listener, List<String> route) {
    if (route.isEmpty()) {
      return listener.isEmpty() ? List.of() : List.of(listener);
    }
    List<String> both = new ArrayList<>();
    for (String hostname : route) {
      String common = intersect(listener, hostname);
      if (common != null && !both.contains(common)) {
        both.add(common);
      }
    }
    return both.isEmpty() ? null : List.copyOf(both);
  }

  private static @Nullable String intersect(String listener, String route) {
    if (listener.isEmpty() || covers(listener, route)) {
      return route;
    }
    return covers(route, listener) ? listener : null;
  }

  /**
   * Whether every host of the second is one of the first. A wildcard stands for any labels, at
   * least one.
   */
  static boolean covers(String wide, String narrow) {
    if (wide.equals(narrow)) {
      return true;
    }
    return wide.startsWith("*.")
        && narrow.length() > wide.length() - 1
        && narrow.endsWith(wide.substring(1));
  }
}
