package dev.weft.gatewayapi;

import dev.weft.resources.Gateway;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which listeners of one Gateway cannot be told apart by what a client sends. Asked for the Gateway
 * first and then for its ListenerSets in their precedence (GEP-1713): what has been accepted before
 * stays, so that nobody can take a place away. Among the listeners of one object nobody is first:
 * all that are indistinct are refused (GatewaySpec.listeners).
 *
 * <p>Messages name no other object: who writes a ListenerSet need not know its siblings.
 */
final class ListenerConflicts {
  private final List<Gateway.Listener> taken = new ArrayList<>();

  /**
   * Looks at the next object's listeners.
   *
   * @return reasons by listener name of those that must not be served
   */
  Map<String, Backends.Refusal> next(List<Gateway.Listener> listeners) {
    Map<String, Backends.Refusal> refused = new LinkedHashMap<>();
    List<Gateway.Listener> candidates = new ArrayList<>();
    for (Gateway.Listener listener : listeners) {
      Backends.Refusal earlier = first(listener, taken);
      if (ListenerProtocol.of(listener) == null) {
        refused.put(
            listener.name(),
            new Backends.Refusal(
                "UnsupportedProtocol", "protocol " + listener.protocol() + " is not done"));
      } else if (earlier != null) {
        refused.put(listener.name(), earlier);
      } else {
        candidates.add(listener);
      }
    }
    for (Gateway.Listener listener : candidates) {
      Backends.Refusal sibling = first(listener, candidates);
      if (sibling != null) {
        refused.put(listener.name(), sibling);
      }
    }
    candidates.stream()
        .filter(listener -> !refused.containsKey(listener.name()))
        .forEach(taken::add);
    return refused;
  }

  /** The worst conflict with any of the others: another protocol beats another hostname. */
  @SuppressWarnings("ReferenceEquality") // a listener is no conflict with itself
  private static Backends.@Nullable Refusal first(
      Gateway.Listener listener, List<Gateway.Listener> others) {
    Backends.Refusal found = null;
    for (Gateway.Listener other : others) {
      Backends.Refusal conflict = other == listener ? null : between(listener, other);
      if (conflict != null && conflict.reason().equals("ProtocolConflict")) {
        return conflict;
      }
      found = found == null ? conflict : found;
    }
    return found;
  }

  private static Backends.@Nullable Refusal between(
      Gateway.Listener listener, Gateway.Listener other) {
    ListenerProtocol one = ListenerProtocol.of(listener);
    ListenerProtocol two = ListenerProtocol.of(other);
    if (one == null || two == null || listener.port() != other.port()) {
      return null;
    }
    boolean sameTransport =
        (one.family() == ListenerProtocol.Family.UDP)
            == (two.family() == ListenerProtocol.Family.UDP);
    if (!sameTransport) {
      return null;
    }
    if (one.family() != two.family()) {
      return new Backends.Refusal(
          "ProtocolConflict", "another listener speaks another protocol on the port");
    }
    if (!one.family().byHostname()) {
      return new Backends.Refusal("ListenerConflict", "another listener has the port");
    }
    if (!listener.hostname().equals(other.hostname())) {
      return null;
    }
    return one == two
        ? new Backends.Refusal("HostnameConflict", "another listener has the port and the hostname")
        : new Backends.Refusal(
            "ProtocolConflict", "another listener has the port and the hostname for " + two);
  }
}
