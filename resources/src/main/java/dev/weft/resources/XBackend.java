package dev.weft.resources;

import com.fasterxml.jackson.databind.JsonNode;
import dev.weft.resources.Schema.Carried;
import dev.weft.resources.Schema.Checked;
import dev.weft.resources.Schema.Default;
import dev.weft.resources.Schema.Labels;
import dev.weft.resources.Schema.OneOf;
import dev.weft.resources.Schema.Problem;
import dev.weft.resources.Schema.Range;
import dev.weft.resources.Schema.Size;
import dev.weft.resources.Schema.Text;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** An XBackend: where routes of its namespace send, and how it is spoken to there (GEP-4894). */
public record XBackend(
    ObjectMeta metadata, Spec spec, @Carried({"status"}) Map<String, JsonNode> carried)
    implements KubeObject {

  /**
   * What it stands for.
   *
   * @param protocol what is spoken; null: what the route that sends there has
   */
  public record Spec(
      @OneOf({"ExternalHostname", "EndpointSelector"}) String type,
      Port port,
      @Nullable ExternalHostname externalHostname,
      @Nullable EndpointSelector endpointSelector,
      @Nullable SessionPersistence sessionPersistence,
      @Nullable @OneOf({"TCP", "HTTP", "HTTP2", "HTTP11", "H2C", "MCP", "GRPC", "WSS"})
          String protocol,
      @Default("{}") Tls tls)
      implements Checked {

    @Override
    public List<Problem> problems() {
      List<Problem> found = new ArrayList<>();
      boolean selects = type.equals("EndpointSelector");
      if (selects == (externalHostname != null)) {
        found.add(
            new Problem(
                "externalHostname", "must be set for type ExternalHostname, and for no other"));
      }
      if (selects == (endpointSelector == null)) {
        found.add(
            new Problem(
                "endpointSelector", "must be set for type EndpointSelector, and for no other"));
      }
      if (!selects && sessionPersistence != null) {
        found.add(new Problem("sessionPersistence", "must be set for type EndpointSelector alone"));
      }
      boolean encrypted = "HTTP2".equals(protocol) || "WSS".equals(protocol);
      if (encrypted && !tls.speaks()) {
        found.add(new Problem("tls", "must not be None for protocol " + protocol));
      }
      if ("H2C".equals(protocol) && tls.speaks()) {
        found.add(new Problem("tls", "must be None for protocol H2C; HTTP2 is spoken over TLS"));
      }
      return found;
    }
  }

  /** The port that is connected to. */
  public record Port(@Range(min = 1, max = 65535) int number) {}

  /** A host outside of the cluster, by name. */
  public record ExternalHostname(
      @Text(min = 1, max = 253, pattern = Schema.DNS_SUBDOMAIN) String hostname) {}

  /** Pods of the namespace that have all of the labels. */
  public record EndpointSelector(@Labels @Size(min = 1, max = 64) Map<String, String> matchLabels) {

    /** Without a label it is nobody's: everybody's Pods cannot be meant. */
    public boolean selects(Pod pod) {
      return !matchLabels.isEmpty()
          && pod.metadata().labels().entrySet().containsAll(matchLabels.entrySet());
    }
  }

  /**
   * How TLS is spoken to it.
   *
   * @param validation whom to believe; null for the mode None alone
   */
  public record Tls(
      @Default("None") @OneOf({"None", "ServerOnly", "ClientAndServer"}) String mode,
      Gateway.@Nullable SecretRef clientCertificateRef,
      BackendTlsPolicy.@Nullable Validation validation)
      implements Checked {

    /** Whether TLS is spoken at all. */
    public boolean speaks() {
      return !mode.equals("None");
    }

    @Override
    public List<Problem> problems() {
      List<Problem> found = new ArrayList<>();
      if (speaks() == (validation == null)) {
        found.add(new Problem("validation", "must be set unless the mode is None, and only then"));
      }
      if (mode.equals("ClientAndServer") == (clientCertificateRef == null)) {
        found.add(
            new Problem(
                "clientCertificateRef", "must be set for mode ClientAndServer, and for no other"));
      }
      return found;
    }
  }

  @Override
  public XBackend withMetadata(ObjectMeta value) {
    return new XBackend(value, spec, carried);
  }
}
