package dev.weft.routing;

import dev.weft.api.v1.BackendTls.Port;
import dev.weft.api.v1.BackendTls.Validation;
import dev.weft.api.v1.Resource.BodyCase;
import dev.weft.routing.Changes.Changed;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How Gateways speak TLS, by Service ("namespace/name") and port. Immutable.
 *
 * @param changed Services about which something is other than in the previous index
 */
record BackendTlsIndex(
    PersistentMap<String, Map<Integer, BackendTls>> byService, Set<String> changed) {
  static final BackendTlsIndex EMPTY = new BackendTlsIndex(PersistentMap.empty(), Set.of());

  /** The entry for every port that has none of its own. */
  private static final int EVERY_PORT = 0;

  BackendTls get(String service, int port) {
    Map<Integer, BackendTls> ports = byService.get(service);
    if (ports == null) {
      return BackendTls.PLAIN;
    }
    BackendTls own = ports.get(port);
    return own != null ? own : ports.getOrDefault(EVERY_PORT, BackendTls.PLAIN);
  }

  BackendTlsIndex next(Changes changes) {
    PersistentMap.Edit<String, Map<Integer, BackendTls>> edit = byService.edit();
    Set<String> touched = new HashSet<>();
    changes.each(
        BodyCase.BACKEND_TLS,
        change -> {
          if (change.after() == null) {
            edit.remove(change.key());
          } else {
            dev.weft.api.v1.BackendTls content = change.after().getBackendTls();
            String service = change.key("backendtls", content.getNamespace(), content.getService());
            edit.put(service, compile(content, change));
          }
          touched.add(change.key());
        },
        change -> {
          if (edit.get(change.key()) == null) {
            edit.put(
                change.key(),
                Map.of(
                    EVERY_PORT,
                    new BackendTls.Refused(
                        "this node cannot do what is asked",
                        change.after() != null && change.after().getBackendTls().getMesh())));
            touched.add(change.key());
          }
        });
    return new BackendTlsIndex(edit.done(), touched);
  }

  private Map<Integer, BackendTls> compile(dev.weft.api.v1.BackendTls content, Changed change) {
    Map<Integer, BackendTls> ports = new HashMap<>();
    for (Port port : content.getPortsList()) {
      BackendTls known = known(port, content.getMesh(), change);
      ports.put(port.getPort(), known != null ? known : compile(port, content.getMesh()));
    }
    return ports;
  }

  /** What was compiled from an equal entry, so that its connections stay usable. */
  private @Nullable BackendTls known(Port port, boolean mesh, Changed change) {
    Map<Integer, BackendTls> ports = byService.get(change.key());
    boolean same =
        change.before() != null && change.before().getBackendTls().getPortsList().contains(port);
    BackendTls known = same && ports != null ? ports.get(port.getPort()) : null;
    return known != null && known.mesh() == mesh ? known : null;
  }

  private static BackendTls compile(Port port, boolean mesh) {
    return switch (port.getKindCase()) {
      case INVALID -> new BackendTls.Refused(port.getInvalid(), mesh);
      case VALIDATION -> new BackendTls.Verified(checked(port.getValidation()), mesh);
      case KIND_NOT_SET ->
          throw new IllegalArgumentException("TLS of a kind that this version does not know");
    };
  }

  private static Validation checked(Validation validation) {
    if (validation.getHostname().isEmpty()) {
      throw new IllegalArgumentException("TLS to a backend needs a server name");
    }
    if (validation.getSystemRoots() == (validation.getRootsCount() > 0)) {
      throw new IllegalArgumentException("TLS to a backend needs its roots or the system's");
    }
    return validation;
  }
}
