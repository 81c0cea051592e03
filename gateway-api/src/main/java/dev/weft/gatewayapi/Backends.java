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
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Resolves a route's references to backends. */
final class Backends {
  private Backends() {}

  /** A reason of the Gateway API and what it means here. */
  record Refusal(String reason, String message) {}

  /** Why a backend cannot be used; null when it can. */
  static @Nullable Refusal check(Derivation.Reader reader, ObjectRef route, BackendRef ref) {
    if (ref.isXBackend()) {
      return XBackends.check(reader, route, ref);
    }
    Integer port = ref.port();
    if (!ref.group().isEmpty() || !ref.kind().equals("Service")) {
      return new Refusal("InvalidKind", "backends of kind " + ref.kind() + " are not known");
    }
    String namespace = namespaceOf(route, ref);
    String where = "Service " + namespace + "/" + ref.name();
    if (!Grants.allow(reader, route, new ObjectRef(Kind.SERVICE, namespace, ref.name()))
        && !isParentOfMeshRoute(reader, route, namespace, ref.name())) {
      return new Refusal(
          "RefNotPermitted", "no ReferenceGrant in " + namespace + " allows " + where);
    }
    Service service = reader.object(Service.class, namespace, ref.name());
    if (service == null || ClusterAddress.holds(service)) {
      return new Refusal("BackendNotFound", "there is no " + where);
    }
    if (service.spec().type().equals("ExternalName")) {
      return new Refusal("BackendNotFound", where + " is an ExternalName, which has no endpoints");
    }
    Protocol protocol = route.kind() == Kind.UDP_ROUTE ? Protocol.UDP : Protocol.TCP;
    Service.Port found = port == null ? null : service.port(port, protocol);
    if (found != null) {
      return null;
    }
    boolean http = route.kind() == Kind.HTTP_ROUTE || route.kind() == Kind.GRPC_ROUTE;
    boolean other =
        port != null && service.spec().ports().stream().anyMatch(each -> each.port() == port);
    return new Refusal(
        http && other ? "UnsupportedProtocol" : "BackendNotFound",
        where + " has no " + protocol + " port " + port);
  }

  /**
   * Why HTTP requests cannot be sent to a backend; null when they can.
   *
   * @param owner what the reference stands in
   */
  static @Nullable Refusal checkHttp(
      Derivation.Reader reader, ObjectRef owner, BackendRef ref, boolean grpc) {
    if (ref.isXBackend()) {
      return XBackends.checkHttp(reader, owner, ref, grpc);
    }
    Refusal refusal = check(reader, owner, ref);
    String namespace = namespaceOf(owner, ref);
    Service service = refusal == null ? reader.object(Service.class, namespace, ref.name()) : null;
    Integer number = ref.port();
    Service.Port port = service == null || number == null ? null : service.port(number);
    if (port == null) {
      return refusal;
    }
    boolean tls =
        reader.get(new BackendTlsTranslation.Of(namespace, ref.name())).resource() != null;
    String problem = AppProtocols.refusal(port, grpc, tls);
    return problem == null ? null : new Refusal("UnsupportedProtocol", problem);
  }

  /**
   * Whether a route sends what its clients send to a Service to that same Service. They may reach
   * it without the route, so there is nothing to grant (GEP-1426, consumer routes); a Gateway's
   * clients may not, so no parent is one.
   */
  private static boolean isParentOfMeshRoute(
      Derivation.Reader reader, ObjectRef ref, String namespace, String name) {
    if (!RouteObject.KINDS.contains(ref.kind())) {
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
                    parent.name().equals(name)
                        && Objects.requireNonNullElse(parent.namespace(), ref.namespace())
                            .equals(namespace));
  }

  static Backend.Builder translate(
      Derivation.Reader reader, ObjectRef route, BackendRef ref, @Nullable Refusal refusal) {
    Backend.Builder backend = Backend.newBuilder().setWeight(ref.weight());
    if (refusal == null && ref.isXBackend()) {
      return backend.setService(XBackends.service(reader, route, ref));
    }
    Integer port = ref.port();
    if (refusal != null || port == null) {
      return backend.setInvalid(
          refusal == null ? "no port" : refusal.reason() + ": " + refusal.message());
    }
    return backend.setService(
        Backend.BackendService.newBuilder()
            .setNamespace(namespaceOf(route, ref))
            .setName(ref.name())
            .setPort(port));
  }

  static String namespaceOf(ObjectRef route, BackendRef ref) {
    String namespace = ref.namespace();
    return namespace == null ? route.namespace() : namespace;
  }
}
