package dev.weft.resources;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The kinds of object that Weft reads, in an order in which they can be created. */
public enum Kind {
  NAMESPACE(Namespace.class, "Namespace", false, Schema.DNS_LABEL, "v1"),
  NODE(Node.class, "Node", false, Schema.DNS_SUBDOMAIN, "v1"),
  CUSTOM_RESOURCE_DEFINITION(
      CustomResourceDefinition.class,
      "CustomResourceDefinition",
      false,
      Schema.DNS_SUBDOMAIN,
      "apiextensions.k8s.io/v1"),
  GATEWAY_CLASS(
      GatewayClass.class,
      "GatewayClass",
      false,
      Schema.DNS_SUBDOMAIN,
      "gateway.networking.k8s.io/v1",
      "gateway.networking.k8s.io/v1beta1"),
  X_MESH(XMesh.class, "XMesh", false, Schema.DNS_SUBDOMAIN, "gateway.networking.x-k8s.io/v1alpha1"),
  MESH_CONFIG(MeshConfig.class, "MeshConfig", false, Schema.DNS_SUBDOMAIN, "weft.dev/v1alpha1"),
  SERVICE_ACCOUNT(ServiceAccount.class, "ServiceAccount", true, Schema.DNS_SUBDOMAIN, "v1"),
  SECRET(Secret.class, "Secret", true, Schema.DNS_SUBDOMAIN, "v1"),
  CONFIG_MAP(ConfigMap.class, "ConfigMap", true, Schema.DNS_SUBDOMAIN, "v1"),
  CLUSTER_TRUST_BUNDLE(
      ClusterTrustBundle.class,
      "ClusterTrustBundle",
      false,
      Schema.PATH_SEGMENT,
      "certificates.k8s.io/v1",
      "certificates.k8s.io/v1beta1",
      "certificates.k8s.io/v1alpha1"),
  SERVICE(Service.class, "Service", true, Schema.DNS_1035_LABEL, "v1"),
  DEPLOYMENT(Deployment.class, "Deployment", true, Schema.DNS_SUBDOMAIN, "apps/v1"),
  POD(Pod.class, "Pod", true, Schema.DNS_SUBDOMAIN, "v1"),
  ENDPOINT_SLICE(
      EndpointSlice.class, "EndpointSlice", true, Schema.DNS_SUBDOMAIN, "discovery.k8s.io/v1"),
  NETWORK_POLICY(
      NetworkPolicy.class, "NetworkPolicy", true, Schema.DNS_SUBDOMAIN, "networking.k8s.io/v1"),
  REFERENCE_GRANT(
      ReferenceGrant.class,
      "ReferenceGrant",
      true,
      Schema.DNS_SUBDOMAIN,
      "gateway.networking.k8s.io/v1",
      "gateway.networking.k8s.io/v1beta1"),
  GATEWAY(
      Gateway.class,
      "Gateway",
      true,
      Schema.DNS_SUBDOMAIN,
      "gateway.networking.k8s.io/v1",
      "gateway.networking.k8s.io/v1beta1"),
  LISTENER_SET(
      ListenerSet.class, "ListenerSet", true, Schema.DNS_SUBDOMAIN, "gateway.networking.k8s.io/v1"),
  HTTP_ROUTE(
      HttpRoute.class,
      "HTTPRoute",
      true,
      Schema.DNS_SUBDOMAIN,
      "gateway.networking.k8s.io/v1",
      "gateway.networking.k8s.io/v1beta1"),
  GRPC_ROUTE(
      GrpcRoute.class, "GRPCRoute", true, Schema.DNS_SUBDOMAIN, "gateway.networking.k8s.io/v1"),
  TLS_ROUTE(
      TlsRoute.class,
      "TLSRoute",
      true,
      Schema.DNS_SUBDOMAIN,
      "gateway.networking.k8s.io/v1",
      "gateway.networking.k8s.io/v1alpha3",
      "gateway.networking.k8s.io/v1alpha2"),
  TCP_ROUTE(
      TcpRoute.class,
      "TCPRoute",
      true,
      Schema.DNS_SUBDOMAIN,
      "gateway.networking.k8s.io/v1",
      "gateway.networking.k8s.io/v1alpha2"),
  UDP_ROUTE(
      UdpRoute.class,
      "UDPRoute",
      true,
      Schema.DNS_SUBDOMAIN,
      "gateway.networking.k8s.io/v1",
      "gateway.networking.k8s.io/v1alpha2"),
  AUTHORIZATION_POLICY(
      AuthorizationPolicy.class,
      "AuthorizationPolicy",
      true,
      Schema.DNS_SUBDOMAIN,
      "weft.dev/v1alpha1"),
  BACKEND_TLS_POLICY(
      BackendTlsPolicy.class,
      "BackendTLSPolicy",
      true,
      Schema.DNS_SUBDOMAIN,
      "gateway.networking.k8s.io/v1",
      "gateway.networking.k8s.io/v1alpha3"),
  TELEMETRY_POLICY(
      TelemetryPolicy.class,
      "XTelemetryPolicy",
      true,
      Schema.DNS_SUBDOMAIN,
      "gateway.networking.x-k8s.io/v1alpha1"),
  BACKEND_TRAFFIC_POLICY(
      BackendTrafficPolicy.class,
      "XBackendTrafficPolicy",
      true,
      Schema.DNS_SUBDOMAIN,
      "gateway.networking.x-k8s.io/v1alpha1"),
  X_BACKEND(
      XBackend.class,
      "XBackend",
      true,
      Schema.DNS_SUBDOMAIN,
      "gateway.networking.x-k8s.io/v1alpha1");

  private static final Map<String, Kind> BY_NAME =
      Stream.of(values()).collect(Collectors.toUnmodifiableMap(Kind::kind, kind -> kind));
  private static final Map<Class<?>, Kind> BY_TYPE =
      Stream.of(values()).collect(Collectors.toUnmodifiableMap(kind -> kind.type, kind -> kind));

  private final Class<? extends KubeObject> type;
  private final String kind;
  private final boolean namespaced;
  private final String namePattern;

  @SuppressWarnings("ImmutableEnumChecker") // made by List.of
  private final List<String> apiVersions;

  Kind(
      Class<? extends KubeObject> type,
      String kind,
      boolean namespaced,
      String namePattern,
      String... apiVersions) {
    this.type = type;
    this.kind = kind;
    this.namespaced = namespaced;
    this.namePattern = namePattern;
    this.apiVersions = List.of(apiVersions);
  }

  /** The record that holds objects of this kind. */
  public Class<? extends KubeObject> type() {
    return type;
  }

  /** The name as it is written in YAML, for example "HTTPRoute". */
  public String kind() {
    return kind;
  }

  /** Whether objects of this kind live in a namespace. */
  public boolean namespaced() {
    return namespaced;
  }

  /** The group and version that Weft writes. */
  public String apiVersion() {
    return apiVersions.getFirst();
  }

  /** The API group, "" for the core group. */
  public String group() {
    String version = apiVersion();
    int slash = version.indexOf('/');
    return slash < 0 ? "" : version.substring(0, slash);
  }

  /** All the groups and versions that are read. */
  public List<String> apiVersions() {
    return apiVersions;
  }

  int maxNameLength() {
    return namePattern.equals(Schema.DNS_LABEL) || namePattern.equals(Schema.DNS_1035_LABEL)
        ? 63
        : 253;
  }

  String namePattern() {
    return namePattern;
  }

  /** The kind with a name as written in YAML, or null. */
  public static @Nullable Kind named(String kind) {
    return BY_NAME.get(kind);
  }

  /**
   * The kind whose objects a record holds.
   *
   * @throws IllegalArgumentException for a class that holds none
   */
  public static Kind of(Class<? extends KubeObject> type) {
    Kind kind = BY_TYPE.get(type);
    if (kind == null) {
      throw new IllegalArgumentException(type + " holds no kind of object; use one of " + names());
    }
    return kind;
  }

  static String names() {
    return String.join(", ", new TreeMap<>(BY_NAME).keySet());
  }
}
