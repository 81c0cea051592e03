package dev.weft.gatewayapi;

import dev.weft.api.v1.BackendTls;
import dev.weft.api.v1.Resource;
import dev.weft.resources.BackendTlsPolicy;
import dev.weft.resources.Derivation;
import dev.weft.resources.Protocol;
import dev.weft.resources.Service;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * How Gateways speak TLS to one Service: of several policies on it, or on one of its ports, the
 * oldest counts (GEP-713), and one on a port counts there in place of one on the Service.
 *
 * @param resource null when no policy says anything
 * @param deciding the names of the policies that count, by port name; "" for the Service itself
 */
record BackendTlsTranslation(@Nullable Resource resource, Map<String, String> deciding) {
  static String resourceName(String namespace, String service) {
    return "backendtls/" + namespace + "/" + service;
  }

  /** Translates the policies of one Service. */
  record Of(String namespace, String service) implements Derivation.Query<BackendTlsTranslation> {
    @Override
    public BackendTlsTranslation compute(Derivation.Reader reader) {
      Map<String, String> deciding = new TreeMap<>();
      reader.inNamespace(BackendTlsPolicy.class, namespace).stream()
          .sorted(Precedence.OLDEST_FIRST)
          .forEach(policy -> note(policy, deciding));
      Service target = deciding.isEmpty() ? null : reader.object(Service.class, namespace, service);
      BackendTls.Builder made = BackendTls.newBuilder();
      if (target != null) {
        deciding.forEach((section, policy) -> add(reader, target, section, policy, made));
      }
      return new BackendTlsTranslation(
          made.getPortsCount() == 0
              ? null
              : Resource.newBuilder()
                  .setName(resourceName(namespace, service))
                  .setBackendTls(made.setNamespace(namespace).setService(service))
                  .build(),
          deciding);
    }

    private void note(BackendTlsPolicy policy, Map<String, String> deciding) {
      for (BackendTlsPolicy.Target target : policy.spec().targetRefs()) {
        if (target.isService() && target.name().equals(service)) {
          deciding.putIfAbsent(target.sectionName(), policy.metadata().name());
        }
      }
    }

    private void add(
        Derivation.Reader reader,
        Service target,
        String section,
        String policy,
        BackendTls.Builder made) {
      Integer port = section.isEmpty() ? Integer.valueOf(0) : port(target, section);
      if (port == null) {
        return; // its status says so
      }
      BackendTlsValidation validation = reader.get(new BackendTlsValidation.Of(namespace, policy));
      BackendTls.Port.Builder entry = BackendTls.Port.newBuilder().setPort(port);
      Backends.Refusal refusal = validation.unaccepted();
      if (validation.message() != null) {
        entry.setValidation(validation.message());
      } else {
        entry.setInvalid(
            "BackendTLSPolicy "
                + policy
                + (refusal == null ? "" : ": " + refusal.reason() + ": " + refusal.message()));
      }
      made.addPorts(entry);
    }
  }

  /** The number of a TCP port; null when the Service has none of that name. */
  static @Nullable Integer port(Service service, String name) {
    return service.spec().ports().stream()
        .filter(port -> port.name().equals(name) && port.protocol() == Protocol.TCP)
        .map(Service.Port::port)
        .findFirst()
        .orElse(null);
  }
}
