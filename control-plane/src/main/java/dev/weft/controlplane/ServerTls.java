package dev.weft.controlplane;

import dev.weft.identity.CertificateAuthority;
import dev.weft.identity.ServerCredential;
import io.grpc.ServerCredentials;
import io.grpc.TlsServerCredentials;
import io.grpc.util.AdvancedTlsX509KeyManager;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The control plane's own server certificate, from its own CA, with a new key each time.
 * Connections that are open go on when it is renewed.
 */
final class ServerTls {
  /** A name that nodes may check whatever address they dial. */
  static final String NAME = "weft-control-plane";

  private final CertificateAuthority authority;
  private final List<String> names = new ArrayList<>(List.of(NAME, "localhost"));
  private final Set<String> addresses = new LinkedHashSet<>(List.of("127.0.0.1"));
  private final AdvancedTlsX509KeyManager keys = new AdvancedTlsX509KeyManager();

  /**
   * A certificate for a listener.
   *
   * @param host what the server listens on; the wildcard address stands for every address of the
   *     machine
   * @param others more names and addresses that nodes dial
   */
  ServerTls(CertificateAuthority authority, InetAddress host, List<String> others)
      throws SocketException {
    this.authority = authority;
    if (host.isAnyLocalAddress()) {
      NetworkInterface.networkInterfaces()
          .flatMap(NetworkInterface::inetAddresses)
          .map(ServerTls::text)
          .forEach(addresses::add);
    } else {
      addresses.add(text(host));
    }
    for (String other : others) {
      try {
        addresses.add(text(InetAddress.ofLiteral(other)));
      } catch (IllegalArgumentException e) {
        names.add(other);
      }
    }
  }

  /** Makes and uses a new certificate; returns it. Any thread. */
  X509Certificate renew() {
    ServerCredential credential = authority.issueServer(names, List.copyOf(addresses));
    keys.updateIdentityCredentials(
        credential.chain().toArray(X509Certificate[]::new), credential.key());
    return credential.chain().getFirst();
  }

  ServerCredentials credentials() {
    return TlsServerCredentials.newBuilder().keyManager(keys).build();
  }

  private static String text(InetAddress address) {
    try {
      // Without the scope that IPv6 link-local addresses carry.
      return InetAddress.getByAddress(address.getAddress()).getHostAddress();
    } catch (UnknownHostException e) {
      throw new IllegalStateException("an address of a length that no address has", e);
    }
  }
}
