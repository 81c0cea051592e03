package dev.weft.gatewayapi;

import dev.weft.api.v1.Backend;
import dev.weft.api.v1.Resource;
import dev.weft.resources.BackendRef;
import dev.weft.resources.Derivation;
import dev.weft.resources.L4Route;
import dev.weft.resources.L4Rule;
import dev.weft.resources.TcpRoute;
import dev.weft.resources.TlsRoute;
import dev.weft.resources.UdpRoute;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A TLSRoute, TCPRoute or UDPRoute on its way to a node. A backend that cannot be used keeps its
 * share, of connections that are refused.
 */
final class L4Translation {
  private L4Translation() {}

  static RouteTranslation of(
      Derivation.Reader reader, L4Route route, RouteAttachments attachments) {
    L4Rule rule = route.spec().rules().getFirst(); // RouteAttachments refuses routes with several
    List<Backend> backends = new ArrayList<>();
    Backends.Refusal unresolved = null;
    for (BackendRef ref : rule.backendRefs()) {
      Backends.Refusal refusal = Backends.check(reader, route.ref(), ref);
      unresolved = unresolved == null ? refusal : unresolved;
      backends.add(Backends.translate(reader, route.ref(), ref, refusal).build());
    }
    Resource resource = resource(route, rule, attachments, backends);
    return new RouteTranslation(
        resource,
        new RouteTranslation.Facts(
            resource == null ? "" : resource.getName(),
            route.metadata().generation(),
            attachments.parents(),
            unresolved,
            new RouteTranslation.Verdict(false, List.of(), List.of())));
  }

  /** Null when it is attached to nothing. */
  private static @Nullable Resource resource(
      L4Route route, L4Rule rule, RouteAttachments attachments, List<Backend> backends) {
    Instant created = route.metadata().creationTimestamp();
    dev.weft.api.v1.L4Route.Builder made =
        dev.weft.api.v1.L4Route.newBuilder()
            .setKind(kind(route))
            .setNamespace(route.metadata().namespace())
            .setName(route.metadata().name())
            .setCreatedAtMs(created == null ? 0 : created.toEpochMilli())
            .setRule(rule.name())
            .addAllBackends(backends);
    attachments.parents().stream()
        .flatMap(parent -> parent.attachments().stream())
        .distinct()
        .forEach(made::addAttachments);
    return made.getAttachmentsCount() == 0
        ? null
        : Resource.newBuilder()
            .setName(RouteObject.resourceName(route.ref()))
            .setL4Route(made)
            .build();
  }

  private static dev.weft.api.v1.L4Route.Kind kind(L4Route route) {
    return switch (route) {
      case TlsRoute _ -> dev.weft.api.v1.L4Route.Kind.KIND_TLS;
      case TcpRoute _ -> dev.weft.api.v1.L4Route.Kind.KIND_TCP;
      case UdpRoute _ -> dev.weft.api.v1.L4Route.Kind.KIND_UDP;
    };
  }
}
