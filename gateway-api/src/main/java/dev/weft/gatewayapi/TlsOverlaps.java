package dev.weft.gatewayapi;

import java.util.List;

/**
 * Marks listeners that end TLS on one port for some of the same hosts: a client that reuses a
 * connection (RFC 9113 §9.1.1) may meet the certificate and the client validation of the other one
 * (Gateway API, OverlappingTLSConfig). Requests that reach the wrong listener that way get 421.
 */
final class TlsOverlaps {
  private TlsOverlaps() {}

  static GatewayTranslation.Facts marked(GatewayTranslation.Facts facts) {
    List<ListenerView> tls =
        facts
            .all()
            .filter(ListenerFacts::accepted)
            .map(ListenerFacts::view)
            .filter(TlsOverlaps::endsTls)
            .toList();
    return tls.size() < 2
        ? facts
        : facts.withListeners(
            marked(facts.listeners(), tls),
            facts.sets().stream()
                .map(
                    set ->
                        new GatewayTranslation.SetFacts(
                            set.set(),
                            set.generation(),
                            set.allowed(),
                            marked(set.listeners(), tls)))
                .toList());
  }

  private static List<ListenerFacts> marked(List<ListenerFacts> listeners, List<ListenerView> tls) {
    return listeners.stream()
        .map(
            listener ->
                listener.withOverlap(
                    tls.stream().anyMatch(other -> overlap(listener.view(), other))
                        && tls.contains(listener.view())))
        .toList();
  }

  private static boolean endsTls(ListenerView view) {
    return view.protocol() == ListenerProtocol.HTTPS;
  }

  private static boolean overlap(ListenerView one, ListenerView two) {
    return !one.key().equals(two.key())
        && one.port() == two.port()
        && Hostnames.intersect(one.hostname(), two.hostname());
  }
}
