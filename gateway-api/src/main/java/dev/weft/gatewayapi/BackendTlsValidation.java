package dev.weft.gatewayapi;

import com.google.protobuf.ByteString;
import dev.weft.api.v1.BackendTls;
import dev.weft.resources.BackendTlsPolicy;
import dev.weft.resources.Derivation;
import dev.weft.resources.Kind;
import dev.weft.resources.RouteFilter;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Whom a BackendTLSPolicy or an XBackend believes.
 *
 * @param message for nodes; null when nobody can be believed
 * @param unaccepted why it cannot be obeyed; null when it can. Then nothing may be sent
 * @param unresolved the first reference that does not resolve; null when all do
 * @param remarks what has no effect
 */
record BackendTlsValidation(
    BackendTls.@Nullable Validation message,
    Backends.@Nullable Refusal unaccepted,
    Backends.@Nullable Refusal unresolved,
    String remarks) {
  /** It looks like a DNS name to the schema, and can be no server name (RFC 6066, section 3). */
  private static final Pattern IPV4 = Pattern.compile("[0-9]{1,3}(\\.[0-9]{1,3}){3}");

  /** Reads one policy. */
  record Of(String namespace, String name) implements Derivation.Query<BackendTlsValidation> {
    @Override
    public BackendTlsValidation compute(Derivation.Reader reader) {
      BackendTlsPolicy policy = reader.object(BackendTlsPolicy.class, namespace, name);
      if (policy == null) {
        throw new IllegalArgumentException(namespace + "/" + name + " is not in the snapshot");
      }
      BackendTlsValidation made = of(reader, namespace, policy.spec().validation());
      Set<String> options = policy.spec().options().keySet();
      return options.isEmpty()
          ? made
          : new BackendTlsValidation(
              made.message,
              made.unaccepted,
              made.unresolved,
              "without effect: options " + String.join(", ", options));
    }
  }

  /** Reads what is said in a namespace. */
  static BackendTlsValidation of(
      Derivation.Reader reader, String namespace, BackendTlsPolicy.Validation said) {
    Set<ByteString> roots = new LinkedHashSet<>();
    Backends.Refusal unresolved = null;
    for (RouteFilter.LocalRef ref : said.caCertificateRefs()) {
      Backends.Refusal problem = resolve(reader, namespace, ref, roots);
      unresolved = unresolved == null ? problem : unresolved;
    }
    Backends.Refusal unaccepted = unaccepted(said, roots, unresolved);
    return new BackendTlsValidation(
        unaccepted == null ? message(said, roots) : null, unaccepted, unresolved, "");
  }

  private static Backends.@Nullable Refusal unaccepted(
      BackendTlsPolicy.Validation said,
      Set<ByteString> roots,
      Backends.@Nullable Refusal unresolved) {
    if (IPV4.matcher(said.hostname()).matches()) {
      return new Backends.Refusal("Invalid", "hostname must be a name, not an address");
    }
    if (said.caCertificateRefs().isEmpty()) {
      return said.wellKnownCACertificates().equals("System")
          ? null
          : new Backends.Refusal(
              "Invalid",
              "wellKnownCACertificates " + said.wellKnownCACertificates() + " is not known");
    }
    return roots.isEmpty()
        ? new Backends.Refusal(
            "NoValidCACertificate", unresolved == null ? "" : unresolved.message())
        : null;
  }

  private static BackendTls.Validation message(
      BackendTlsPolicy.Validation said, Set<ByteString> roots) {
    BackendTls.Validation.Builder made =
        BackendTls.Validation.newBuilder()
            .setHostname(said.hostname())
            .addAllRoots(roots)
            .setSystemRoots(said.caCertificateRefs().isEmpty());
    for (BackendTlsPolicy.SubjectAltName name : said.subjectAltNames()) {
      BackendTls.SubjectAltName.Builder alternative = BackendTls.SubjectAltName.newBuilder();
      if (name.hostname() != null) {
        alternative.setDns(name.hostname());
      } else if (name.uri() != null) {
        alternative.setUri(name.uri());
      }
      made.addNames(alternative);
    }
    return made.build();
  }

  private static Backends.@Nullable Refusal resolve(
      Derivation.Reader reader, String namespace, RouteFilter.LocalRef ref, Set<ByteString> roots) {
    CaBundle bundle;
    if (ref.group().isEmpty() && ref.kind().equals(Kind.CONFIG_MAP.kind())) {
      bundle = reader.get(new CaBundle.OfConfigMap(namespace, ref.name()));
    } else if (ref.group().equals(Kind.CLUSTER_TRUST_BUNDLE.group())
        && ref.kind().equals(Kind.CLUSTER_TRUST_BUNDLE.kind())) {
      bundle = reader.get(new CaBundle.OfCluster(ref.name()));
    } else {
      return new Backends.Refusal(
          "InvalidKind",
          "authorities of kind "
              + ref.kind()
              + " are not known; use a ConfigMap or a ClusterTrustBundle");
    }
    String problem = bundle.addTo(roots);
    return problem.isEmpty() ? null : new Backends.Refusal("InvalidCACertificateRef", problem);
  }
}
