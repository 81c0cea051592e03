package dev.weft.identity;

import java.nio.ByteBuffer;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;

/**
 * A chain that was found good, byte for byte: compared whole, a hash alone never admits anybody.
 *
 * @param role what it was found good for
 * @param certificates DER, leaf first
 */
public record VerifiedChain(Role role, List<ByteBuffer> certificates) {

  /** Whose chain it is, by the side of TLS. */
  public enum Role {
    /** A peer that calls. */
    CLIENT,
    /** A peer that is called. */
    SERVER,
    /** This node's, good for both sides. */
    OWN
  }

  /** Copies. */
  public VerifiedChain {
    certificates = List.copyOf(certificates);
  }

  static VerifiedChain of(Role role, X509Certificate... chain) {
    List<ByteBuffer> certificates = new ArrayList<>(chain.length);
    for (X509Certificate certificate : chain) {
      certificates.add(ByteBuffer.wrap(Certificates.toDer(certificate)).asReadOnlyBuffer());
    }
    return new VerifiedChain(role, certificates);
  }
}
