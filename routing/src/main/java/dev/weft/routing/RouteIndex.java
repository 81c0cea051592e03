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
import org.jspecify.annotations.Nullable;

/**
 * Compiled routes, and which of them are attached to a Service or Gateway. Immutable.
 *
 * @param byOwner routes by resource name, in that order, for "service/ns/name" and
 *     "gateway/ns/name"
 * @param changed owners whose routes are other than in the previous index
 */
record RouteIndex(
    PersistentMap<String, CompiledRoute> byName,
    PersistentMap<String, TreeMap<String, CompiledRoute>> byOwner,
    Set<String> changed) {
  static final RouteIndex EMPTY =
      new RouteIndex(PersistentMap.empty(), PersistentMap.empty(), Set.of());

  RouteIndex next(Changes changes) {
    PersistentMap.Edit<String, CompiledRoute> names = byName.edit();
    Map<String, TreeMap<String, CompiledRoute>> owners = new HashMap<>();
    changes.each(
        BodyCase.HTTP_ROUTE,
        change -> {
          Resource after = change.after();
          replace(
              change.name(),
              after == null ? null : CompiledRoute.of(after.getHttpRoute()),
              names,
              owners);
        },
        change -> {
          Resource after = change.after();
          if (after != null && names.get(change.name()) == null) {
            replace(
                change.name(),
                CompiledRoute.refused(after.getHttpRoute(), "the route was refused"),
                names,
                owners);
          }
        });
    if (owners.isEmpty()) {
      return new RouteIndex(names.done(), byOwner, Set.of());
    }
    PersistentMap.Edit<String, TreeMap<String, CompiledRoute>> attached = byOwner.edit();
    owners.forEach(
        (owner, routes) -> {
          if (routes.isEmpty()) {
            attached.remove(owner);
          } else {
            attached.put(owner, routes);
          }
        });
    return new RouteIndex(names.done(), attached.done(), Set.copyOf(owners.keySet()));
  }

  private void replace(
      String name,
      @Nullable CompiledRoute now,
      PersistentMap.Edit<String, CompiledRoute> names,
      Map<String, TreeMap<String, CompiledRoute>> owners) {
    CompiledRoute old = names.get(name);
    if (old != null) {
      owners(old).forEach(owner -> writable(owner, owners).remove(name));
      names.remove(name);
    }
    if (now != null) {
      owners(now).forEach(owner -> writable(owner, owners).put(name, now));
      names.put(name, now);
    }
  }

  private TreeMap<String, CompiledRoute> writable(
      String owner, Map<String, TreeMap<String, CompiledRoute>> owners) {
    return owners.computeIfAbsent(
        owner,
        key -> {
          TreeMap<String, CompiledRoute> known = byOwner.get(key);
          return known == null ? new TreeMap<>() : new TreeMap<>(known);
        });
  }

  private static Set<String> owners(CompiledRoute route) {
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
  Map<String, List<RouteTable.Attached>> service(String service, int port) {
    Map<String, List<RouteTable.Attached>> byConsumer = new TreeMap<>();
    for (CompiledRoute route : routes("service/" + service)) {
      for (Attachment attachment : route.attachments()) {
        Attachment.ServicePort to = attachment.getService();
        if (attachment.hasService()
            && service.equals(to.getNamespace() + "/" + to.getName())
            && (to.getPort() == 0 || to.getPort() == port)) {
          byConsumer
              .computeIfAbsent(to.getConsumerNamespace(), _ -> new ArrayList<>())
              .add(new RouteTable.Attached(route, attachment.getHostnamesList()));
        }
      }
    }
    return byConsumer;
  }

  /** The routes of a Gateway by listener name. */
  Map<String, List<RouteTable.Attached>> gateway(String gateway) {
    Map<String, List<RouteTable.Attached>> byListener = new HashMap<>();
    for (CompiledRoute route : routes("gateway/" + gateway)) {
      for (Attachment attachment : route.attachments()) {
        Attachment.GatewayListener to = attachment.getListener();
        if (attachment.hasListener() && gateway.equals(to.getNamespace() + "/" + to.getGateway())) {
          byListener
              .computeIfAbsent(to.getListener(), _ -> new ArrayList<>())
              .add(new RouteTable.Attached(route, attachment.getHostnamesList()));
        }
      }
    }
    return byListener;
  }

  private Iterable<CompiledRoute> routes(String owner) {
    TreeMap<String, CompiledRoute> routes = byOwner.get(owner);
    return routes == null ? List.of() : routes.values();
  }
}
