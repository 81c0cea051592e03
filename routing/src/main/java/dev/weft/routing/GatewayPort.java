package dev.weft.routing;

import dev.weft.api.v1.Gateway;
import dev.weft.api.v1.Tracing;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The listeners that share one port of a Gateway, of TCP or of UDP. Immutable. */
public final class GatewayPort {
  private final String namespace;
  private final String gateway;
  private final int port;
  private final String backendCertificate;
  private final @Nullable Tracing tracing;
  private final List<GatewayListener> listeners;
  private final HostTable<GatewayListener> byHost;

  GatewayPort(Gateway gateway, int port, List<GatewayListener> listeners) {
    this.namespace = gateway.getNamespace();
    this.gateway = gateway.getName();
    this.port = port;
    this.backendCertificate = gateway.getBackendCertificate();
    this.tracing = gateway.hasTracing() ? gateway.getTracing() : null;
    this.listeners = List.copyOf(listeners);
    HostTable.Builder<GatewayListener> hosts = new HostTable.Builder<>();
    listeners.forEach(listener -> hosts.putIfAbsent(listener.hostname(), listener));
    this.byHost = hosts.build();
  }

  public String namespace() {
    return namespace;
  }

  public String gateway() {
    return gateway;
  }

  public int port() {
    return port;
  }

  /**
   * The certificate that the Gateway shows to backends, for {@link
   * ProxyTables#certificate(String)}; "" for none.
   */
  public String backendCertificate() {
    return backendCertificate;
  }

  /** What is told of the Gateway's requests; {@code null}: what the mesh tells of all. */
  public @Nullable Tracing tracing() {
    return tracing;
  }

  public List<GatewayListener> listeners() {
    return listeners;
  }

  /**
   * Whether clients begin with a TLS handshake. The control plane lets nothing else stand beside
   * TLS.
   */
  public boolean tls() {
    return switch (listeners.getFirst().protocol()) {
      case HTTPS, TLS, TLS_PASSTHROUGH -> true;
      case HTTP, TCP, UDP -> false;
    };
  }

  /**
   * The single most specific listener for a host or SNI name (Gateway API, listener isolation: no
   * falling back to a broader one). For TLS compare the listener of the SNI name with that of the
   * request's host: where they differ the answer is 421 (RFC 9110 §15.5.20).
   *
   * @param host normalised, see {@link Hosts}; empty when the client sent no SNI
   * @return {@code null}: 404, or for TLS no handshake
   */
  public @Nullable GatewayListener listener(String host) {
    return byHost.mostSpecific(host);
  }

  @Override
  public String toString() {
    return namespace + "/" + gateway + ":" + port;
  }
}
