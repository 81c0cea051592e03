package dev.weft.gatewayapi;

import dev.weft.resources.Derivation;
import dev.weft.resources.IntOrString;
import dev.weft.resources.ObjectMeta;
import dev.weft.resources.Protocol;
import dev.weft.resources.Service;
import dev.weft.resources.XBackend;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An XBackend that selects Pods is to nodes a headless Service with one port. Its name has a dot,
 * which no Service's has (RFC 1035, section 2.3.1), so the two never meet.
 */
final class XBackends {
  private static final String SUFFIX = ".xbackend";

  private XBackends() {}

  /** Under what name nodes know an XBackend. */
  static String serviceName(String name) {
    return name + SUFFIX;
  }

  /** The Service that nodes know by a name, or null: a user's, or one that is an XBackend. */
  static @Nullable Service service(Derivation.Reader reader, String namespace, String name) {
    XBackend backend = behind(reader, namespace, name);
    return backend == null ? reader.object(Service.class, namespace, name) : asService(backend);
  }

  /** The XBackend that nodes know as a Service of a name, or null. */
  static @Nullable XBackend behind(Derivation.Reader reader, String namespace, String name) {
    return name.endsWith(SUFFIX)
        ? reader.object(
            XBackend.class, namespace, name.substring(0, name.length() - SUFFIX.length()))
        : null;
  }

  /** Why nothing can be sent to it; null when something can. */
  static Backends.@Nullable Refusal refusal(XBackend backend) {
    XBackend.Spec spec = backend.spec();
    if (spec.endpointSelector() == null) {
      return new Backends.Refusal("UnsupportedValue", "type " + spec.type() + " is not done");
    }
    if (spec.tls().clientCertificateRef() != null) {
      return new Backends.Refusal("UnsupportedValue", "tls.mode ClientAndServer is not done");
    }
    String protocol = spec.protocol();
    return "MCP".equals(protocol)
        ? new Backends.Refusal("UnsupportedValue", "protocol " + protocol + " is not done")
        : null;
  }

  private static Service asService(XBackend backend) {
    int number = backend.spec().port().number();
    Service.Port port =
        new Service.Port(
            "",
            Protocol.TCP,
            number,
            new IntOrString.PortNumber(number),
            appProtocol(backend.spec()),
            0);
    return new Service(
        ObjectMeta.of(backend.metadata().namespace(), serviceName(backend.metadata().name())),
        new Service.Spec(
            "ClusterIP",
            Service.HEADLESS,
            List.of(),
            Map.of(),
            List.of(port),
            "None",
            false,
            "Cluster",
            "Cluster",
            Map.of()),
        Map.of());
  }

  /** What a Service's port would say; "" leaves it to the route. */
  private static String appProtocol(XBackend.Spec spec) {
    boolean tls = !spec.tls().mode().equals("None");
    return switch (spec.protocol()) {
      case null -> tls ? "https" : "";
      case "HTTP", "HTTP11" -> tls ? "https" : "http";
      case "HTTP2" -> "https";
      case "GRPC" -> tls ? "https" : "grpc";
      case "H2C" -> "kubernetes.io/h2c";
      case "WSS" -> "kubernetes.io/wss";
      default -> "tcp";
    };
  }
}
