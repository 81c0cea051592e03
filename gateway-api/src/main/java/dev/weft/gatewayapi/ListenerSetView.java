package dev.weft.gatewayapi;

import dev.weft.resources.Derivation;
import dev.weft.resources.Kind;
import dev.weft.resources.ListenerSet;
import dev.weft.resources.ObjectRef;
import java.util.List;

/**
 * What routes need to know of a ListenerSet.
 *
 * @param exists false: there is no set with the name
 * @param ours whether Weft serves its Gateway
 * @param allowed whether the Gateway takes it
 * @param gatewayNamespace where its Gateway is
 */
record ListenerSetView(
    boolean exists,
    boolean ours,
    boolean allowed,
    String gatewayNamespace,
    String gateway,
    List<ListenerView> listeners) {
  private static final ListenerSetView ABSENT =
      new ListenerSetView(false, false, false, "", "", List.of());

  /** Looks at one set. */
  record Of(String namespace, String name) implements Derivation.Query<ListenerSetView> {
    @Override
    public ListenerSetView compute(Derivation.Reader reader) {
      ListenerSet set = reader.object(ListenerSet.class, namespace, name);
      if (set == null) {
        return ABSENT;
      }
      String gatewayNamespace = set.gatewayNamespace();
      String gateway = set.spec().parentRef().name();
      boolean ours =
          set.spec().parentRef().isGateway()
              && reader.get(new GatewayView.Of(gatewayNamespace, gateway)).ours();
      ListenerSets.Member member =
          ours
              ? reader
                  .get(new ListenerSets.Of(gatewayNamespace, gateway))
                  .member(new ObjectRef(Kind.LISTENER_SET, namespace, name))
              : null;
      return member == null
          ? new ListenerSetView(true, ours, false, gatewayNamespace, gateway, List.of())
          : new ListenerSetView(
              true, true, member.allowed(), gatewayNamespace, gateway, member.listeners());
    }
  }
}
