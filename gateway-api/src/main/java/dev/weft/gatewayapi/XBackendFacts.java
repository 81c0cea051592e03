package dev.weft.gatewayapi;

import dev.weft.resources.Condition;
import dev.weft.resources.Derivation;
import dev.weft.resources.GatewayClass;
import dev.weft.resources.ObjectRef;
import dev.weft.resources.ObjectStatus;
import dev.weft.resources.Programmed;
import dev.weft.resources.StatusFacts;
import dev.weft.resources.XBackend;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is known of an XBackend.
 *
 * @param gateways from which it is reached
 * @param resource under what name nodes have it
 * @param refusal why nothing is sent to it; null when something is
 */
record XBackendFacts(
    long generation, List<ObjectRef> gateways, String resource, Backends.@Nullable Refusal refusal)
    implements StatusFacts {
  /** Of the API; what is beyond has no place (BackendStatus.ancestors). */
  private static final int MOST_ANCESTORS = 32;

  /** Looks at one XBackend. */
  record Of(String namespace, String name) implements Derivation.Query<XBackendFacts> {
    @Override
    public XBackendFacts compute(Derivation.Reader reader) {
      XBackend backend = reader.object(XBackend.class, namespace, name);
      if (backend == null) {
        throw new IllegalArgumentException(namespace + "/" + name + " is not in the snapshot");
      }
      String service = XBackends.serviceName(name);
      Backends.Refusal refusal = XBackends.refusal(backend);
      if (refusal == null) {
        refusal = reader.get(new BackendTlsTranslation.Of(namespace, service)).refusal();
      }
      return new XBackendFacts(
          backend.metadata().generation(),
          RouteUse.gateways(reader, namespace, service).stream().limit(MOST_ANCESTORS).toList(),
          "service/" + namespace + "/" + service,
          refusal);
    }
  }

  @Override
  public List<String> watched() {
    return List.of(resource);
  }

  @Override
  public ObjectStatus render(Programmed programmed) {
    List<Condition> conditions = new ArrayList<>();
    if (refusal == null) {
      conditions.add(Condition.yes("Accepted", "Accepted", "", generation));
      conditions.add(programmed.condition(Programmed.TYPE, resource, generation));
    } else {
      conditions.add(Condition.no("Accepted", refusal.reason(), refusal.message(), generation));
    }
    List<Condition> all = List.copyOf(conditions);
    return new ObjectStatus.OfPolicy(
        gateways.stream()
            .map(
                gateway ->
                    new ObjectStatus.OfAncestor(
                        new ObjectStatus.StatusParent(
                            GatewayView.GROUP,
                            "Gateway",
                            gateway.namespace(),
                            gateway.name(),
                            null,
                            null),
                        GatewayClass.WEFT_CONTROLLER,
                        all))
            .toList(),
        List.of());
  }
}
