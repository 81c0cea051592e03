package dev.weft.routing;

import com.google.protobuf.ByteString;
import dev.weft.api.v1.Gateway;
import java.util.List;

/**
 * How a listener ends TLS. Equal values need the same context.
 *
 * @param certificates names for {@link ProxyTables#certificate(String)}; empty: the listener ends
 *     no TLS
 * @param clientRoots DER certificates that sign clients' certificates; empty: none is asked for
 * @param clientOptional serve clients without a valid certificate too
 * @param http HTTP is spoken inside, and its version is agreed on in the handshake (ALPN)
 */
public record ListenerTls(
    List<String> certificates, List<ByteString> clientRoots, boolean clientOptional, boolean http) {
  public ListenerTls {
    certificates = List.copyOf(certificates);
    clientRoots = List.copyOf(clientRoots);
  }

  /** As the control plane words it. */
  public static ListenerTls of(Gateway.Listener listener) {
    return new ListenerTls(
        listener.getCertificatesList(),
        listener.getClientRootsList(),
        listener.getClientOptional(),
        listener.getProtocol() == Gateway.Protocol.PROTOCOL_HTTPS);
  }
}
