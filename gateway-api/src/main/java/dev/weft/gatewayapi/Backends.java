package dev.weft.gatewayapi;

import dev.weft.api.v1.Backend;
import dev.weft.resources.BackendRef;
import dev.weft.resources.Derivation;
import dev.weft.resources.Kind;
import dev.weft.resources.KubeObject;
import dev.weft.resources.ObjectRef;
import dev.weft.resources.ParentRef;
import dev.weft.resources.Protocol;
import dev.weft.resources.Service;
import dev.weft.resources.XBackend;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Resolves a route's references to backends. */
final class Backends {
  private Backends() {}

  /** A reason of the Gateway API and what it means here. */
  record Refusal(String reason, String message) {}

  /** Why a backend cannot be used; null when it can. */
  static @Nullable Refusal check(Derivation.Reader reader, ObjectRef route, BackendRef ref) {
    BackendTarget target = BackendTarget.of(route, ref);
    if (target == null) {
      return new Refusal("InvalidKind", "backends of kind " + ref.kind() + " are not known");
    }
    if (!Grants.allow(reader, route, target.object())
        && !isParentOfMeshRoute(reader, route, target.object())) {
      return new Refusal(
          "RefNotPermitted", "no ReferenceGrant in " + target.namespace() + " allows " + target);
    }
    Service service = target.find(reader);
    if (service == null || ClusterAddress.holds(service)) {
      return new Refusal("BackendNotFound", "there is no " + target);
    }
    if (service.spec().type().equals("ExternalName")) {
      return new Refusal("BackendNotFound", target + " is an ExternalName, which has no endpoints");
    }
    XBackend backend = XBackends.behind(reader, target.namespace(), target.service());
    Refusal unusable = backend == null ? null : XBackends.refusal(backend);
    if (unusable != null) {
      return new Refusal("BackendNotFound", target + ": " + unusable.message());
    }
    return checkPort(route, target, service);
  }

  private static @Nullable Refusal checkPort(
      ObjectRef route, BackendTarget target, Service service) {
    Integer port = target.portOf(service);
    Protocol protocol = route.kind() == Kind.UDP_ROUTE ? Protocol.UDP : Protocol.TCP;
    if (port != null && service.port(port, protocol) != null) {
      return null;
    }
    boolean http = route.kind() == Kind.HTTP_ROUTE || route.kind() == Kind.GRPC_ROUTE;
    boolean other =
        port != null && service.spec().ports().stream().anyMatch(each -> each.port() == port);
    return new Refusal(
        http && other ? "UnsupportedProtocol" : "BackendNotFound",
        target + " has no " + protocol + " port " + port);
  }

  /**
   * Why HTTP requests cannot be sent to a backend; null when they can.
   *
   * @param owner what the reference stands in
   */
  static @Nullable Refusal checkHttp(
      Derivation.Reader reader, ObjectRef owner, BackendRef ref, boolean grpc) {
    Refusal refusal = check(reader, owner, ref);
    BackendTarget target = BackendTarget.of(owner, ref);
    Service service = refusal == null && target != null ? target.find(reader) : null;
    Integer number = service == null || target == null ? null : target.portOf(service);
    Service.Port port = service == null || number == null ? null : service.port(number);
    if (port == null || target == null) {
      return refusal;
    }
    boolean tls =
        reader.get(new BackendTlsTranslation.Of(target.namespace(), target.service())).resource()
            != null;
    String problem = AppProtocols.refusal(port, grpc, tls);
    return problem == null ? null : new Refusal("UnsupportedProtocol", problem);
  }

  /**
   * Whether a route sends what its clients send to a Service to that same Service. They may reach
   * it without the route, so there is nothing to grant (GEP-1426, consumer routes); a Gateway's
   * clients may not, so no parent is one.
   */
  private static boolean isParentOfMeshRoute(
      Derivation.Reader reader, ObjectRef ref, ObjectRef target) {
    if (!RouteObject.KINDS.contains(ref.kind()) || target.kind() != Kind.SERVICE) {
      return false;
    }
    KubeObject object = reader.object(ref.kind().type(), ref.namespace(), ref.name());
    if (object == null) {
      return false;
    }
    RouteObject route = RouteObject.of(object);
    return !route.useDefaultGateways()
        && route.parents().stream().allMatch(ParentRef::isService)
        && route.parents().stream()
            .anyMatch(
                parent ->
                    parent.name().equals(target.name())
                        && Objects.requireNonNullElse(parent.namespace(), ref.namespace())
                            .equals(target.namespace()));
  }

  static Backend.Builder translate(
      Derivation.Reader reader, ObjectRef route, BackendRef ref, @Nullable Refusal refusal) {
    Backend.Builder backend = Backend.newBuilder().setWeight(ref.weight());
    BackendTarget target = BackendTarget.of(route, ref);
    Service service = refusal == null && target != null ? target.find(reader) : null;
    Integer port = service == null || target == null ? null : target.portOf(service);
    if (target == null || port == null) {
      return backend.setInvalid(
          refusal == null ? "no port" : refusal.reason() + ": " + refusal.message());
    }
    return backend.setService(
        Backend.BackendService.newBuilder()
            .setNamespace(target.namespace())
            .setName(target.service())
            .setPort(port));
  }
}
