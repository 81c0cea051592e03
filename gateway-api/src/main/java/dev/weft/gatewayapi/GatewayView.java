package dev.weft.gatewayapi;

import dev.weft.resources.Derivation;
import dev.weft.resources.Gateway;
import dev.weft.resources.GatewayClass;
import java.util.List;

/**
 * What routes need to know of a Gateway: they are not translated again when only its certificates,
 * addresses, labels or ListenerSets change.
 *
 * @param exists false: there is no Gateway with the name
 * @param ours whether its class is one that Weft serves
 * @param listeners its own, without those of its ListenerSets
 */
record GatewayView(boolean exists, boolean ours, List<ListenerView> listeners) {
  static final String GROUP = "gateway.networking.k8s.io";

  /** Looks at one Gateway. */
  record Of(String namespace, String name) implements Derivation.Query<GatewayView> {
    @Override
    public GatewayView compute(Derivation.Reader reader) {
      Gateway gateway = reader.object(Gateway.class, namespace, name);
      if (gateway == null) {
        return new GatewayView(false, false, List.of());
      }
      GatewayClass gatewayClass =
          reader.object(GatewayClass.class, "", gateway.spec().gatewayClassName());
      boolean ours = gatewayClass != null && isOurs(gatewayClass);
      return new GatewayView(
          true,
          ours,
          ours
              ? ListenerView.of(gateway.ref(), gateway.spec().listeners(), new ListenerConflicts())
              : List.of());
    }
  }

  static boolean isOurs(GatewayClass gatewayClass) {
    return gatewayClass.spec().controllerName().equals(GatewayClass.WEFT_CONTROLLER);
  }
}
