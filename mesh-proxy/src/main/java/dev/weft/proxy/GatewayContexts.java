package dev.weft.proxy;

import dev.weft.api.v1.Certificate;
import dev.weft.api.v1.Resource.BodyCase;
import dev.weft.identity.GatewayTls;
import dev.weft.routing.GatewayCertificate;
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

  private volatile Map<List<String>, Entry> entries = Map.of();

  private record Entry(List<GatewayCertificate> certificates, GatewayTls tls) {}

  /** TLS with the named certificates; {@code null}: refuse the handshake. Any thread. */
  @Nullable GatewayTls get(List<String> names) {
    Entry entry = entries.get(names);
    return entry == null ? null : entry.tls();
  }

  /**
   * Makes what the tables name, before the tables are published.
   *
   * @param retire gets contexts that new connections must not use any more, to close them a minute
   *     later
   */
  void prepare(ProxyTables tables, Consumer<GatewayTls> retire) {
    Map<List<String>, Entry> old = entries;
    Map<List<String>, Entry> next = new HashMap<>();
    for (List<String> names : named(tables)) {
      List<GatewayCertificate> certificates = certificates(tables, names);
      Entry known = old.get(names);
      Entry entry =
          known != null && known.certificates().equals(certificates)
              ? known
              : make(names, certificates);
      if (entry != null) {
        next.put(names, entry);
      }
    }
    entries = Map.copyOf(next);
    old.forEach(
        (names, entry) -> {
          if (!entry.equals(next.get(names))) {
            retire.accept(entry.tls());
          }
        });
  }

  private static Set<List<String>> named(ProxyTables tables) {
    Set<List<String>> names = new HashSet<>();
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
                            names.add(List.copyOf(listener.getCertificatesList()));
                          }
                        }));
    return names;
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

  private static @Nullable Entry make(List<String> names, List<GatewayCertificate> certificates) {
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
      return new Entry(certificates, GatewayTls.of(parsed));
    } catch (CertificateException e) {
      log.warn("a listener with {} refuses handshakes: {}", names, e.getMessage());
      return null;
    }
  }

  void close() {
    entries.values().forEach(entry -> entry.tls().close());
    entries = Map.of();
  }
}
