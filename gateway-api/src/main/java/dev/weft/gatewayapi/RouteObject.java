package dev.weft.gatewayapi;

import dev.weft.resources.GrpcRoute;
import dev.weft.resources.HttpRoute;
import dev.weft.resources.Kind;
import dev.weft.resources.KubeObject;
import dev.weft.resources.ObjectMeta;
import dev.weft.resources.ObjectRef;
import dev.weft.resources.ParentRef;
import java.util.List;

/**
 * What HTTPRoute and GRPCRoute have in common.
 *
 * @param useDefaultGateways whether it attaches to default Gateways too (GEP-3793)
 */
record RouteObject(
    ObjectRef ref,
    ObjectMeta metadata,
    List<ParentRef> parents,
    List<String> hostnames,
    boolean useDefaultGateways) {

  static RouteObject of(KubeObject object) {
    return switch (object) {
      case HttpRoute route ->
          new RouteObject(
              route.ref(),
              route.metadata(),
              route.spec().parentRefs(),
              route.spec().hostnames(),
              route.spec().useDefaultGateways().equals("All"));
      case GrpcRoute route ->
          new RouteObject(
              route.ref(),
              route.metadata(),
              route.spec().parentRefs(),
              route.spec().hostnames(),
              route.spec().useDefaultGateways().equals("All"));
      default -> throw new IllegalArgumentException(object.ref() + " is no route");
    };
  }

  boolean grpc() {
    return ref.kind() == Kind.GRPC_ROUTE;
  }

  /** The name of its resource. */
  static String resourceName(ObjectRef ref) {
    String kind = ref.kind() == Kind.GRPC_ROUTE ? "grpcroute/" : "httproute/";
    return kind + ref.namespace() + "/" + ref.name();
  }
}
