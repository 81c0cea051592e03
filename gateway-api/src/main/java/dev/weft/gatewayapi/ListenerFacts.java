package dev.weft.gatewayapi;

import dev.weft.api.v1.Resource;
import dev.weft.resources.Derivation;
import dev.weft.resources.Gateway;
import dev.weft.resources.ObjectRef;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What is known of one listener.
 *
 * @param certificates those that can be used
 * @param unresolved the first certificate that cannot be used; null when all can
 * @param remark until when each certificate is valid, and what is done in another way
 * @param clients what is asked of clients
 * @param filters what requests pass first
 * @param overlaps whether another listener on the port ends TLS for some of the same hosts
 */
record ListenerFacts(
    ListenerView view,
    int attachedRoutes,
    List<Resource> certificates,
    Backends.@Nullable Refusal unresolved,
    String remark,
    ClientCertificates clients,
    ListenerFilters filters,
    boolean overlaps) {
  private static final String INVALID = "InvalidCertificateRef";

  boolean accepted() {
    return view.refusal() == null && !clients.unusable();
  }

  /** Whether nodes can do something with it. */
  boolean serves() {
    return accepted() && (!view.endsTls() || !certificates.isEmpty());
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
    Backends.Refusal own = unresolved != null ? unresolved : filters.refusal();
    return own != null ? own : clients.refusal();
  }

  ListenerFacts withOverlap(boolean value) {
    return new ListenerFacts(
        view, attachedRoutes, certificates, unresolved, remark, clients, filters, value);
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
    List<CertificateRef> found = view.endsTls() ? certificates(reader, owner, listener) : List.of();
    ListenerFilters filters = ListenerFilters.of(reader, owner, listener);
    return new ListenerFacts(
        view,
        attachedRoutes,
        found.stream().map(CertificateRef::resource).filter(Objects::nonNull).toList(),
        found.stream()
            .map(CertificateRef::refusal)
            .filter(Objects::nonNull)
            .findFirst()
            .orElse(null),
        Stream.concat(found.stream().map(CertificateRef::remark), Stream.of(filters.remark()))
            .filter(remark -> !remark.isEmpty())
            .collect(Collectors.joining("; ")),
        ClientCertificates.of(reader, gateway, listener),
        filters,
        false);
  }

  private static List<CertificateRef> certificates(
      Derivation.Reader reader, ObjectRef owner, Gateway.Listener listener) {
    Gateway.Tls tls = listener.tls();
    if (tls == null || tls.certificateRefs().isEmpty()) {
      return List.of(CertificateRef.refused(INVALID, "tls names no certificate"));
    }
    return tls.certificateRefs().stream()
        .map(ref -> CertificateRef.resolve(reader, owner, ref, INVALID))
        .toList();
  }
}
