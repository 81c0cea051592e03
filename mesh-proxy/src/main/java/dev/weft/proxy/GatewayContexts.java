package dev.weft.proxy;

import com.google.protobuf.ByteString;
import dev.weft.api.v1.Certificate;
import dev.weft.api.v1.Resource.BodyCase;
import dev.weft.identity.Certificates;
import dev.weft.identity.ClientValidation;
import dev.weft.identity.GatewayTls;
import dev.weft.routing.GatewayCertificate;
import dev.weft.routing.ListenerTls;
import dev.weft.routing.ProxyTables;
import java.security.cert.CertificateException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * TLS of the Gateways' listeners: made when tables are applied, for a handshake must not wait for
 * it. Written by the thread that applies tables, read by event loops.
 */
final class GatewayContexts {
  private static final Logger log = LoggerFactory.getLogger(GatewayContexts.class);

  private volatile Map<ListenerTls, Entry> entries = Map.of();

  private record Entry(List<GatewayCertificate> certificates, GatewayTls tls) {}

  /** TLS as a listener wants it; {@code null}: refuse the handshake. Any thread. */
  @Nullable GatewayTls get(ListenerTls wanted) {
    Entry entry = entries.get(wanted);
    return entry == null ? null : entry.tls();
  }

  /**
   * Makes what the tables name, before the tables are published.
   *
   * @param retire gets contexts that new connections must not use any more, to close them a minute
   *     later
   */
  void prepare(ProxyTables tables, Consumer<GatewayTls> retire) {
    Map<ListenerTls, Entry> old = entries;
    Map<ListenerTls, Entry> next = new HashMap<>();
    for (ListenerTls wanted : wanted(tables)) {
      List<GatewayCertificate> certificates = certificates(tables, wanted.certificates());
      Entry known = old.get(wanted);
      Entry entry =
          known != null && known.certificates().equals(certificates)
              ? known
              : make(wanted, certificates);
      if (entry != null) {
        next.put(wanted, entry);
      }
    }
    entries = Map.copyOf(next);
    old.forEach(
        (wanted, entry) -> {
          if (!entry.equals(next.get(wanted))) {
            retire.accept(entry.tls());
          }
        });
  }

  private static Set<ListenerTls> wanted(ProxyTables tables) {
    Set<ListenerTls> wanted = new HashSet<>();
    tables
        .view()
        .forEach(
            BodyCase.GATEWAY,
            resource ->
                resource
                    .getGateway()
                    .getListenersList()
                    .forEach(
                        listener -> {
                          if (listener.getCertificatesCount() > 0) {
                            wanted.add(ListenerTls.of(listener));
                          }
                        }));
    return wanted;
  }

  private static List<GatewayCertificate> certificates(ProxyTables tables, List<String> names) {
    List<GatewayCertificate> certificates = new ArrayList<>();
    for (String name : names) {
      GatewayCertificate certificate = tables.certificate(name);
      if (certificate != null) {
        certificates.add(certificate);
      }
    }
    return certificates;
  }

  private static @Nullable Entry make(ListenerTls wanted, List<GatewayCertificate> certificates) {
    if (certificates.isEmpty()) {
      return null;
    }
    try {
      List<dev.weft.identity.GatewayCertificate> parsed = new ArrayList<>();
      for (GatewayCertificate certificate : certificates) {
        parsed.add(
            dev.weft.identity.GatewayCertificate.of(
                Certificate.newBuilder()
                    .addAllChain(certificate.chain())
                    .setKey(certificate.key())
                    .build()));
      }
      return new Entry(certificates, GatewayTls.of(parsed, clients(wanted), wanted.http()));
    } catch (CertificateException e) {
      log.warn("a listener with {} refuses handshakes: {}", wanted.certificates(), e.getMessage());
      return null;
    }
  }

  private static ClientValidation clients(ListenerTls wanted) throws CertificateException {
    if (wanted.clientRoots().isEmpty()) {
      return new ClientValidation.None();
    }
    return wanted.clientOptional()
        ? new ClientValidation.Optional()
        : new ClientValidation.Required(
            Certificates.bundleFromDer(
                wanted.clientRoots().stream().map(ByteString::toByteArray).toList()));
  }

  void close() {
    entries.values().forEach(entry -> entry.tls().close());
    entries = Map.of();
  }
}
