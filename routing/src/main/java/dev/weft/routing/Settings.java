package dev.weft.routing;

import com.google.protobuf.ByteString;
import java.util.List;

/**
 * Mesh-wide settings.
 *
 * @param roots DER certificates trusted to sign workload identities
 * @param otlpEndpoint host:port; empty switches export off
 * @param traceSampling share of new traces that are sampled, 0 to 1
 * @param reasonHeader whether answers made by the proxy carry {@code x-weft-reason}
 */
public record Settings(
    String trustDomain,
    List<ByteString> roots,
    String otlpEndpoint,
    double traceSampling,
    boolean reasonHeader) {
  /** Before the control plane has spoken. */
  public static final Settings INITIAL = new Settings("cluster.local", List.of(), "", 0, false);

  /** Whether spans go anywhere. */
  public boolean traces() {
    return !otlpEndpoint.isEmpty();
  }
}
