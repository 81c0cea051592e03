package dev.weft.resources;

import dev.weft.resources.Schema.Checked;
import dev.weft.resources.Schema.Default;
import dev.weft.resources.Schema.Problem;
import dev.weft.resources.Schema.Range;
import dev.weft.resources.Schema.Size;
import dev.weft.resources.Schema.Text;
import dev.weft.resources.Schema.Wire;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What all listeners of a Gateway have in common in TLS.
 *
 * @param frontend how clients prove who they are (GEP-91); null: they need not
 * @param backend how the Gateway proves who it is (GEP-3155)
 */
public record GatewayTls(@Nullable Frontend frontend, @Nullable Backend backend) {

  /**
   * The Gateway as a client of backends.
   *
   * @param clientCertificateRef what it shows to those that it speaks TLS with; null: nothing
   */
  public record Backend(Gateway.@Nullable SecretRef clientCertificateRef) {}

  /**
   * Client certificates.
   *
   * @param standard for every HTTPS listener whose port has no entry of its own
   */
  public record Frontend(@Wire("default") Config standard, @Size(max = 64) List<PerPort> perPort)
      implements Checked {

    @Override
    public List<Problem> problems() {
      List<Problem> found = new ArrayList<>();
      Set<Integer> ports = new HashSet<>();
      for (int i = 0; i < perPort.size(); i++) {
        if (!ports.add(perPort.get(i).port())) {
          found.add(new Problem("perPort[" + i + "].port", "has another entry"));
        }
      }
      return found;
    }

    /** What holds on a port; null when clients need no certificate there. */
    public @Nullable Validation on(int port) {
      return perPort.stream()
          .filter(entry -> entry.port() == port)
          .findFirst()
          .map(PerPort::tls)
          .orElse(standard)
          .validation();
    }

    /** Whether anything asks for {@link Mode#ALLOW_INSECURE_FALLBACK}. */
    public boolean anyInsecure() {
      return insecure(standard) || perPort.stream().anyMatch(entry -> insecure(entry.tls()));
    }

    private static boolean insecure(Config config) {
      Validation validation = config.validation();
      return validation != null && validation.mode() == Mode.ALLOW_INSECURE_FALLBACK;
    }
  }

  /**
   * One port's deviation.
   *
   * @param tls replaces the standard as a whole: without validation none is done on the port
   */
  public record PerPort(@Range(min = 1, max = 65535) int port, Config tls) {}

  public record Config(@Nullable Validation validation) {}

  /** Who may have signed clients' certificates, and what happens to the others. */
  public record Validation(
      @Size(min = 1, max = 16) List<CaRef> caCertificateRefs, @Default("AllowValidOnly") Mode mode)
      implements Checked {

    @Override
    public List<Problem> problems() {
      List<Problem> found = new ArrayList<>();
      for (int i = 0; i < caCertificateRefs.size(); i++) {
        CaRef ref = caCertificateRefs.get(i);
        if (ref.isClusterTrustBundle() && ref.namespace() != null) {
          found.add(
              new Problem(
                  "caCertificateRefs[" + i + "].namespace",
                  "must not be set for a ClusterTrustBundle"));
        }
      }
      return found;
    }
  }

  public enum Mode {
    @Wire("AllowValidOnly")
    ALLOW_VALID_ONLY,
    /** Clients are asked for a certificate, and served whatever they present. */
    @Wire("AllowInsecureFallback")
    ALLOW_INSECURE_FALLBACK
  }

  /**
   * Where the certificates of authorities are: a ConfigMap with {@link ConfigMap#CA_CERTIFICATES},
   * or a {@link ClusterTrustBundle}.
   *
   * @param namespace null: the Gateway's, or none
   */
  public record CaRef(
      @Text(max = 253, pattern = Schema.GROUP) String group,
      @Text(min = 1, max = 63, pattern = Schema.KIND) String kind,
      @Nullable @Text(min = 1, max = 63, pattern = Schema.DNS_LABEL) String namespace,
      @Text(min = 1, max = 253) String name) {

    public boolean isClusterTrustBundle() {
      return group.equals(Kind.CLUSTER_TRUST_BUNDLE.group())
          && kind.equals(Kind.CLUSTER_TRUST_BUNDLE.kind());
    }
  }
}
