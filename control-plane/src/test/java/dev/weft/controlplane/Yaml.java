package dev.weft.controlplane;

import dev.weft.resources.ResourceParser;

/** Objects as users write them. */
final class Yaml {
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

  static ResourceParser parser() {
    return ResourceParser.strict();
  }
}
