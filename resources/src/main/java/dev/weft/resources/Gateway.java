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

/** A Gateway: listeners on addresses of its own. */
public record Gateway(
    ObjectMeta metadata, Spec spec, @Carried({"status"}) Map<String, JsonNode> carried)
    implements KubeObject {

  public record Spec(
      @Text(min = 1, max = 253) String gatewayClassName,
      @Size(min = 1, max = 64) List<Listener> listeners,
      @Size(max = 16) List<Address> addresses,
      @Nullable Infrastructure infrastructure,
      @Nullable GatewayTls tls,
      @Carried({"allowedListeners", "defaultScope"}) Map<String, JsonNode> carried)
      implements Checked {

    @Override
    public List<Problem> problems() {
      List<Problem> found = new ArrayList<>();
      Set<String> names = new HashSet<>();
      Set<List<Object>> places = new HashSet<>();
      for (int i = 0; i < listeners.size(); i++) {
        Listener listener = listeners.get(i);
        if (!names.add(listener.name())) {
          found.add(new Problem("listeners[" + i + "].name", "is used by another listener"));
        }
        if (!places.add(List.of(listener.port(), listener.protocol(), listener.hostname()))) {
          found.add(
              new Problem(
                  "listeners[" + i + "]", "has the port, protocol and hostname of another one"));
        }
      }
      return found;
    }
  }

  /**
   * One listener.
   *
   * @param hostname "" for all
   * @param protocol HTTP, HTTPS, TLS, TCP, UDP, or a word that Weft does not know
   */
  public record Listener(
      @Text(min = 1, max = 253, pattern = Schema.DNS_SUBDOMAIN) String name,
      @Default("") @Text(max = 253, pattern = "|" + Schema.HOSTNAME) String hostname,
      @Range(min = 1, max = 65535) int port,
      @Text(
              min = 1,
              max = 255,
              pattern =
                  "[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?|"
                      + Schema.DNS_SUBDOMAIN
                      + "/[A-Za-z0-9]+")
          String protocol,
      @Nullable Tls tls,
      @Default("{}") AllowedRoutes allowedRoutes)
      implements Checked {

    @Override
    public List<Problem> problems() {
      boolean plain = protocol.equals("HTTP") || protocol.equals("TCP") || protocol.equals("UDP");
      if (plain && tls != null) {
        return List.of(new Problem("tls", "must not be set for protocol " + protocol));
      }
      if (protocol.equals("HTTPS") && tls != null && !tls.mode().equals("Terminate")) {
        return List.of(new Problem("tls.mode", "must be Terminate for protocol HTTPS"));
      }
      if ((protocol.equals("TCP") || protocol.equals("UDP")) && !hostname.isEmpty()) {
        return List.of(new Problem("hostname", "must not be set for protocol " + protocol));
      }
      return List.of();
    }
  }

  /** How a listener ends TLS. */
  public record Tls(
      @Default("Terminate") @OneOf({"Terminate", "Passthrough"}) String mode,
      @Size(max = 64) List<SecretRef> certificateRefs,
      @Size(max = 16) Map<String, String> options)
      implements Checked {

    @Override
    public List<Problem> problems() {
      return mode.equals("Terminate") && certificateRefs.isEmpty() && options.isEmpty()
          ? List.of(new Problem("certificateRefs", "must name a Secret for mode Terminate"))
          : List.of();
    }
  }

  /**
   * A Secret that holds a certificate.
   *
   * @param namespace null: the Gateway's
   */
  public record SecretRef(
      @Default("") @Text(max = 253, pattern = Schema.GROUP) String group,
      @Default("Secret") @Text(min = 1, max = 63, pattern = Schema.KIND) String kind,
      @Nullable @Text(min = 1, max = 63, pattern = Schema.DNS_LABEL) String namespace,
      @Text(min = 1, max = 253) String name) {}

  /**
   * Which routes may attach.
   *
   * @param kinds empty: those that the protocol takes
   */
  public record AllowedRoutes(
      @Default("{}") RouteNamespaces namespaces, @Size(max = 8) List<RouteKind> kinds) {}

  public record RouteNamespaces(
      @Default("Same") @OneOf({"All", "Selector", "Same", "None"}) String from,
      @Nullable LabelSelector selector) {}

  public record RouteKind(
      @Default("gateway.networking.k8s.io") @Text(max = 253, pattern = Schema.GROUP) String group,
      @Text(min = 1, max = 63, pattern = Schema.KIND) String kind) {}

  /**
   * An address.
   *
   * @param type IPAddress, Hostname, NamedAddress or a name with a domain
   * @param value "" asks for any address of the type
   */
  public record Address(
      @Default("IPAddress")
          @Text(
              min = 1,
              max = 253,
              pattern =
                  "Hostname|IPAddress|NamedAddress|" + Schema.DNS_SUBDOMAIN + "/[A-Za-z0-9/._~-]+")
          String type,
      @Default("") @Text(max = 253) String value,
      @Carried({"routability"}) Map<String, JsonNode> carried) {}

  /** What generated objects carry. */
  public record Infrastructure(
      @Size(max = 8) Map<String, String> labels,
      @Size(max = 8) Map<String, String> annotations,
      GatewayClass.@Nullable ParametersRef parametersRef) {}

  @Override
  public Gateway withMetadata(ObjectMeta value) {
    return new Gateway(value, spec, carried);
  }
}
