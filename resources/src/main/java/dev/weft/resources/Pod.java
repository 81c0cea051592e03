package dev.weft.resources;

import com.fasterxml.jackson.databind.JsonNode;
import dev.weft.resources.Schema.Carried;
import dev.weft.resources.Schema.Default;
import dev.weft.resources.Schema.OneOf;
import java.util.List;
import java.util.Map;

/** A Pod. */
public record Pod(ObjectMeta metadata, PodSpec spec, @Default("{}") Status status)
    implements KubeObject {

  /** A Pod which nothing has been said about yet. */
  public static final Status PENDING =
      new Status("Pending", "", List.of(), "", List.of(), Map.of());

  /**
   * What is known of the running Pod.
   *
   * @param podIP "" until it has an address
   */
  public record Status(
      @Default("Pending") @OneOf({"Pending", "Running", "Succeeded", "Failed", "Unknown"})
          String phase,
      @Default("") String podIP,
      List<PodIp> podIPs,
      @Default("") String hostIP,
      List<PodSpec.Condition> conditions,
      @Carried({
            "allocatedResources",
            "containerStatuses",
            "ephemeralContainerStatuses",
            "extendedResourceClaimStatus",
            "hostIPs",
            "initContainerStatuses",
            "message",
            "nominatedNodeName",
            "observedGeneration",
            "qosClass",
            "reason",
            "resize",
            "resourceClaimStatuses",
            "resources",
            "startTime"
          })
          Map<String, JsonNode> carried) {

    /** The status of a Pod in a phase with an address, ready or not. */
    public static Status of(String phase, String podIP, boolean ready) {
      return new Status(
          phase,
          podIP,
          podIP.isEmpty() ? List.of() : List.of(new PodIp(podIP)),
          "",
          List.of(new PodSpec.Condition("Ready", ready ? "True" : "False", Map.of())),
          Map.of());
    }
  }

  public record PodIp(String ip) {}

  /** Whether the Pod says that it can serve. */
  public boolean ready() {
    return status.conditions().stream()
        .anyMatch(
            condition -> condition.type().equals("Ready") && condition.status().equals("True"));
  }

  /** Whether the Pod has, or is about to have, an address of its own on some node. */
  public boolean networked() {
    return !spec.nodeName().isEmpty() && !spec.hostNetwork() && !finished();
  }

  /** Whether the Pod has run to its end and gives its address back. */
  public boolean finished() {
    return status.phase().equals("Succeeded") || status.phase().equals("Failed");
  }

  @Override
  public Pod withMetadata(ObjectMeta value) {
    return new Pod(value, spec, status);
  }

  public Pod withSpec(PodSpec value) {
    return new Pod(metadata, value, status);
  }

  public Pod withStatus(Status value) {
    return new Pod(metadata, spec, value);
  }
}
