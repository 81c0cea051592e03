package dev.weft.gatewayapi;

import com.google.protobuf.ByteString;
import dev.weft.resources.Derivation;
import dev.weft.resources.Gateway;
import dev.weft.resources.GatewayTls;
import dev.weft.resources.Kind;
import dev.weft.resources.ObjectRef;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The certificates that clients of a listener must have (GEP-91).
 *
 * @param roots DER certificates that may sign them; empty when none is asked for, or when there is
 *     a refusal
 * @param optional whether clients without a valid one are served too
 * @param refusal the first reference that does not resolve; null when all do
 */
record ClientCertificates(
    List<ByteString> roots, boolean optional, Backends.@Nullable Refusal refusal) {
  private static final ClientCertificates NONE = new ClientCertificates(List.of(), false, null);

  static ClientCertificates of(
      Derivation.Reader reader, Gateway gateway, Gateway.Listener listener) {
    GatewayTls tls = gateway.spec().tls();
    GatewayTls.Frontend frontend = tls == null ? null : tls.frontend();
    GatewayTls.Validation validation =
        frontend == null || !listener.protocol().equals("HTTPS")
            ? null
            : frontend.on(listener.port());
    if (validation == null) {
      return NONE;
    }
    Set<ByteString> roots = new LinkedHashSet<>();
    Backends.Refusal refusal = null;
    for (GatewayTls.CaRef ref : validation.caCertificateRefs()) {
      Backends.Refusal problem = resolve(reader, gateway, ref, roots);
      refusal = refusal == null ? problem : refusal;
    }
    return new ClientCertificates(
        List.copyOf(roots), validation.mode() == GatewayTls.Mode.ALLOW_INSECURE_FALLBACK, refusal);
  }

  /**
   * Whether the listener must not serve: it would serve anyone, because no root is the same as no
   * question.
   */
  boolean unusable() {
    return refusal != null && roots.isEmpty();
  }

  private static Backends.@Nullable Refusal resolve(
      Derivation.Reader reader, Gateway gateway, GatewayTls.CaRef ref, Set<ByteString> roots) {
    if (ref.isClusterTrustBundle()) {
      return ref.namespace() == null
          ? note(reader.get(new CaBundle.OfCluster(ref.name())), roots)
          : new Backends.Refusal(
              "InvalidCACertificateRef", "a ClusterTrustBundle has no namespace; leave it out");
    }
    if (!ref.group().isEmpty() || !ref.kind().equals(Kind.CONFIG_MAP.kind())) {
      return new Backends.Refusal(
          "InvalidCACertificateKind",
          "authorities of kind "
              + ref.kind()
              + " are not known; use a ConfigMap or a ClusterTrustBundle");
    }
    String said = ref.namespace();
    String namespace = said == null ? gateway.metadata().namespace() : said;
    if (!Grants.allow(
        reader, gateway.ref(), new ObjectRef(Kind.CONFIG_MAP, namespace, ref.name()))) {
      return new Backends.Refusal(
          "RefNotPermitted",
          "no ReferenceGrant in "
              + namespace
              + " allows ConfigMap "
              + namespace
              + "/"
              + ref.name());
    }
    return note(reader.get(new CaBundle.OfConfigMap(namespace, ref.name())), roots);
  }

  private static Backends.@Nullable Refusal note(CaBundle bundle, Set<ByteString> roots) {
    String problem = bundle.addTo(roots);
    return problem.isEmpty() ? null : new Backends.Refusal("InvalidCACertificateRef", problem);
  }
}
