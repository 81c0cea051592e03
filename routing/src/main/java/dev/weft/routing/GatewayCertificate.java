package dev.weft.routing;

import com.google.protobuf.ByteString;
import java.util.List;

/**
 * A certificate that a Gateway shows to clients or backends. The same instance until it changes, so
 * TLS contexts may be cached by identity.
 *
 * @param chain DER, leaf first
 * @param key PKCS#8 DER; never printed
 */
public record GatewayCertificate(String name, List<ByteString> chain, ByteString key) {
  @Override
  public String toString() {
    return "GatewayCertificate[" + name + "]";
  }
}
