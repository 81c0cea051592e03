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
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A Gateway: listeners on addresses of its own. */
public record Gateway(
    ObjectMeta metadata, Spec spec, @Carried({"status"}) Map<String, JsonNode> carried)
    implements KubeObject {

  /**
   * What is wanted.
   *
   * @param defaultScope "All": routes that ask for default Gateways attach without naming this one
   *     (GEP-3793); "" or "None": they do not
   */
  public record Spec(
      @Text(min = 1, max = 253) String gatewayClassName,
      @Size(min = 1, max = 64) List<Listener> listeners,
      @Size(max = 16) List<Address> addresses,
      @Nullable Infrastructure infrastructure,
      @Nullable GatewayTls tls,
      @Default("{}") AllowedListeners allowedListeners,
      @Default("") @OneOf({"", "All", "None"}) String defaultScope)
      implements Checked {

    @Override
    public List<Problem> problems() {
      return listenerProblems(listeners);
    }
  }

  /** What is wrong with the listeners of one object together. */
  static List<Problem> listenerProblems(List<Listener> listeners) {
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

  /** Which ListenerSets may add listeners. */
  public record AllowedListeners(@Default("{}") ListenerNamespaces namespaces) {}

  public record ListenerNamespaces(
      @Default("None") @OneOf({"All", "Selector", "Same", "None"}) String from,
      @Nullable LabelSelector selector) {}

  /**
   * One listener.
   *
   * @param hostname "" for all
   * @param protocol HTTP, HTTPS, TLS, TCP, UDP, or a word that Weft does not know
   * @param filters what requests pass before any route is looked at (GEP-5224)
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
      @Default("{}") AllowedRoutes allowedRoutes,
      @Default("{}") ListenerFilters filters)
      implements Checked {

    @Override
    public List<Problem> problems() {
      boolean plain = protocol.equals("HTTP") || protocol.equals("TCP") || protocol.equals("UDP");
      if (plain && tls != null) {
        return List.of(new Problem("tls", "must not be set for protocol " + protocol));
      }
      if (protocol.equals("TLS") && tls == null) {
        return List.of(new Problem("tls.mode", "must be set for protocol TLS"));
      }
      if (protocol.equals("HTTPS") && tls != null && !tls.mode().equals("Terminate")) {
        return List.of(new Problem("tls.mode", "must be Terminate for protocol HTTPS"));
      }
      if ((protocol.equals("TCP") || protocol.equals("UDP")) && !hostname.isEmpty()) {
        return List.of(new Problem("hostname", "must not be set for protocol " + protocol));
      }
      boolean http = protocol.equals("HTTP") || protocol.equals("HTTPS");
      if (!http && !filters.requests().isEmpty()) {
        return List.of(new Problem("filters", "must not be set for protocol " + protocol));
      }
      return List.of();
    }
  }

  /** In the order in which they are applied. */
  public record ListenerFilters(@Size(max = 16) List<ListenerFilter> requests) {}

  /**
   * One step before routing.
   *
   * @param externalAuth who is asked about requests
   */
  public record ListenerFilter(
      @OneOf({"ExternalAuth", "ExtensionRef"}) String type,
      RouteFilter.@Nullable LocalRef extensionRef,
      @Nullable ExternalAuth externalAuth)
      implements Checked {

    @Override
    public List<Problem> problems() {
      boolean extension = type.equals("ExtensionRef");
      if (extension == (extensionRef == null)) {
        return List.of(new Problem("extensionRef", "must be set for type ExtensionRef alone"));
      }
      if (extension != (externalAuth == null)) {
        return List.of(new Problem("externalAuth", "must be set for type ExternalAuth alone"));
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
   * @param routability from where it must be reachable (GEP-5093): "" leaves it to Weft, {@code
   *     Cluster} asks for a Service's ClusterIP, others are names with a domain
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
      @Default("") @Text(max = 253, pattern = "|Cluster|" + Schema.DNS_SUBDOMAIN + "/(?s:.+)")
          String routability)
      implements Checked {

    @Override
    public List<Problem> problems() {
      String domain = routability.substring(0, Math.max(0, routability.indexOf('/')));
      return domain.equals("k8s.io") || domain.endsWith(".k8s.io")
          ? List.of(new Problem("routability", "must not use the reserved domain " + domain))
          : List.of();
    }
  }

  /** What generated objects carry. */
  public record Infrastructure(
      @Labels @Size(max = 8) Map<String, String> labels,
      @Size(max = 16) Map<String, String> annotations,
      GatewayClass.@Nullable ParametersRef parametersRef) {}

  @Override
  public Gateway withMetadata(ObjectMeta value) {
    return new Gateway(value, spec, carried);
  }
}
