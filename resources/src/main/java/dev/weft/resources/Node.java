package dev.weft.resources;

import com.fasterxml.jackson.databind.JsonNode;
import dev.weft.resources.Schema.Carried;
import dev.weft.resources.Schema.Default;
import java.util.List;
import java.util.Map;

/** A machine of the cluster. */
public record Node(ObjectMeta metadata, @Default("{}") Spec spec, @Default("{}") Status status)
    implements KubeObject {

  /** What the node was given. */
  public record Spec(
      @Default("") String podCIDR,
      List<String> podCIDRs,
      @Carried({"providerID", "taints", "unschedulable", "configSource", "externalID"})
          Map<String, JsonNode> carried) {}

  /** What the node says of itself. */
  public record Status(
      List<Address> addresses,
      @Carried({
            "allocatable",
            "capacity",
            "conditions",
            "config",
            "daemonEndpoints",
            "declaredFeatures",
            "features",
            "images",
            "nodeInfo",
            "phase",
            "runtimeHandlers",
            "volumesAttached",
            "volumesInUse"
          })
          Map<String, JsonNode> carried) {}

  /**
   * An address.
   *
   * @param type InternalIP, ExternalIP, Hostname, …
   */
  public record Address(String type, String address) {}

  @Override
  public Node withMetadata(ObjectMeta value) {
    return new Node(value, spec, status);
  }
}
