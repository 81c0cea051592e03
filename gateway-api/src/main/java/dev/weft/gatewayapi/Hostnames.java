package dev.weft.gatewayapi;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Which of a route's hostnames a listener serves (Gateway API, HTTPRouteSpec.hostnames). */
final class Hostnames {
  private Hostnames() {}

  /**
   * The route's hostnames that have a host in common with a listener, as the route has them: of two
   * routes the one with the longer hostname of its own comes first, also where the listener's is
   * longer than both (GatewayRouteHostnameIntersectionPrecedence). Which hosts reach the listener
   * at all is decided before any route is looked at.
   *
   * @param listener "" for all hosts
   * @param route empty for all hosts
   * @return empty for all of the listener's hosts; null when there are none in common
   */
  static @Nullable List<String> intersecting(String listener, List<String> route) {
    if (route.isEmpty()) {
      return List.of();
    }
    List<String> common =
        route.stream().distinct().filter(hostname -> intersect(listener, hostname)).toList();
    return common.isEmpty() ? null : common;
  }

  /** Whether two hostnames, "" for all, have a host in common. */
  static boolean intersect(String one, String two) {
    return one.isEmpty() || two.isEmpty() || covers(one, two) || covers(two, one);
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
