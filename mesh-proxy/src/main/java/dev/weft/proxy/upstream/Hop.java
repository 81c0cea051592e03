package dev.weft.proxy.upstream;

import dev.weft.routing.BackendTls;
import dev.weft.routing.GatewayCertificate;
import dev.weft.routing.Ipv4;
import io.spiffe.spiffeid.SpiffeId;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * The next hop of a request or connection, complete: connections with equal hops are
 * interchangeable, and no others are.
 *
 * @param address the server's IPv4 address in host order
 * @param source the address to connect from; 0: the kernel's choice
 * @param identity network identity that the connection speaks for, carried in SO_MARK
 * @param http2 whether HTTP/2 is spoken; false for HTTP/1.1 and for opaque bytes
 * @param tunnel the HBONE tunnel it goes through; {@code null}: plain TCP
 * @param tls TLS with the server itself, inside of the tunnel if there is one; {@code null}: none
 */
public record Hop(
    int address,
    int port,
    int source,
    int identity,
    boolean http2,
    @Nullable Tunnel tunnel,
    @Nullable Tls tls) {

  /** HBONE's port. */
  public static final int HBONE_PORT = 15008;

  /**
   * An HBONE tunnel.
   *
   * @param as whose certificate we show: the source pod's
   * @param expected who must answer
   * @param baggage the source workload as ztunnel describes it; telemetry only
   */
  public record Tunnel(SpiffeId as, SpiffeId expected, String baggage) {}

  /**
   * TLS with the server (BackendTLSPolicy).
   *
   * @param policy whom to ask for and to believe; another instance is another policy
   * @param shown what a server that asks for a certificate gets to see; {@code null}: nothing
   */
  public record Tls(BackendTls.Verified policy, @Nullable GatewayCertificate shown) {
    @Override
    public String toString() {
      return policy + (shown == null ? "" : " showing " + shown.name());
    }
  }

  /** Where the first TCP connection goes. */
  InetSocketAddress remote() {
    return socket(address, tunnel == null ? port : HBONE_PORT);
  }

  /** "address:port" of the server. */
  public String authority() {
    return Ipv4.text(address) + ":" + port;
  }

  /**
   * The mark that our datapath reads: identity and the magic for "the proxy speaks". Bit 12 is the
   * identity's bit 24, which tells prefixes from pods.
   */
  int mark() {
    return (identity & 0xffff) << 16
        | 0xb00
        | (identity >>> 16 & 0xff)
        | (identity >>> 24 & 1) << 12;
  }

  /** A socket address of an IPv4 address in host order. */
  public static InetSocketAddress socket(int address, int port) {
    return new InetSocketAddress(Addresses.of(address), port);
  }
}
