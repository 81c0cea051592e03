package dev.weft.gatewayapi;

import dev.weft.api.v1.Attachment;
import dev.weft.resources.Derivation;
import dev.weft.resources.Kind;
import dev.weft.resources.KubeObject;
import dev.weft.resources.L4Route;
import dev.weft.resources.ObjectRef;
import dev.weft.resources.ParentRef;
import dev.weft.resources.Service;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a route asks to attach to, and what came of it.
 *
 * @param parents those that Weft answers for, in the route's order
 */
record RouteAttachments(List<Parent> parents) {
  /** Kinds that a Service takes (GAMMA). */
  private static final Set<Kind> HTTP_KINDS =
      Collections.unmodifiableSet(EnumSet.of(Kind.HTTP_ROUTE, Kind.GRPC_ROUTE));

  /**
   * One parent reference.
   *
   * @param refusal why nothing was attached: a reason of the Gateway API; null when something was
   * @param message what to do about it, or a remark
   */
  record Parent(
      ParentRef ref, List<Attachment> attachments, @Nullable String refusal, String message) {

    static Parent refused(ParentRef ref, String reason, String message) {
      return new Parent(ref, List.of(), reason, message);
    }
  }

  /** Attaches one route. */
  record Of(ObjectRef ref) implements Derivation.Query<RouteAttachments> {
    @Override
    public RouteAttachments compute(Derivation.Reader reader) {
      KubeObject object = read(reader, ref);
      if (object == null) {
        return new RouteAttachments(List.of());
      }
      RouteObject route = RouteObject.of(object);
      List<Parent> parents = new ArrayList<>();
      for (ParentRef parent : DefaultGateways.parents(reader, route)) {
        Parent result = attach(reader, route, parent);
        if (result != null) {
          parents.add(isAmbiguous(object, result) ? ambiguous(parent) : result);
        }
      }
      return new RouteAttachments(List.copyOf(parents));
    }
  }

  private static boolean isAmbiguous(KubeObject object, Parent attached) {
    return attached.refusal() == null
        && object instanceof L4Route route
        && route.spec().rules().size() > 1;
  }

  private static Parent ambiguous(ParentRef parent) {
    return Parent.refused(
        parent, "UnsupportedValue", "several rules, and nothing says which one is meant");
  }

  /** Null when Weft has nothing to say about the parent. */
  private static @Nullable Parent attach(
      Derivation.Reader reader, RouteObject route, ParentRef parent) {
    if (parent.isGateway()) {
      return toGateway(reader, route, parent);
    }
    if (parent.isListenerSet()) {
      return toListenerSet(reader, route, parent);
    }
    return parent.isService() ? toService(reader, route, parent) : null;
  }

  static @Nullable KubeObject read(Derivation.Reader reader, ObjectRef ref) {
    return reader.object(ref.kind().type(), ref.namespace(), ref.name());
  }

  /** Null when the Gateway belongs to another controller, which will answer itself. */
  private static @Nullable Parent toGateway(
      Derivation.Reader reader, RouteObject route, ParentRef parent) {
    String namespace = namespaceOf(route, parent);
    GatewayView gateway = reader.get(new GatewayView.Of(namespace, parent.name()));
    if (!gateway.exists()) {
      return Parent.refused(
          parent, "NoMatchingParent", "there is no Gateway " + namespace + "/" + parent.name());
    }
    return gateway.ours()
        ? toListeners(
            reader, route, new Offer(parent, namespace, parent.name(), gateway.listeners()))
        : null;
  }

  /** Only the set's own listeners count, as only a Gateway's own do for a Gateway (GEP-1713). */
  private static @Nullable Parent toListenerSet(
      Derivation.Reader reader, RouteObject route, ParentRef parent) {
    String namespace = namespaceOf(route, parent);
    ListenerSetView set = reader.get(new ListenerSetView.Of(namespace, parent.name()));
    if (!set.exists()) {
      return Parent.refused(
          parent, "NoMatchingParent", "there is no ListenerSet " + namespace + "/" + parent.name());
    }
    if (!set.ours()) {
      return null;
    }
    return set.allowed()
        ? toListeners(
            reader,
            route,
            new Offer(parent, set.gatewayNamespace(), set.gateway(), set.listeners()))
        : Parent.refused(parent, "NoMatchingParent", "the Gateway does not allow the ListenerSet");
  }

  /** The listeners that a parent reference may mean, and the Gateway that serves them. */
  private record Offer(
      ParentRef parent, String namespace, String gateway, List<ListenerView> listeners) {}

  private static Parent toListeners(Derivation.Reader reader, RouteObject route, Offer offer) {
    ParentRef parent = offer.parent();
    List<ListenerView> asked =
        offer.listeners().stream()
            .filter(
                listener ->
                    (parent.sectionName() == null || parent.sectionName().equals(listener.name()))
                        && (parent.port() == null || parent.port() == listener.port())
                        && !listener.conflicted())
            .toList();
    if (asked.isEmpty()) {
      return Parent.refused(
          parent, "NoMatchingParent", "no usable listener has that sectionName and port");
    }
    List<ListenerView> allowed =
        asked.stream().filter(listener -> allows(reader, listener, route)).toList();
    return allowed.isEmpty()
        ? Parent.refused(
            parent,
            "NotAllowedByListeners",
            "no listener's allowedRoutes takes this kind of route from this namespace")
        : attach(route, offer, allowed);
  }

  private static Parent attach(RouteObject route, Offer offer, List<ListenerView> allowed) {
    List<Attachment> attachments = new ArrayList<>();
    for (ListenerView listener : allowed) {
      List<String> hostnames = Hostnames.intersecting(listener.hostname(), route.hostnames());
      if (hostnames != null) {
        attachments.add(
            Attachment.newBuilder()
                .addAllHostnames(hostnames)
                .setListener(
                    Attachment.GatewayListener.newBuilder()
                        .setNamespace(offer.namespace())
                        .setGateway(offer.gateway())
                        .setListener(listener.key()))
                .build());
      }
    }
    return attachments.isEmpty()
        ? Parent.refused(
            offer.parent(),
            "NoMatchingListenerHostname",
            "no listener serves any of the hostnames " + String.join(", ", route.hostnames()))
        : new Parent(offer.parent(), List.copyOf(attachments), null, "");
  }

  private static boolean allows(
      Derivation.Reader reader, ListenerView listener, RouteObject route) {
    return listener.kinds().contains(route.ref().kind().kind())
        && Namespaces.allow(
            reader,
            listener.from(),
            listener.selector(),
            listener.namespace(),
            route.ref().namespace());
  }

  private static Parent toService(Derivation.Reader reader, RouteObject route, ParentRef parent) {
    if (!HTTP_KINDS.contains(route.ref().kind())) {
      return Parent.refused(
          parent, "UnsupportedValue", "routes of this kind attach to Gateways only");
    }
    String namespace = namespaceOf(route, parent);
    Service service = reader.object(Service.class, namespace, parent.name());
    if (service == null) {
      return Parent.refused(
          parent, "NoMatchingParent", "there is no Service " + namespace + "/" + parent.name());
    }
    List<Service.Port> asked =
        service.spec().ports().stream()
            .filter(
                port ->
                    (parent.sectionName() == null || parent.sectionName().equals(port.name()))
                        && (parent.port() == null || parent.port() == port.port()))
            .toList();
    if (asked.isEmpty()) {
      return Parent.refused(
          parent, "NoMatchingParent", "the Service has no port with that number and name");
    }
    if (asked.stream().noneMatch(AppProtocols::mayBeHttp)) {
      return Parent.refused(
          parent, "UnsupportedValue", "the Service says that the port speaks no HTTP");
    }
    boolean everyPort = parent.sectionName() == null && parent.port() == null;
    // A route's hostnames say nothing in a mesh: traffic was addressed to the Service (GEP-1294).
    List<Attachment> attachments = new ArrayList<>();
    for (Service.Port port : everyPort ? asked.subList(0, 1) : asked) {
      attachments.add(
          Attachment.newBuilder()
              .setService(
                  Attachment.ServicePort.newBuilder()
                      .setNamespace(namespace)
                      .setName(parent.name())
                      .setPort(everyPort ? 0 : port.port())
                      .setConsumerNamespace(
                          namespace.equals(route.ref().namespace()) ? "" : route.ref().namespace()))
              .build());
    }
    String remark = route.hostnames().isEmpty() ? "" : "hostnames do not count for a Service";
    return new Parent(parent, List.copyOf(attachments), null, remark);
  }

  private static String namespaceOf(RouteObject route, ParentRef parent) {
    String namespace = parent.namespace();
    return namespace == null ? route.ref().namespace() : namespace;
  }
}
