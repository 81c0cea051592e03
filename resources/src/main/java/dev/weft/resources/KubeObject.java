package dev.weft.resources;

/**
 * One object as an API server would hold it, without its apiVersion and kind, which the type says.
 */
public sealed interface KubeObject
    permits AuthorizationPolicy,
        BackendTlsPolicy,
        ClusterTrustBundle,
        BackendTrafficPolicy,
        ConfigMap,
        CustomResourceDefinition,
        Deployment,
        EndpointSlice,
        Gateway,
        GatewayClass,
        ListenerSet,
        MeshConfig,
        Namespace,
        NetworkPolicy,
        Node,
        Pod,
        ReferenceGrant,
        Route,
        Secret,
        Service,
        ServiceAccount,
        TelemetryPolicy,
        XBackend,
        XMesh {

  ObjectMeta metadata();

  /** The same object with other metadata. */
  KubeObject withMetadata(ObjectMeta metadata);

  default Kind kind() {
    return Kind.of(getClass());
  }

  default ObjectRef ref() {
    return new ObjectRef(kind(), metadata().namespace(), metadata().name());
  }
}
