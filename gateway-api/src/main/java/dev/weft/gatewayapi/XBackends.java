package dev.weft.gatewayapi;

import dev.weft.resources.BackendRef;
import dev.weft.resources.Derivation;
import dev.weft.resources.Kind;
import dev.weft.resources.ObjectRef;
import dev.weft.resources.XBackend;
import org.jspecify.annotations.Nullable;

/** Resolves routes' references to XBackends. */
final class XBackends {
  private XBackends() {}

  /** Why an XBackend cannot be used; null when it can. */
  static Backends.@Nullable Refusal check(
      Derivation.Reader reader, ObjectRef owner, BackendRef ref) {
    if (!RouteObject.KINDS.contains(owner.kind())) {
      return new Backends.Refusal("InvalidKind", "only routes can send to an XBackend");
    }
    String namespace = Backends.namespaceOf(owner, ref);
    String where = "XBackend " + namespace + "/" + ref.name();
    if (!Grants.allow(reader, owner, new ObjectRef(Kind.X_BACKEND, namespace, ref.name()))) {
      return new Backends.Refusal(
          "RefNotPermitted", "no ReferenceGrant in " + namespace + " allows " + where);
    }
    XBackend backend = reader.object(XBackend.class, namespace, ref.name());
    if (backend == null) {
      return new Backends.Refusal("BackendNotFound", "there is no " + where);
    }
    Backends.Refusal refusal =
        reader.get(new XBackendTranslation.Of(namespace, ref.name())).refusal();
    if (refusal != null) {
      return new Backends.Refusal(
          refusal.reason().equals("UnsupportedProtocol") ? refusal.reason() : "BackendNotFound",
          where + " is not accepted: " + refusal.message());
    }
    String problem =
        switch (owner.kind()) {
          case TLS_ROUTE, TCP_ROUTE -> ofConnections(backend.spec());
          case UDP_ROUTE -> ofDatagrams(backend.spec());
          default -> null;
        };
    return problem == null
        ? null
        : new Backends.Refusal("UnsupportedProtocol", where + ": " + problem);
  }

  /** Why HTTP requests cannot be sent there; null when they can. */
  static Backends.@Nullable Refusal checkHttp(
      Derivation.Reader reader, ObjectRef owner, BackendRef ref, boolean grpc) {
    Backends.Refusal refusal = check(reader, owner, ref);
    String namespace = Backends.namespaceOf(owner, ref);
    XBackend backend =
        refusal == null ? reader.object(XBackend.class, namespace, ref.name()) : null;
    String protocol = backend == null ? null : backend.spec().protocol();
    boolean never =
        protocol != null
            && switch (protocol) {
              case "TCP" -> true;
              case "HTTP11", "WSS" -> grpc;
              default -> false;
            };
    return never
        ? new Backends.Refusal(
            "UnsupportedProtocol",
            "XBackend %s/%s: %s is not spoken over %s"
                .formatted(namespace, ref.name(), grpc ? "gRPC" : "HTTP", protocol))
        : refusal;
  }

  private static @Nullable String ofConnections(XBackend.Spec spec) {
    return spec.sessionPersistence() == null
        ? null
        : "sessionPersistence needs HTTP, and the route carries connections";
  }

  private static @Nullable String ofDatagrams(XBackend.Spec spec) {
    if (spec.protocol() != null) {
      return spec.protocol() + " is not spoken in datagrams";
    }
    return spec.tls().speaks()
        ? "TLS is not spoken in datagrams"
        : spec.sessionPersistence() == null
            ? null
            : "sessionPersistence needs HTTP, and the route carries datagrams";
  }

  /** Where a reference that was checked leads to on nodes. */
  static dev.weft.api.v1.Backend.BackendService service(
      Derivation.Reader reader, ObjectRef owner, BackendRef ref) {
    String namespace = Backends.namespaceOf(owner, ref);
    XBackend backend = reader.object(XBackend.class, namespace, ref.name());
    if (backend == null) {
      throw new IllegalArgumentException(
          new ObjectRef(Kind.X_BACKEND, namespace, ref.name()) + " is not in the snapshot");
    }
    return dev.weft.api.v1.Backend.BackendService.newBuilder()
        .setNamespace(namespace)
        .setName(XBackendTranslation.serviceName(ref.name()))
        .setPort(backend.spec().port().number())
        .build();
  }
}
