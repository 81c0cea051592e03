package dev.weft.routing;

import com.google.protobuf.ByteString;
import dev.weft.api.v1.Resource;
import dev.weft.api.v1.Resource.BodyCase;
import dev.weft.api.v1.Service;
import dev.weft.api.v1.TrafficSettings;
import dev.weft.routing.Changes.Changed;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Service ports by key, and by cluster address and port. Immutable. */
@SuppressWarnings("ReferenceEquality") // instances are the versions
record ServiceIndex(
    PersistentMap<ServiceKey, ServicePort> byKey,
    PersistentMap<Long, ServiceKey> byAddress,
    PersistentMap<String, Resource> traffic) {
  static final ServiceIndex EMPTY =
      new ServiceIndex(PersistentMap.empty(), PersistentMap.empty(), PersistentMap.empty());

  @Nullable ServicePort at(int address, int port) {
    ServiceKey key = byAddress.get(key(address, port));
    return key == null ? null : byKey.get(key);
  }

  ServiceIndex next(
      Changes changes,
      EndpointIndex endpoints,
      RouteIndex<CompiledRoute> routes,
      BackendTlsIndex tls) {
    Set<String> touched = new HashSet<>(endpoints.changed());
    touched.addAll(tls.changed());
    routes.changed().stream()
        .filter(owner -> owner.startsWith("service/"))
        .forEach(owner -> touched.add(owner.substring("service/".length())));
    PersistentMap<String, Resource> nextTraffic = traffic(changes, touched);
    Rebuild rebuild =
        new Rebuild(endpoints, routes, tls, nextTraffic, byKey.edit(), byAddress.edit());
    changes.each(
        BodyCase.SERVICE,
        change -> {
          rebuild.replace(change);
          touched.remove(change.key());
        });
    touched.forEach(service -> changes.again("service/" + service, rebuild::replace));
    return new ServiceIndex(rebuild.keys.done(), rebuild.addresses.done(), nextTraffic);
  }

  /** Settings by Service; the control plane has already settled which policy wins. */
  private PersistentMap<String, Resource> traffic(Changes changes, Set<String> touched) {
    PersistentMap.Edit<String, Resource> edit = traffic.edit();
    changes.each(
        BodyCase.TRAFFIC,
        change -> {
          Resource after = change.after();
          if (after != null && after.getTraffic().hasSession()) {
            // Refused here, where it is this resource's fault, or never.
            SessionRule.of(after.getTraffic().getSession(), change.key());
          }
          Resource before = change.before();
          if (before != null) {
            String service = service(before.getTraffic());
            if (edit.get(service) == before) {
              edit.remove(service);
            }
            touched.add(service);
          }
          if (after != null) {
            edit.put(service(after.getTraffic()), after);
            touched.add(service(after.getTraffic()));
          }
        });
    return edit.done();
  }

  private static String service(TrafficSettings settings) {
    return settings.getServiceNamespace() + "/" + settings.getServiceName();
  }

  private static ServiceKey key(Service service, Service.Port port) {
    return new ServiceKey(service.getNamespace(), service.getName(), port.getPort(), port.getUdp());
  }

  private static long key(int address, int port) {
    return ((long) address << 16) | port;
  }

  /** One compilation's work; confined to it. */
  private record Rebuild(
      EndpointIndex endpoints,
      RouteIndex<CompiledRoute> routes,
      BackendTlsIndex tls,
      PersistentMap<String, Resource> traffic,
      PersistentMap.Edit<ServiceKey, ServicePort> keys,
      PersistentMap.Edit<Long, ServiceKey> addresses) {

    void replace(Changed change) {
      Resource after = change.after();
      List<ServicePort> ports = new ArrayList<>();
      List<Integer> clusterIps = new ArrayList<>();
      if (after != null) {
        change.key("service", after.getService().getNamespace(), after.getService().getName());
        for (ByteString address : after.getService().getAddressesList()) {
          clusterIps.add(Ipv4.of(address));
        }
        for (Service.Port port : after.getService().getPortsList()) {
          ports.add(port(after.getService(), port));
        }
      }
      remove(change);
      for (ServicePort port : ports) {
        keys.put(port.key(), port);
        // Datagrams to a Service itself never come to the proxy.
        for (int address : port.key().udp() ? List.<Integer>of() : clusterIps) {
          addresses.put(ServiceIndex.key(address, port.key().port()), port.key());
        }
      }
    }

    private void remove(Changed change) {
      Resource before = change.before();
      if (before == null || before == change.after()) {
        return;
      }
      Service service = before.getService();
      for (Service.Port port : service.getPortsList()) {
        ServiceKey key = ServiceIndex.key(service, port);
        keys.remove(key);
        for (ByteString address : service.getAddressesList()) {
          if (address.size() == 4
              && key.equals(addresses.get(ServiceIndex.key(Ipv4.of(address), key.port())))) {
            addresses.remove(ServiceIndex.key(Ipv4.of(address), key.port()));
          }
        }
      }
    }

    private ServicePort port(Service service, Service.Port port) {
      String name = service.getNamespace() + "/" + service.getName();
      ServiceKey key = ServiceIndex.key(service, port);
      Tables tables = tables(name, key);
      return new ServicePort(
          key,
          key.toString(),
          AppProtocol.of(port.getAppProtocol()),
          port.getL7(),
          port.getStrict(),
          service.getClientIpAffinity(),
          endpoints.get(name, port.getPort(), port.getUdp()),
          budget(traffic.get(name)),
          session(traffic.get(name), key),
          tls.get(name, port.getPort()),
          tables.producer,
          tables.consumers);
    }

    private Tables tables(String service, ServiceKey key) {
      if (key.udp()) {
        return new Tables(RouteTable.NONE, Map.of());
      }
      ServicePort old = keys.get(key);
      if (old != null && !routes.changed().contains("service/" + service)) {
        return new Tables(old.producerRoutes(), old.consumerRoutes());
      }
      Map<String, List<Attached<CompiledRoute>>> attached = routes.service(service, key.port());
      Map<String, RouteTable> consumers = new HashMap<>();
      attached.forEach(
          (namespace, own) -> {
            if (!namespace.isEmpty()) {
              RouteTable previous = old == null ? null : old.consumerRoutes().get(namespace);
              consumers.put(namespace, RouteTable.of(own, previous));
            }
          });
      List<Attached<CompiledRoute>> own = attached.get("");
      RouteTable producer =
          own == null
              ? RouteTable.implicit(key)
              : RouteTable.of(own, old == null ? null : old.producerRoutes());
      return new Tables(producer, Map.copyOf(consumers));
    }

    private record Tables(RouteTable producer, Map<String, RouteTable> consumers) {}

    private static RetryBudget budget(@Nullable Resource resource) {
      return resource == null || resource.getTraffic().getRetryBudgetIntervalMs() == 0
          ? RetryBudget.DEFAULT
          : RetryBudget.of(resource.getTraffic());
    }

    private static @Nullable SessionRule session(@Nullable Resource resource, ServiceKey key) {
      return resource == null || !resource.getTraffic().hasSession() || key.udp()
          ? null
          : SessionRule.of(resource.getTraffic().getSession(), "service/" + key);
    }
  }
}
