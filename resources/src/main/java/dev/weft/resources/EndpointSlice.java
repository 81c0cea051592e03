package dev.weft.resources;

import com.fasterxml.jackson.databind.JsonNode;
import dev.weft.resources.Schema.Carried;
import dev.weft.resources.Schema.Default;
import dev.weft.resources.Schema.OneOf;
import dev.weft.resources.Schema.Range;
import dev.weft.resources.Schema.Size;
import dev.weft.resources.Schema.Text;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A part of a Service's endpoints. */
public record EndpointSlice(
    ObjectMeta metadata,
    @OneOf({"IPv4", "IPv6", "FQDN"}) String addressType,
    @Size(max = 1000) List<Endpoint> endpoints,
    @Size(max = 20_000) List<Port> ports)
    implements KubeObject {

  /** Names the Service that a slice belongs to. */
  public static final String SERVICE_NAME_LABEL = "kubernetes.io/service-name";

  /** One endpoint. */
  public record Endpoint(
      @Size(min = 1, max = 100) List<String> addresses,
      @Default("{}") Conditions conditions,
      @Nullable TargetRef targetRef,
      @Default("") String nodeName,
      @Carried({"deprecatedTopology", "hints", "hostname", "zone"})
          Map<String, JsonNode> carried) {}

  /** Absent means: ready, and serving as it is ready. */
  public record Conditions(
      @Default("true") boolean ready, @Nullable Boolean serving, boolean terminating) {

    /** Whether it answers, even while it terminates. */
    public boolean serves() {
      return serving == null ? ready : serving;
    }
  }

  /** What the endpoint is, nearly always a Pod. */
  public record TargetRef(
      @Default("Pod") String kind,
      @Default("") String namespace,
      @Default("") String name,
      @Default("") String uid,
      @Carried({"apiVersion", "fieldPath", "resourceVersion"}) Map<String, JsonNode> carried) {}

  /**
   * A port of every endpoint of the slice.
   *
   * @param name the Service port's name, "" for none
   * @param port null: all ports
   */
  public record Port(
      @Default("") @Text(max = 63) String name,
      @Default("TCP") Protocol protocol,
      @Nullable @Range(min = 1, max = 65535) Integer port,
      @Default("") String appProtocol) {}

  /** The Service that the slice belongs to, "" for none. */
  public String serviceName() {
    return metadata.labels().getOrDefault(SERVICE_NAME_LABEL, "");
  }

  @Override
  public EndpointSlice withMetadata(ObjectMeta value) {
    return new EndpointSlice(value, addressType, endpoints, ports);
  }
}
