package dev.weft.identity;

import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;

/**
 * What a server of the mesh's own shows to its clients.
 *
 * @param key of the leaf
 * @param chain leaf first, without the root
 */
public record ServerCredential(PrivateKey key, List<X509Certificate> chain) {

  /** Copies. */
  public ServerCredential {
    chain = List.copyOf(chain);
  }

  /** Names the leaf's serial number, never the key. */
  @Override
  public String toString() {
    return "ServerCredential[" + chain.getFirst().getSerialNumber().toString(16) + "]";
  }
}
