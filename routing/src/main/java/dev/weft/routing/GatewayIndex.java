package dev.weft.routing;

import com.google.protobuf.ByteString;
import dev.weft.api.v1.Gateway;
import dev.weft.api.v1.Resource.BodyCase;
import dev.weft.routing.Changes.Changed;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Gateways by "namespace/name", and which of them owns an address. Immutable. */
record GatewayIndex(
    PersistentMap<String, Map<Integer, GatewayPort>> byName,
    PersistentMap<Integer, String> byAddress) {
  static final GatewayIndex EMPTY = new GatewayIndex(PersistentMap.empty(), PersistentMap.empty());

  @Nullable GatewayPort at(int address, int port) {
    String name = byAddress.get(address);
    Map<Integer, GatewayPort> ports = name == null ? null : byName.get(name);
    return ports == null ? null : ports.get(port);
  }

  GatewayIndex next(Changes changes, RouteIndex routes) {
    Set<String> touched = new HashSet<>();
    for (String owner : routes.changed()) {
      if (owner.startsWith("gateway/")) {
        touched.add(owner);
      }
    }
    PersistentMap.Edit<String, Map<Integer, GatewayPort>> names = byName.edit();
    PersistentMap.Edit<Integer, String> addresses = byAddress.edit();
    changes.each(
        BodyCase.GATEWAY,
        change -> {
          replace(change, routes, names, addresses);
          touched.remove(change.name());
        });
    touched.forEach(
        owner -> changes.again(owner, change -> replace(change, routes, names, addresses)));
    return new GatewayIndex(names.done(), addresses.done());
  }

  private void replace(
      Changed change,
      RouteIndex routes,
      PersistentMap.Edit<String, Map<Integer, GatewayPort>> names,
      PersistentMap.Edit<Integer, String> addresses) {
    Gateway gateway = change.after() == null ? null : change.after().getGateway();
    String name =
        gateway == null
            ? change.key()
            : change.key("gateway", gateway.getNamespace(), gateway.getName());
    Map<Integer, GatewayPort> ports =
        change.after() == null
            ? Map.of()
            : ports(change.after().getGateway(), routes, byName.get(name));
    List<Integer> now = new ArrayList<>();
    if (change.after() != null) {
      for (ByteString address : change.after().getGateway().getAddressesList()) {
        now.add(Ipv4.of(address));
      }
    }
    if (change.before() != null) {
      for (ByteString address : change.before().getGateway().getAddressesList()) {
        if (address.size() == 4 && name.equals(addresses.get(Ipv4.of(address)))) {
          addresses.remove(Ipv4.of(address));
        }
      }
    }
    if (change.after() == null) {
      names.remove(name);
      return;
    }
    names.put(name, ports);
    now.forEach(address -> addresses.put(address, name));
  }

  private static Map<Integer, GatewayPort> ports(
      Gateway gateway, RouteIndex routes, @Nullable Map<Integer, GatewayPort> previous) {
    String name = gateway.getNamespace() + "/" + gateway.getName();
    Map<String, List<RouteTable.Attached>> attached = routes.gateway(name);
    Map<Integer, List<GatewayListener>> byPort = new TreeMap<>();
    for (Gateway.Listener listener : gateway.getListenersList()) {
      List<RouteTable.Attached> own = attached.get(listener.getName());
      RouteTable table =
          own == null ? RouteTable.NONE : RouteTable.of(own, previousTable(previous, listener));
      byPort
          .computeIfAbsent(listener.getPort(), _ -> new ArrayList<>())
          .add(
              new GatewayListener(
                  gateway.getNamespace(),
                  gateway.getName(),
                  listener.getName(),
                  protocol(listener),
                  Hosts.pattern(listener.getHostname()),
                  ListenerTls.of(listener),
                  table));
    }
    Map<Integer, GatewayPort> ports = new HashMap<>();
    byPort.forEach((port, listeners) -> ports.put(port, new GatewayPort(gateway, port, listeners)));
    return ports;
  }

  private static @Nullable RouteTable previousTable(
      @Nullable Map<Integer, GatewayPort> previous, Gateway.Listener listener) {
    GatewayPort port = previous == null ? null : previous.get(listener.getPort());
    if (port == null) {
      return null;
    }
    return port.listeners().stream()
        .filter(known -> known.name().equals(listener.getName()))
        .map(GatewayListener::routes)
        .findFirst()
        .orElse(null);
  }

  private static GatewayListener.Protocol protocol(Gateway.Listener listener) {
    return switch (listener.getProtocol()) {
      case PROTOCOL_HTTP -> GatewayListener.Protocol.HTTP;
      case PROTOCOL_HTTPS -> GatewayListener.Protocol.HTTPS;
      case PROTOCOL_TLS -> GatewayListener.Protocol.TLS;
      case PROTOCOL_TCP -> GatewayListener.Protocol.TCP;
      case PROTOCOL_UNSPECIFIED, UNRECOGNIZED ->
          throw new IllegalArgumentException(
              "listener " + listener.getName() + " has a protocol that this version does not know");
    };
  }
}
