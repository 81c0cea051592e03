package dev.weft.routing;

import dev.weft.api.v1.Endpoints;
import dev.weft.api.v1.Resource;
import dev.weft.api.v1.Resource.BodyCase;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Serving endpoints by Service ("namespace/name") and Service port, with {@link #UDP} added for a
 * port of datagrams. Immutable.
 *
 * @param services which Services name a pod: a changed pod touches only those
 * @param changed Services whose endpoints are other than in the previous index
 */
record EndpointIndex(
    PersistentMap<String, Map<Integer, EndpointSet>> byService,
    PersistentMap<String, Set<String>> services,
    Set<String> changed) {
  static final EndpointIndex EMPTY =
      new EndpointIndex(PersistentMap.empty(), PersistentMap.empty(), Set.of());

  private static final String PREFIX = "endpoints/";

  private static final int UDP = 1 << 16;

  EndpointSet get(String service, int port, boolean udp) {
    Map<Integer, EndpointSet> ports = byService.get(service);
    return ports == null
        ? EndpointSet.EMPTY
        : ports.getOrDefault(key(port, udp), EndpointSet.EMPTY);
  }

  EndpointIndex next(Changes changes, WorkloadIndex workloads) {
    PersistentMap.Edit<String, Map<Integer, EndpointSet>> sets = byService.edit();
    PersistentMap.Edit<String, Set<String>> reverse = services.edit();
    Set<String> touched = new HashSet<>();
    Changes.Step step =
        change -> {
          Endpoints content = change.after() == null ? null : change.after().getEndpoints();
          String service =
              content == null
                  ? change.key()
                  : change.key("endpoints", content.getNamespace(), content.getService());
          Map<Integer, EndpointSet> old = byService.get(service);
          Map<Integer, EndpointSet> now = compile(change.after(), old, workloads);
          unlink(change.before(), service, reverse);
          if (change.after() == null) {
            sets.remove(service);
          } else {
            sets.put(service, now);
            link(change.after(), service, reverse);
          }
          touched.add(service);
        };
    changes.each(BodyCase.ENDPOINTS, step);
    Set<String> behind = new HashSet<>();
    for (String workload : workloads.changed()) {
      Set<String> named = reverse.get(workload);
      if (named != null) {
        behind.addAll(named);
      }
    }
    behind.removeAll(touched);
    behind.forEach(service -> changes.again(PREFIX + service, step));
    return new EndpointIndex(sets.done(), reverse.done(), touched);
  }

  private static void link(
      Resource resource, String service, PersistentMap.Edit<String, Set<String>> reverse) {
    for (Endpoints.Endpoint endpoint : resource.getEndpoints().getEndpointsList()) {
      if (!endpoint.getWorkload().isEmpty()) {
        Set<String> now = new HashSet<>(orEmpty(reverse.get(endpoint.getWorkload())));
        if (now.add(service)) {
          reverse.put(endpoint.getWorkload(), Set.copyOf(now));
        }
      }
    }
  }

  private static void unlink(
      @Nullable Resource resource,
      String service,
      PersistentMap.Edit<String, Set<String>> reverse) {
    if (resource == null) {
      return;
    }
    for (Endpoints.Endpoint endpoint : resource.getEndpoints().getEndpointsList()) {
      Set<String> now = new HashSet<>(orEmpty(reverse.get(endpoint.getWorkload())));
      if (now.remove(service)) {
        if (now.isEmpty()) {
          reverse.remove(endpoint.getWorkload());
        } else {
          reverse.put(endpoint.getWorkload(), Set.copyOf(now));
        }
      }
    }
  }

  private static Set<String> orEmpty(@Nullable Set<String> names) {
    return names == null ? Set.of() : names;
  }

  private static Map<Integer, EndpointSet> compile(
      @Nullable Resource resource,
      @Nullable Map<Integer, EndpointSet> previous,
      WorkloadIndex workloads) {
    if (resource == null) {
      return Map.of();
    }
    Map<Long, Endpoint> known = new HashMap<>();
    if (previous != null) {
      previous
          .values()
          .forEach(set -> set.list().forEach(e -> known.put(key(e.address(), e.port()), e)));
    }
    Map<Integer, List<Endpoint>> byPort = new HashMap<>();
    for (Endpoints.Endpoint endpoint : resource.getEndpoints().getEndpointsList()) {
      if (endpoint.getServing()) {
        byPort
            .computeIfAbsent(
                key(endpoint.getServicePort(), endpoint.getUdp()), _ -> new ArrayList<>())
            .add(endpoint(endpoint, known, workloads));
      }
    }
    Map<Integer, EndpointSet> sets = new HashMap<>();
    byPort.forEach((port, list) -> sets.put(port, EndpointSet.of(list)));
    return sets;
  }

  private static Endpoint endpoint(
      Endpoints.Endpoint endpoint, Map<Long, Endpoint> known, WorkloadIndex workloads) {
    int address = Ipv4.of(endpoint.getAddress());
    int port = endpoint.getPort();
    WorkloadInfo workload =
        endpoint.getWorkload().isEmpty() ? null : workloads.byName().get(endpoint.getWorkload());
    Endpoint old = known.get(key(address, port));
    if (old != null && old.same(address, port, workload)) {
      return old;
    }
    Endpoint now = new Endpoint(address, port, workload);
    known.put(key(address, port), now);
    return now;
  }

  private static int key(int port, boolean udp) {
    return udp ? port | UDP : port;
  }

  private static long key(int address, int port) {
    return ((long) address << 16) | port;
  }
}
