package dev.weft.identity;

import io.spiffe.spiffeid.SpiffeId;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * One X509-SVID with its key, which was made on this node and never leaves it.
 *
 * @param spiffeId whom it speaks for
 * @param chain leaf first, without the root
 * @param key belongs to the leaf; never logged
 */
public record Svid(SpiffeId spiffeId, List<X509Certificate> chain, PrivateKey key) {

  /** Copies. */
  public Svid {
    chain = List.copyOf(chain);
    if (chain.isEmpty()) {
      throw new IllegalArgumentException("an SVID has at least a leaf certificate");
    }
  }

  /** The certificate of this identity. */
  public X509Certificate leaf() {
    return chain.getFirst();
  }

  /** Valid from. */
  public Instant notBefore() {
    return leaf().getNotBefore().toInstant();
  }

  /** Last instant of its life. */
  public Instant notAfter() {
    return leaf().getNotAfter().toInstant();
  }

  /** The chain as trust managers take it. */
  X509Certificate[] certificates() {
    return chain.toArray(X509Certificate[]::new);
  }

  /** When to ask for the next one: in the middle of its life. */
  public Instant renewAt() {
    // Not dividedBy, which goes by BigDecimal: its tables take 20 ms of a start.
    return notBefore().plusMillis(Duration.between(notBefore(), notAfter()).toMillis() / 2);
  }

  /** Names the identity and validity, never the key. */
  @Override
  public String toString() {
    return "Svid[" + spiffeId + ", " + notBefore() + " to " + notAfter() + "]";
  }
}
