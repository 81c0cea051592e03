package dev.weft.gatewayapi;

import dev.weft.api.v1.Resource;
import dev.weft.resources.Derivation;
import dev.weft.resources.Gateway;
import dev.weft.resources.ObjectRef;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is known of one listener.
 *
 * @param certificates those that can be used
 * @param unresolved the first certificate that cannot be used; null when all can
 * @param clients what is asked of clients
 * @param overlaps whether another listener on the port ends TLS for some of the same hosts
 */
record ListenerFacts(
    ListenerView view,
    int attachedRoutes,
    List<Resource> certificates,
    Backends.@Nullable Refusal unresolved,
    ClientCertificates clients,
    boolean overlaps) {

  boolean https() {
    return view.protocol().equals("HTTPS");
  }

  boolean accepted() {
    return view.refusal() == null && !clients.unusable();
  }

  /** Whether nodes can do something with it. */
  boolean serves() {
    return accepted() && (!https() || !certificates.isEmpty());
  }

  /** The first reference that does not resolve; null when all do. */
  Backends.@Nullable Refusal refsRefusal() {
    if (view.unknownKinds()) {
      return new Backends.Refusal(
          "InvalidRouteKinds",
          view.kinds().isEmpty()
              ? "it takes none of the kinds in allowedRoutes"
              : "it only takes " + String.join(" and ", view.kinds()));
    }
    return unresolved != null ? unresolved : clients.refusal();
  }

  ListenerFacts withOverlap(boolean value) {
    return new ListenerFacts(view, attachedRoutes, certificates, unresolved, clients, value);
  }

  /**
   * Looks at a listener.
   *
   * @param owner the Gateway or ListenerSet it stands in: who must be allowed to use certificates
   * @param gateway whose settings hold for it
   */
  static ListenerFacts of(
      Derivation.Reader reader,
      ObjectRef owner,
      Gateway gateway,
      Gateway.Listener listener,
      ListenerView view,
      int attachedRoutes) {
    List<Resource> usable = new ArrayList<>();
    Backends.Refusal unresolved =
        listener.protocol().equals("HTTPS") ? certificates(reader, owner, listener, usable) : null;
    return new ListenerFacts(
        view,
        attachedRoutes,
        List.copyOf(usable),
        unresolved,
        ClientCertificates.of(reader, gateway, listener),
        false);
  }

  /** Adds the certificates that can be used, and tells about the first one that cannot. */
  private static Backends.@Nullable Refusal certificates(
      Derivation.Reader reader,
      ObjectRef owner,
      Gateway.Listener listener,
      List<Resource> usable) {
    Gateway.Tls tls = listener.tls();
    if (tls == null || tls.certificateRefs().isEmpty()) {
      return new Backends.Refusal("InvalidCertificateRef", "tls names no certificate");
    }
    Backends.Refusal refusal = null;
    for (Gateway.SecretRef ref : tls.certificateRefs()) {
      Backends.Refusal problem = certificate(reader, owner, ref, usable);
      refusal = refusal == null ? problem : refusal;
    }
    return refusal;
  }

  private static Backends.@Nullable Refusal certificate(
      Derivation.Reader reader, ObjectRef owner, Gateway.SecretRef ref, List<Resource> usable) {
    if (!ref.group().isEmpty() || !ref.kind().equals("Secret")) {
      return new Backends.Refusal("InvalidCertificateRef", "certificates must be Secrets");
    }
    String said = ref.namespace();
    String namespace = said == null ? owner.namespace() : said;
    if (!Grants.allow(reader, owner, "Secret", namespace, ref.name())) {
      return new Backends.Refusal(
          "RefNotPermitted",
          "no ReferenceGrant in " + namespace + " allows Secret " + namespace + "/" + ref.name());
    }
    CertificateTranslation translated =
        reader.get(new CertificateTranslation.Of(namespace, ref.name()));
    Resource resource = translated.resource();
    if (resource == null) {
      return new Backends.Refusal("InvalidCertificateRef", translated.problem());
    }
    usable.add(resource);
    return null;
  }
}
