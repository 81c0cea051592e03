package dev.weft.gatewayapi;

import dev.weft.resources.BackendRef;
import dev.weft.resources.ExternalAuth;
import dev.weft.resources.GrpcRoute;
import dev.weft.resources.HttpRoute;
import dev.weft.resources.Kind;
import dev.weft.resources.KubeObject;
import dev.weft.resources.L4Route;
import dev.weft.resources.ObjectMeta;
import dev.weft.resources.ObjectRef;
import dev.weft.resources.ParentRef;
import dev.weft.resources.Route;
import dev.weft.resources.RouteFilter;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What all kinds of route have in common.
 *
 * @param useDefaultGateways whether it attaches to default Gateways too (GEP-3793)
 */
record RouteObject(
    ObjectRef ref,
    ObjectMeta metadata,
    List<ParentRef> parents,
    List<String> hostnames,
    boolean useDefaultGateways) {

  /** The kinds. */
  static final Set<Kind> KINDS =
      Collections.unmodifiableSet(
          EnumSet.of(
              Kind.HTTP_ROUTE, Kind.GRPC_ROUTE, Kind.TLS_ROUTE, Kind.TCP_ROUTE, Kind.UDP_ROUTE));

  static RouteObject of(KubeObject object) {
    if (object instanceof Route route) {
      return new RouteObject(
          route.ref(),
          route.metadata(),
          route.spec().parentRefs(),
          route.spec().hostnames(),
          route.spec().useDefaultGateways().equals("All"));
    }
    throw new IllegalArgumentException(object.ref() + " is no route");
  }

  /** Every backend that a route names: of its rules, and of the filters in them. */
  static Stream<BackendRef> backendRefs(KubeObject object) {
    return switch (object) {
      case HttpRoute route ->
          route.spec().rules().stream()
              .flatMap(rule -> backendRefs(rule.filters(), rule.backendRefs()));
      case GrpcRoute route ->
          route.spec().rules().stream()
              .flatMap(rule -> backendRefs(rule.filters(), rule.backendRefs()));
      case L4Route route ->
          route.spec().rules().stream().flatMap(rule -> rule.backendRefs().stream());
      default -> throw new IllegalArgumentException(object.ref() + " is no route");
    };
  }

  private static Stream<BackendRef> backendRefs(List<RouteFilter> filters, List<BackendRef> refs) {
    Stream<RouteFilter> all =
        Stream.concat(filters.stream(), refs.stream().flatMap(ref -> ref.filters().stream()));
    return Stream.concat(refs.stream(), all.flatMap(RouteObject::asked));
  }

  private static Stream<BackendRef> asked(RouteFilter filter) {
    RouteFilter.Mirror mirror = filter.requestMirror();
    ExternalAuth auth = filter.externalAuth();
    return Stream.concat(
        mirror == null ? Stream.of() : Stream.of(mirror.backendRef().asBackend()),
        auth == null ? Stream.of() : Stream.of(auth.backendRef().asBackend()));
  }

  boolean grpc() {
    return ref.kind() == Kind.GRPC_ROUTE;
  }

  /** The name of its resource. */
  static String resourceName(ObjectRef ref) {
    return ref.kind().kind().toLowerCase(Locale.ROOT) + "/" + ref.namespace() + "/" + ref.name();
  }
}
