package dev.weft.gatewayapi;

import dev.weft.resources.Derivation;
import dev.weft.resources.Gateway;
import dev.weft.resources.ParentRef;
import java.util.ArrayList;
import java.util.List;

/** The Gateways that routes can attach to without a name (GEP-3793), as they would name them. */
record DefaultGateways(List<ParentRef> parents) {

  /** Asks every Gateway. */
  record All() implements Derivation.Query<DefaultGateways> {
    @Override
    public DefaultGateways compute(Derivation.Reader reader) {
      return new DefaultGateways(
          reader.all(Gateway.class).stream()
              .filter(DefaultGateways::isDefault)
              .filter(
                  gateway ->
                      reader
                          .get(
                              new GatewayView.Of(
                                  gateway.metadata().namespace(), gateway.metadata().name()))
                          .ours())
              .map(DefaultGateways::reference)
              .toList());
    }
  }

  static boolean isDefault(Gateway gateway) {
    return gateway.spec().defaultScope().equals("All");
  }

  private static ParentRef reference(Gateway gateway) {
    return new ParentRef(
        GatewayView.GROUP,
        "Gateway",
        gateway.metadata().namespace(),
        gateway.metadata().name(),
        null,
        null);
  }

  /** All parents of a route: those it names, and the default Gateways that it asks for. */
  static List<ParentRef> parents(Derivation.Reader reader, RouteObject route) {
    if (!route.useDefaultGateways()) {
      return route.parents();
    }
    List<ParentRef> parents = new ArrayList<>(route.parents());
    for (ParentRef candidate : reader.get(new All()).parents()) {
      if (route.parents().stream().noneMatch(parent -> isSame(route, parent, candidate))) {
        parents.add(candidate);
      }
    }
    return parents;
  }

  /** Whether a route names the whole of a Gateway already. */
  private static boolean isSame(RouteObject route, ParentRef parent, ParentRef candidate) {
    String said = parent.namespace();
    String namespace = said == null ? route.ref().namespace() : said;
    return parent.isGateway()
        && parent.sectionName() == null
        && parent.port() == null
        && parent.name().equals(candidate.name())
        && namespace.equals(candidate.namespace());
  }
}
