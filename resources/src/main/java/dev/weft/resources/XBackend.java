package dev.weft.resources;

import com.fasterxml.jackson.databind.JsonNode;
import dev.weft.resources.Schema.Carried;
import dev.weft.resources.Schema.Checked;
import dev.weft.resources.Schema.Default;
import dev.weft.resources.Schema.Labels;
import dev.weft.resources.Schema.OneOf;
import dev.weft.resources.Schema.Problem;
import dev.weft.resources.Schema.Range;
import dev.weft.resources.Schema.Text;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** An XBackend: where and how requests go, without a Service (GEP-4731). */
public record XBackend(
    ObjectMeta metadata, Spec spec, @Carried({"status"}) Map<String, JsonNode> carried)
    implements KubeObject {

  /**
   * What the backend is; of the two last the one that the type names is set.
   *
   * @param protocol null: what the route or the listener says
   */
  public record Spec(
      @OneOf({"ExternalHostname", "EndpointSelector"}) String type,
      Port port,
      @Nullable @OneOf({"TCP", "HTTP", "HTTP2", "HTTP11", "H2C", "MCP", "GRPC", "WSS"})
          String protocol,
      @Default("{}") Tls tls,
      @Nullable SessionPersistence sessionPersistence,
      @Nullable ExternalHostname externalHostname,
      @Nullable EndpointSelector endpointSelector)
      implements Checked {

    @Override
    public List<Problem> problems() {
      List<Problem> found = new ArrayList<>();
      if (type.equals("ExternalHostname") != (externalHostname != null)) {
        found.add(new Problem("externalHostname", "is for the type ExternalHostname, and only it"));
      }
      if (type.equals("EndpointSelector") != (endpointSelector != null)) {
        found.add(new Problem("endpointSelector", "is for the type EndpointSelector, and only it"));
      }
      if ("H2C".equals(protocol) && !tls.mode().equals("None")) {
        found.add(new Problem("tls", "must be off for H2C; HTTP2 is HTTP/2 with TLS"));
      }
      boolean secure = "HTTP2".equals(protocol) || "WSS".equals(protocol);
      if (secure && tls.mode().equals("None")) {
        found.add(new Problem("tls", "must be on for the protocol " + protocol));
      }
      if (sessionPersistence != null && endpointSelector == null) {
        found.add(new Problem("sessionPersistence", "is for the type EndpointSelector only"));
      }
      return found;
    }
  }

  public record Port(@Range(min = 1, max = 65535) int number) {}

  public record ExternalHostname(
      @Text(min = 1, max = 253, pattern = Schema.DNS_SUBDOMAIN) String hostname) {}

  /** Which Pods of the backend's namespace are its endpoints: those with all of these labels. */
  public record EndpointSelector(@Labels Map<String, String> matchLabels) implements Checked {
    @Override
    public List<Problem> problems() {
      return matchLabels.isEmpty() || matchLabels.size() > 64
          ? List.of(new Problem("matchLabels", "must hold 1 to 64 labels"))
          : List.of();
    }
  }

  /**
   * TLS to the backend.
   *
   * @param validation whom to believe; set unless the mode is None
   * @param clientCertificateRef set when the mode is ClientAndServer, and only then
   */
  public record Tls(
      @Default("None") @OneOf({"None", "ServerOnly", "ClientAndServer"}) String mode,
      BackendTlsPolicy.@Nullable Validation validation,
      Gateway.@Nullable SecretRef clientCertificateRef)
      implements Checked {

    @Override
    public List<Problem> problems() {
      List<Problem> found = new ArrayList<>();
      if (mode.equals("None") != (validation == null)) {
        found.add(new Problem("validation", "must be set unless the mode is None"));
      }
      if (mode.equals("ClientAndServer") != (clientCertificateRef != null)) {
        found.add(
            new Problem(
                "clientCertificateRef",
                "must be set for the mode ClientAndServer, and only for it"));
      }
      return found;
    }
  }

  @Override
  public XBackend withMetadata(ObjectMeta value) {
    return new XBackend(value, spec, carried);
  }
}
