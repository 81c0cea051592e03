package dev.weft.gatewayapi;

import dev.weft.api.v1.Attachment;
import dev.weft.resources.BackendRef;
import dev.weft.resources.Condition;
import dev.weft.resources.Derivation;
import dev.weft.resources.Kind;
import dev.weft.resources.KubeObject;
import dev.weft.resources.ObjectRef;
import dev.weft.resources.ObjectStatus;
import dev.weft.resources.Programmed;
import dev.weft.resources.ReferenceGrant;
import dev.weft.resources.StatusFacts;
import dev.weft.resources.XBackend;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What is known of an XBackend: its status has an entry for each Gateway, and each Service of the
 * mesh, whose clients a route sends there.
 *
 * @param resource what nodes must hold; "" for one that is refused
 * @param ancestors Gateways and Services in alphabetical order
 */
record XBackendFacts(
    long generation,
    String resource,
    Backends.@Nullable Refusal refusal,
    String remark,
    List<ObjectRef> ancestors)
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
      XBackendTranslation made = reader.get(new XBackendTranslation.Of(namespace, name));
      SortedSet<ObjectRef> ancestors =
          reader.get(new UsesIn(namespace)).getOrDefault(name, new TreeSet<>());
      return new XBackendFacts(
          backend.metadata().generation(),
          made.resources().isEmpty() ? "" : made.resources().getFirst().getName(),
          made.refusal(),
          made.remark(),
          ancestors.stream().limit(MOST_ANCESTORS).toList());
    }
  }

  /**
   * Who is sent to the XBackends of a namespace, by name. Only routes of that namespace can do it,
   * and of those that its grants name.
   */
  record UsesIn(String namespace) implements Derivation.Query<Map<String, SortedSet<ObjectRef>>> {
    @Override
    public Map<String, SortedSet<ObjectRef>> compute(Derivation.Reader reader) {
      Map<String, SortedSet<ObjectRef>> uses = new TreeMap<>();
      for (String from : sources(reader)) {
        for (Kind kind : RouteObject.KINDS) {
          for (KubeObject route : reader.inNamespace(kind.type(), from)) {
            for (Use use : reader.get(new UsesOf(route.ref()))) {
              if (use.backend().namespace().equals(namespace)) {
                uses.computeIfAbsent(use.backend().name(), _ -> new TreeSet<>())
                    .add(use.ancestor());
              }
            }
          }
        }
      }
      return uses;
    }

    private Set<String> sources(Derivation.Reader reader) {
      Set<String> sources = new TreeSet<>(Set.of(namespace));
      for (ReferenceGrant grant : reader.inNamespace(ReferenceGrant.class, namespace)) {
        grant.spec().from().forEach(from -> sources.add(from.namespace()));
      }
      return sources;
    }
  }

  private record Use(ObjectRef backend, ObjectRef ancestor) {}

  /** What one route does. */
  private record UsesOf(ObjectRef route) implements Derivation.Query<Set<Use>> {
    @Override
    public Set<Use> compute(Derivation.Reader reader) {
      KubeObject object = RouteAttachments.read(reader, route);
      List<ObjectRef> named = object == null ? List.of() : named(reader, object);
      if (named.isEmpty()) {
        return Set.of();
      }
      Set<Use> uses = new HashSet<>();
      for (RouteAttachments.Parent parent : reader.get(new RouteAttachments.Of(route)).parents()) {
        for (Attachment attachment : parent.attachments()) {
          named.forEach(backend -> uses.add(new Use(backend, ancestor(attachment))));
        }
      }
      return Set.copyOf(uses);
    }

    private List<ObjectRef> named(Derivation.Reader reader, KubeObject object) {
      return RouteObject.backendRefs(object)
          .filter(BackendRef::isXBackend)
          .map(ref -> new ObjectRef(Kind.X_BACKEND, Backends.namespaceOf(route, ref), ref.name()))
          .distinct()
          .filter(backend -> Grants.allow(reader, route, backend))
          .toList();
    }
  }

  private static ObjectRef ancestor(Attachment attachment) {
    if (attachment.hasListener()) {
      Attachment.GatewayListener listener = attachment.getListener();
      return new ObjectRef(Kind.GATEWAY, listener.getNamespace(), listener.getGateway());
    }
    Attachment.ServicePort service = attachment.getService();
    return new ObjectRef(Kind.SERVICE, service.getNamespace(), service.getName());
  }

  @Override
  public List<String> watched() {
    return resource.isEmpty() ? List.of() : List.of(resource);
  }

  @Override
  public ObjectStatus render(Programmed programmed) {
    List<Condition> conditions = conditions(programmed);
    return new ObjectStatus.OfPolicy(
        ancestors.stream()
            .map(
                ancestor ->
                    ObjectStatus.OfAncestor.ours(
                        ObjectStatus.StatusParent.of(ancestor), conditions))
            .toList(),
        List.of());
  }

  private List<Condition> conditions(Programmed programmed) {
    return refusal != null
        ? List.of(Condition.no("Accepted", refusal.reason(), refusal.message(), generation))
        : List.of(
            Condition.yes("Accepted", "Accepted", remark, generation),
            programmed.condition(Programmed.TYPE, resource, generation));
  }
}
