package dev.weft.gatewayapi;

import dev.weft.resources.Derivation;
import dev.weft.resources.Gateway;
import dev.weft.resources.ListenerSet;
import dev.weft.resources.ObjectRef;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The ListenerSets that name one Gateway as their parent, in the precedence of GEP-1713: the older
 * first, then by "namespace/name".
 */
record ListenerSets(List<Member> members) {
  private static final ListenerSets NONE = new ListenerSets(List.of());

  /**
   * One set.
   *
   * @param allowed whether the Gateway takes sets from its namespace
   * @param listeners empty when it does not
   */
  record Member(ObjectRef set, boolean allowed, List<ListenerView> listeners) {}

  /** Which sets name which Gateway, by its "namespace/name". */
  record Named() implements Derivation.Query<Map<String, List<ObjectRef>>> {
    @Override
    public Map<String, List<ObjectRef>> compute(Derivation.Reader reader) {
      List<ListenerSet> all = new ArrayList<>(reader.all(ListenerSet.class));
      all.sort(Precedence.OLDEST_FIRST);
      Map<String, List<ObjectRef>> named = new HashMap<>();
      for (ListenerSet set : all) {
        if (set.spec().parentRef().isGateway()) {
          String gateway = set.gatewayNamespace() + "/" + set.spec().parentRef().name();
          named.computeIfAbsent(gateway, key -> new ArrayList<>()).add(set.ref());
        }
      }
      return named;
    }
  }

  /** The sets of one Gateway that Weft serves. */
  record Of(String namespace, String name) implements Derivation.Query<ListenerSets> {
    @Override
    public ListenerSets compute(Derivation.Reader reader) {
      List<ObjectRef> named = reader.get(new NamedBy(namespace, name)).sets();
      Gateway gateway = named.isEmpty() ? null : reader.object(Gateway.class, namespace, name);
      if (gateway == null) {
        return NONE;
      }
      ListenerConflicts conflicts = new ListenerConflicts();
      conflicts.next(gateway.spec().listeners());
      List<Member> members = new ArrayList<>();
      for (ObjectRef ref : named) {
        ListenerSet set = reader.object(ListenerSet.class, ref.namespace(), ref.name());
        if (set != null) {
          members.add(member(reader, gateway, set, conflicts));
        }
      }
      return new ListenerSets(List.copyOf(members));
    }
  }

  /** The names alone, so that a Gateway is not looked at again because of others' sets. */
  record NamedBy(String namespace, String name) implements Derivation.Query<Names> {
    @Override
    public Names compute(Derivation.Reader reader) {
      return new Names(
          List.copyOf(reader.get(new Named()).getOrDefault(namespace + "/" + name, List.of())));
    }
  }

  /** Sets in their precedence. */
  record Names(List<ObjectRef> sets) {}

  private static Member member(
      Derivation.Reader reader, Gateway gateway, ListenerSet set, ListenerConflicts conflicts) {
    Gateway.ListenerNamespaces namespaces = gateway.spec().allowedListeners().namespaces();
    boolean allowed =
        Namespaces.allow(
            reader,
            namespaces.from(),
            namespaces.selector(),
            gateway.metadata().namespace(),
            set.metadata().namespace());
    return new Member(
        set.ref(),
        allowed,
        allowed ? ListenerView.of(set.ref(), set.spec().listeners(), conflicts) : List.of());
  }

  @Nullable Member member(ObjectRef set) {
    return members.stream().filter(member -> member.set().equals(set)).findFirst().orElse(null);
  }
}
