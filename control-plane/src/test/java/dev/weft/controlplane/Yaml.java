package dev.weft.controlplane;

import dev.weft.resources.ResourceParser;

/** Objects as users write them. */
final class Yaml {
  static final String POLICIES =
      """
      apiVersion: networking.k8s.io/v1
      kind: NetworkPolicy
      metadata:
        name: web
        namespace: shop
      spec:
        podSelector:
          matchLabels:
            app: web
        policyTypes: [Ingress]
        ingress:
        - from:
          - ipBlock:
              cidr: 192.0.2.0/24
          ports:
          - port: 8080
      ---
      apiVersion: weft.dev/v1alpha1
      kind: AuthorizationPolicy
      metadata:
        name: readers
        namespace: shop
      spec:
        action: ALLOW
        rules:
        - to:
          - operation:
              methods: [GET]
      """;

  private Yaml() {}

  static String meshConfig(String otlpEndpoint) {
    return """
        apiVersion: weft.dev/v1alpha1
        kind: MeshConfig
        metadata:
          name: default
        spec:
          telemetry:
            otlpEndpoint: %s
        """
        .formatted(otlpEndpoint);
  }

  static String pod(String name, String account, String node) {
    return """
        apiVersion: v1
        kind: Pod
        metadata:
          name: %s
          namespace: shop
          uid: uid-%s
          labels:
            app: %s
        spec:
          nodeName: %s
          serviceAccountName: %s
          containers:
          - name: main
        status:
          phase: Running
          podIP: 10.244.1.7
        """
        .formatted(name, name, name, node, account);
  }

  static String namespace(String name) {
    return """
        apiVersion: v1
        kind: Namespace
        metadata:
          name: %s
        """
        .formatted(name);
  }

  static String node(String name) {
    return """
        apiVersion: v1
        kind: Node
        metadata:
          name: %s
        spec:
          podCIDR: 10.244.9.0/24
        status:
          addresses:
          - type: InternalIP
            address: 172.31.0.19
        """
        .formatted(name);
  }

  static String service(String name) {
    return """
        apiVersion: v1
        kind: Service
        metadata:
          name: %s
          namespace: shop
          uid: uid-%s
        spec:
          clusterIP: 10.96.0.7
          selector:
            app: %s
          ports:
          - name: http
            port: 80
            targetPort: 8080
        """
        .formatted(name, name, name);
  }

  static String route(String name, String service, int weight) {
    return """
        apiVersion: gateway.networking.k8s.io/v1
        kind: HTTPRoute
        metadata:
          name: %s
          namespace: shop
          generation: %d
          creationTimestamp: 2026-03-01T12:00:00Z
        spec:
          parentRefs:
          - group: ""
            kind: Service
            name: %s
            port: 80
          rules:
          - matches:
            - path:
                type: PathPrefix
                value: /%s
            backendRefs:
            - name: %s
              port: 80
              weight: %d
        """
        .formatted(name, weight, service, name, service, weight);
  }

  static String gateway(String name) {
    return """
        apiVersion: gateway.networking.k8s.io/v1
        kind: GatewayClass
        metadata:
          name: weft
        spec:
          controllerName: weft.dev/gateway-controller
        ---
        apiVersion: gateway.networking.k8s.io/v1
        kind: Gateway
        metadata:
          name: %s
          namespace: shop
        spec:
          gatewayClassName: weft
          listeners:
          - name: http
            protocol: HTTP
            port: 80
        """
        .formatted(name);
  }

  static ResourceParser parser() {
    return ResourceParser.strict();
  }
}
