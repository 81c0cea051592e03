package dev.weft.cli.lab;

import dev.weft.resources.GatewayClass;
import dev.weft.resources.KubeObject;
import dev.weft.resources.MeshConfig;
import dev.weft.resources.Namespace;
import dev.weft.resources.ObjectMeta;
import java.util.List;
import java.util.Map;

/** What installing Kubernetes and Weft puts into a cluster before any user does. Pure. */
final class Implied {
  /** A lab is for looking: every request is traced, and the proxy says why it answers itself. */
  private static final double TRACE_ALL = 1.0;

  private Implied() {}

  static List<KubeObject> objects(String otlpAddress) {
    return List.of(
        new Namespace(ObjectMeta.of("", "default"), Map.of()),
        new GatewayClass(
            ObjectMeta.of("", "weft"),
            new GatewayClass.Spec(GatewayClass.WEFT_CONTROLLER, null, ""),
            Map.of()),
        new MeshConfig(
            ObjectMeta.of("", MeshConfig.NAME),
            new MeshConfig.Spec(
                "cluster.local", new MeshConfig.Telemetry(otlpAddress, TRACE_ALL), true),
            Map.of()));
  }
}
