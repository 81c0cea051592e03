package dev.weft.resources;

import com.fasterxml.jackson.databind.JsonNode;
import dev.weft.resources.Schema.Carried;
import dev.weft.resources.Schema.Checked;
import dev.weft.resources.Schema.Default;
import dev.weft.resources.Schema.OneOf;
import dev.weft.resources.Schema.Problem;
import dev.weft.resources.Schema.Range;
import dev.weft.resources.Schema.Size;
import dev.weft.resources.Schema.Text;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What runs in a Pod.
 *
 * @param nodeName "" until the Pod is scheduled
 */
public record PodSpec(
    @Default("") String nodeName,
    @Default("default") String serviceAccountName,
    boolean hostNetwork,
    @Size(min = 1) List<Container> containers,
    List<Container> initContainers,
    @Default("30") @Range(min = 0) long terminationGracePeriodSeconds,
    @Carried({
          "activeDeadlineSeconds",
          "affinity",
          "automountServiceAccountToken",
          "dnsConfig",
          "dnsPolicy",
          "enableServiceLinks",
          "ephemeralContainers",
          "hostAliases",
          "hostIPC",
          "hostPID",
          "hostUsers",
          "hostname",
          "hostnameOverride",
          "imagePullSecrets",
          "nodeSelector",
          "os",
          "overhead",
          "preemptionPolicy",
          "priority",
          "priorityClassName",
          "readinessGates",
          "resourceClaims",
          "resources",
          "restartPolicy",
          "runtimeClassName",
          "schedulerName",
          "schedulingGates",
          "securityContext",
          "serviceAccount",
          "setHostnameAsFQDN",
          "shareProcessNamespace",
          "subdomain",
          "tolerations",
          "topologySpreadConstraints",
          "volumes",
          "workloadRef"
        })
        Map<String, JsonNode> carried)
    implements Checked {

  /** One container. */
  public record Container(
      @Text(min = 1, max = 63, pattern = Schema.DNS_LABEL) String name,
      @Default("") String image,
      List<String> command,
      List<String> args,
      @Default("") String workingDir,
      List<EnvVar> env,
      List<ContainerPort> ports,
      @Carried({
            "envFrom",
            "imagePullPolicy",
            "lifecycle",
            "livenessProbe",
            "readinessProbe",
            "resizePolicy",
            "resources",
            "restartPolicy",
            "restartPolicyRules",
            "securityContext",
            "startupProbe",
            "stdin",
            "stdinOnce",
            "terminationMessagePath",
            "terminationMessagePolicy",
            "tty",
            "volumeDevices",
            "volumeMounts"
          })
          Map<String, JsonNode> carried) {}

  /** An environment variable: a value, or where it comes from. */
  public record EnvVar(
      @Text(min = 1) String name, @Default("") String value, @Nullable EnvSource valueFrom) {}

  /** Where an environment variable's value comes from. */
  public record EnvSource(
      @Nullable FieldRef fieldRef,
      @Carried({"configMapKeyRef", "fileKeyRef", "resourceFieldRef", "secretKeyRef"})
          Map<String, JsonNode> carried) {}

  /**
   * A field of the Pod itself.
   *
   * @param fieldPath for example "metadata.name" or "status.podIP"
   */
  public record FieldRef(@Default("v1") String apiVersion, @Text(min = 1) String fieldPath) {}

  /**
   * A port that a container listens on.
   *
   * @param name "" when the port has none
   */
  public record ContainerPort(
      @Default("") @Text(max = 15, pattern = "|" + Schema.DNS_LABEL) String name,
      @Range(min = 1, max = 65535) int containerPort,
      @Default("TCP") Protocol protocol,
      @Default("0") @Range(min = 0, max = 65535) int hostPort,
      @Default("") String hostIP) {}

  /** The container port with a name, or null. */
  public @Nullable ContainerPort portNamed(String name, Protocol protocol) {
    for (Container container : containers) {
      for (ContainerPort port : container.ports()) {
        if (port.name().equals(name) && port.protocol() == protocol) {
          return port;
        }
      }
    }
    return null;
  }

  public PodSpec withNodeName(String value) {
    return new PodSpec(
        value,
        serviceAccountName,
        hostNetwork,
        containers,
        initContainers,
        terminationGracePeriodSeconds,
        carried);
  }

  @Override
  public List<Problem> problems() {
    List<Problem> found = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (int i = 0; i < containers.size(); i++) {
      if (!names.add(containers.get(i).name())) {
        found.add(
            new Problem("containers[" + i + "].name", "is used by another container of the Pod"));
      }
    }
    return found;
  }

  /** Metadata of a Pod template: names are given later. */
  public record TemplateMeta(
      @Schema.Labels Map<String, String> labels,
      Map<String, String> annotations,
      @Carried({"name", "namespace", "generateName", "creationTimestamp", "finalizers"})
          Map<String, JsonNode> carried) {}

  /** What Pods of a controller look like. */
  public record Template(@Default("{}") TemplateMeta metadata, PodSpec spec) {}

  /**
   * A condition of a Pod.
   *
   * @param status True, False or Unknown
   */
  public record Condition(
      String type,
      @OneOf({"True", "False", "Unknown"}) String status,
      @Carried({"lastProbeTime", "lastTransitionTime", "message", "observedGeneration", "reason"})
          Map<String, JsonNode> carried) {}
}
