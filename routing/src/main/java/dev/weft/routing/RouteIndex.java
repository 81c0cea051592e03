package dev.weft.routing;

import dev.weft.api.v1.Attachment;
import dev.weft.api.v1.Resource;
import dev.weft.api.v1.Resource.BodyCase;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Compiled routes, and which of them are attached to a Service or Gateway. Immutable.
 *
 * @param byOwner routes by resource name, in that order, for "service/ns/name" and
 *     "gateway/ns/name"
 * @param changed owners whose routes are other than in the previous index
 */
record RouteIndex<R extends Attached.Route>(
    PersistentMap<String, R> byName,
    PersistentMap<String, TreeMap<String, R>> byOwner,
    Set<String> changed) {

  /** How resources of one kind become routes. */
  record Compiler<R>(BodyCase kind, Function<Resource, R> compile, Function<Resource, R> refused) {}

  static final Compiler<CompiledRoute> HTTP =
      new Compiler<>(
          BodyCase.HTTP_ROUTE,
          resource -> CompiledRoute.of(resource.getHttpRoute()),
          resource -> CompiledRoute.refused(resource.getHttpRoute(), "the route was refused"));

  static final Compiler<CompiledL4Route> L4 =
      new Compiler<>(
          BodyCase.L4_ROUTE,
          resource -> CompiledL4Route.of(resource.getL4Route()),
          resource -> CompiledL4Route.refused(resource.getL4Route(), "the route was refused"));

  static <R extends Attached.Route> RouteIndex<R> empty() {
    return new RouteIndex<>(PersistentMap.empty(), PersistentMap.empty(), Set.of());
  }

  RouteIndex<R> next(Changes changes, Compiler<R> compiler) {
    PersistentMap.Edit<String, R> names = byName.edit();
    Map<String, TreeMap<String, R>> owners = new HashMap<>();
    changes.each(
        compiler.kind,
        change -> {
          Resource after = change.after();
          replace(
              change.name(), after == null ? null : compiler.compile.apply(after), names, owners);
        },
        change -> {
          Resource after = change.after();
          if (after != null && names.get(change.name()) == null) {
            replace(change.name(), compiler.refused.apply(after), names, owners);
          }
        });
    if (owners.isEmpty()) {
      return new RouteIndex<>(names.done(), byOwner, Set.of());
    }
    PersistentMap.Edit<String, TreeMap<String, R>> attached = byOwner.edit();
    owners.forEach(
        (owner, routes) -> {
          if (routes.isEmpty()) {
            attached.remove(owner);
          } else {
            attached.put(owner, routes);
          }
        });
    return new RouteIndex<>(names.done(), attached.done(), Set.copyOf(owners.keySet()));
  }

  private void replace(
      String name,
      @Nullable R now,
      PersistentMap.Edit<String, R> names,
      Map<String, TreeMap<String, R>> owners) {
    R old = names.get(name);
    if (old != null) {
      owners(old).forEach(owner -> writable(owner, owners).remove(name));
      names.remove(name);
    }
    if (now != null) {
      owners(now).forEach(owner -> writable(owner, owners).put(name, now));
      names.put(name, now);
    }
  }

  private TreeMap<String, R> writable(String owner, Map<String, TreeMap<String, R>> owners) {
    return owners.computeIfAbsent(
        owner,
        key -> {
          TreeMap<String, R> known = byOwner.get(key);
          return known == null ? new TreeMap<>() : new TreeMap<>(known);
        });
  }

  private static Set<String> owners(Attached.Route route) {
    Set<String> owners = new HashSet<>();
    for (Attachment attachment : route.attachments()) {
      switch (attachment.getTargetCase()) {
        case SERVICE ->
            owners.add(
                "service/"
                    + attachment.getService().getNamespace()
                    + "/"
                    + attachment.getService().getName());
        case LISTENER ->
            owners.add(
                "gateway/"
                    + attachment.getListener().getNamespace()
                    + "/"
                    + attachment.getListener().getGateway());
        case TARGET_NOT_SET -> {}
      }
    }
    return owners;
  }

  /** The routes of a Service port by consumer namespace; "" holds the producer's. */
  Map<String, List<Attached<R>>> service(String service, int port) {
    Map<String, List<Attached<R>>> byConsumer = new TreeMap<>();
    for (R route : routes("service/" + service)) {
      for (Attachment attachment : route.attachments()) {
        Attachment.ServicePort to = attachment.getService();
        if (attachment.hasService()
            && service.equals(to.getNamespace() + "/" + to.getName())
            && (to.getPort() == 0 || to.getPort() == port)) {
          byConsumer
              .computeIfAbsent(to.getConsumerNamespace(), _ -> new ArrayList<>())
              .add(new Attached<>(route, attachment.getHostnamesList()));
        }
      }
    }
    return byConsumer;
  }

  /** The routes of a Gateway by listener name. */
  Map<String, List<Attached<R>>> gateway(String gateway) {
    Map<String, List<Attached<R>>> byListener = new HashMap<>();
    for (R route : routes("gateway/" + gateway)) {
      for (Attachment attachment : route.attachments()) {
        Attachment.GatewayListener to = attachment.getListener();
        if (attachment.hasListener() && gateway.equals(to.getNamespace() + "/" + to.getGateway())) {
          byListener
              .computeIfAbsent(to.getListener(), _ -> new ArrayList<>())
              .add(new Attached<>(route, attachment.getHostnamesList()));
        }
      }
    }
    return byListener;
  }

  private Iterable<R> routes(String owner) {
    TreeMap<String, R> routes = byOwner.get(owner);
    return routes == null ? List.of() : routes.values();
  }
}
