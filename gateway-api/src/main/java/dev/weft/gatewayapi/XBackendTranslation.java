package dev.weft.gatewayapi;

import dev.weft.api.v1.AppProtocol;
import dev.weft.api.v1.BackendTls;
import dev.weft.api.v1.Resource;
import dev.weft.api.v1.Service;
import dev.weft.resources.Derivation;
import dev.weft.resources.Protocol;
import dev.weft.resources.SessionPersistence;
import dev.weft.resources.XBackend;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One XBackend as nodes know it (GEP-4894): a Service without an address, of a name that no Service
 * can have. So all that is done for a Service is done for it, and nobody gets there but by a route.
 *
 * @param refusal why nothing may be sent there; null: all that it says is done
 * @param remark what of it has no effect; "" when all has
 * @param resources its Service, and how it is spoken to
 */
record XBackendTranslation(
    Backends.@Nullable Refusal refusal, String remark, List<Resource> resources) {
  private static final String SUFFIX = ".xbackend";

  /** Its name as a Service. Names of Services hold no dot. */
  static String serviceName(String name) {
    return name + SUFFIX;
  }

  /** The protocols that can be meant by the port: without one, that of the route. */
  static List<Protocol> transports(XBackend.Spec spec) {
    return spec.protocol() == null && !spec.tls().speaks()
        ? List.of(Protocol.TCP, Protocol.UDP)
        : List.of(Protocol.TCP);
  }

  /** Translates one XBackend, its endpoints and settings aside. */
  record Of(String namespace, String name) implements Derivation.Query<XBackendTranslation> {
    @Override
    public XBackendTranslation compute(Derivation.Reader reader) {
      XBackend backend = reader.object(XBackend.class, namespace, name);
      if (backend == null) {
        throw new IllegalArgumentException(namespace + "/" + name + " is not in the snapshot");
      }
      XBackend.Spec spec = backend.spec();
      Backends.Refusal unsupported = unsupported(spec);
      if (unsupported != null) {
        return new XBackendTranslation(unsupported, "", List.of());
      }
      dev.weft.resources.BackendTlsPolicy.Validation said = spec.tls().validation();
      if (said == null) {
        return new XBackendTranslation(null, "", List.of(service(spec)));
      }
      BackendTlsValidation tls = BackendTlsValidation.of(reader, namespace, said);
      if (tls.message() == null) {
        return new XBackendTranslation(tls.unaccepted(), "", List.of());
      }
      Backends.Refusal unresolved = tls.unresolved();
      return new XBackendTranslation(
          null,
          unresolved == null ? "" : "without effect: " + unresolved.message(),
          List.of(service(spec), tls(tls.message())));
    }

    private Resource service(XBackend.Spec spec) {
      Service.Builder made =
          Service.newBuilder().setNamespace(namespace).setName(serviceName(name));
      for (Protocol transport : transports(spec)) {
        made.addPorts(
            Service.Port.newBuilder()
                .setPort(spec.port().number())
                .setTargetPort(spec.port().number())
                .setUdp(transport == Protocol.UDP)
                .setAppProtocol(appProtocol(spec.protocol())));
      }
      return Resource.newBuilder()
          .setName("service/" + namespace + "/" + serviceName(name))
          .setService(made)
          .build();
    }

    private Resource tls(BackendTls.Validation validation) {
      return Resource.newBuilder()
          .setName(BackendTlsTranslation.resourceName(namespace, serviceName(name)))
          .setBackendTls(
              BackendTls.newBuilder()
                  .setNamespace(namespace)
                  .setService(serviceName(name))
                  .setMesh(true)
                  .addPorts(BackendTls.Port.newBuilder().setValidation(validation)))
          .build();
    }
  }

  private static Backends.@Nullable Refusal unsupported(XBackend.Spec spec) {
    if (spec.endpointSelector() == null) {
      return new Backends.Refusal("UnsupportedValue", "type " + spec.type() + " is not done");
    }
    if ("MCP".equals(spec.protocol())) {
      return new Backends.Refusal("UnsupportedProtocol", "protocol MCP is not done");
    }
    if (spec.tls().clientCertificateRef() != null) {
      return new Backends.Refusal(
          "UnsupportedValue", "tls.mode ClientAndServer is not done; use ServerOnly");
    }
    SessionPersistence session = spec.sessionPersistence();
    if (session != null && "TCP".equals(spec.protocol())) {
      return new Backends.Refusal(
          "UnsupportedValue", "sessionPersistence needs HTTP, and the protocol is TCP");
    }
    String problem = session == null ? null : Sessions.problem(session);
    return problem == null
        ? null
        : new Backends.Refusal("UnsupportedValue", "sessionPersistence: " + problem);
  }

  /** What nodes speak; TLS around it is told apart. */
  private static AppProtocol appProtocol(@Nullable String protocol) {
    return switch (protocol) {
      case "HTTP" -> AppProtocol.APP_PROTOCOL_HTTP;
      case "HTTP2", "H2C", "GRPC" -> AppProtocol.APP_PROTOCOL_HTTP2;
      case "HTTP11", "WSS" -> AppProtocol.APP_PROTOCOL_WEBSOCKET;
      case "TCP" -> AppProtocol.APP_PROTOCOL_TCP;
      case null, default -> AppProtocol.APP_PROTOCOL_UNSPECIFIED;
    };
  }
}
