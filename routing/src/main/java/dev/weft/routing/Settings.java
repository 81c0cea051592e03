package dev.weft.routing;

import com.google.protobuf.ByteString;
import java.util.List;
import javax.crypto.SecretKey;
import org.jspecify.annotations.Nullable;

/**
 * Mesh-wide settings.
 *
 * @param roots DER certificates trusted to sign workload identities
 * @param otlpEndpoint host:port; empty switches export off
 * @param traceSampling share of new traces that are sampled, 0 to 1
 * @param reasonHeader whether answers made by the proxy carry {@code x-weft-reason}
 * @param sessionKey seals the tokens of sessions, 256 bits of AES; {@code null}: none has come yet
 */
public record Settings(
    String trustDomain,
    List<ByteString> roots,
    String otlpEndpoint,
    double traceSampling,
    boolean reasonHeader,
    @Nullable SecretKey sessionKey) {
  /** Before the control plane has spoken. */
  public static final Settings INITIAL =
      new Settings("cluster.local", List.of(), "", 0, false, null);

  /** Whether spans go anywhere. */
  public boolean traces() {
    return !otlpEndpoint.isEmpty();
  }
}
