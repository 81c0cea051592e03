package dev.weft.gatewayapi;

import dev.weft.api.v1.Attachment;
import dev.weft.resources.Derivation;
import dev.weft.resources.GrpcRoute;
import dev.weft.resources.HttpRoute;
import dev.weft.resources.Kind;
import dev.weft.resources.KubeObject;
import dev.weft.resources.LabelSelector;
import dev.weft.resources.Namespace;
import dev.weft.resources.ObjectRef;
import dev.weft.resources.ParentRef;
import dev.weft.resources.Service;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a route asks to attach to, and what came of it.
 *
 * @param parents those that Weft answers for, in the route's order
 */
record RouteAttachments(List<Parent> parents) {

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
      for (ParentRef parent : route.parents()) {
        Parent result =
            parent.isGateway()
                ? toGateway(reader, route, parent)
                : parent.isService() ? toService(reader, route, parent) : null;
        if (result != null) {
          parents.add(result);
        }
      }
      return new RouteAttachments(List.copyOf(parents));
    }
  }

  static @Nullable KubeObject read(Derivation.Reader reader, ObjectRef ref) {
    return ref.kind() == Kind.GRPC_ROUTE
        ? reader.object(GrpcRoute.class, ref.namespace(), ref.name())
        : reader.object(HttpRoute.class, ref.namespace(), ref.name());
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
    if (!gateway.ours()) {
      return null;
    }
    List<GatewayView.Listener> asked =
        gateway.listeners().stream()
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
    List<GatewayView.Listener> allowed =
        asked.stream().filter(listener -> allows(reader, listener, route, namespace)).toList();
    if (allowed.isEmpty()) {
      return Parent.refused(
          parent,
          "NotAllowedByListeners",
          "no listener's allowedRoutes takes this kind of route from this namespace");
    }
    return attach(route, parent, namespace, allowed);
  }

  private static Parent attach(
      RouteObject route, ParentRef parent, String namespace, List<GatewayView.Listener> allowed) {
    List<Attachment> attachments = new ArrayList<>();
    for (GatewayView.Listener listener : allowed) {
      List<String> hostnames = Hostnames.intersecting(listener.hostname(), route.hostnames());
      if (hostnames != null) {
        attachments.add(
            Attachment.newBuilder()
                .addAllHostnames(hostnames)
                .setListener(
                    Attachment.GatewayListener.newBuilder()
                        .setNamespace(namespace)
                        .setGateway(parent.name())
                        .setListener(listener.name()))
                .build());
      }
    }
    return attachments.isEmpty()
        ? Parent.refused(
            parent,
            "NoMatchingListenerHostname",
            "no listener serves any of the hostnames " + String.join(", ", route.hostnames()))
        : new Parent(parent, List.copyOf(attachments), null, "");
  }

  private static boolean allows(
      Derivation.Reader reader,
      GatewayView.Listener listener,
      RouteObject route,
      String gatewayNamespace) {
    if (!listener.kinds().contains(route.ref().kind().kind())) {
      return false;
    }
    return switch (listener.from()) {
      case "All" -> true;
      case "Same" -> gatewayNamespace.equals(route.ref().namespace());
      case "Selector" -> selects(reader, listener.selector(), route.ref().namespace());
      default -> false;
    };
  }

  private static boolean selects(
      Derivation.Reader reader, LabelSelector selector, String namespace) {
    return selector.matches(namespaceLabels(reader, namespace));
  }

  /** A namespace's labels with the one that every API server adds. */
  static Map<String, String> namespaceLabels(Derivation.Reader reader, String namespace) {
    Namespace object = reader.object(Namespace.class, "", namespace);
    Map<String, String> labels =
        object == null
            ? new java.util.HashMap<>()
            : new java.util.HashMap<>(object.metadata().labels());
    labels.put(Namespace.NAME_LABEL, namespace);
    return labels;
  }

  private static Parent toService(Derivation.Reader reader, RouteObject route, ParentRef parent) {
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
