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
record GatewayIndex(PersistentMap<String, Ports> byName, PersistentMap<Integer, String> byAddress) {
  static final GatewayIndex EMPTY = new GatewayIndex(PersistentMap.empty(), PersistentMap.empty());

  /** The ports of one Gateway by number. */
  record Ports(Map<Integer, GatewayPort> tcp, Map<Integer, GatewayPort> udp) {
    static final Ports NONE = new Ports(Map.of(), Map.of());
  }

  /** What attaches to listeners. */
  record Routes(RouteIndex<CompiledRoute> http, RouteIndex<CompiledL4Route> l4) {}

  private Ports of(int address) {
    String name = byAddress.get(address);
    Ports ports = name == null ? null : byName.get(name);
    return ports == null ? Ports.NONE : ports;
  }

  @Nullable GatewayPort at(int address, int port) {
    return of(address).tcp.get(port);
  }

  @Nullable GatewayPort udpAt(int address, int port) {
    return of(address).udp.get(port);
  }

  GatewayIndex next(Changes changes, Routes routes) {
    Set<String> touched = new HashSet<>();
    for (Set<String> changed : List.of(routes.http.changed(), routes.l4.changed())) {
      changed.stream().filter(owner -> owner.startsWith("gateway/")).forEach(touched::add);
    }
    PersistentMap.Edit<String, Ports> names = byName.edit();
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
      Routes routes,
      PersistentMap.Edit<String, Ports> names,
      PersistentMap.Edit<Integer, String> addresses) {
    Gateway gateway = change.after() == null ? null : change.after().getGateway();
    String name =
        gateway == null
            ? change.key()
            : change.key("gateway", gateway.getNamespace(), gateway.getName());
    Ports ports =
        change.after() == null
            ? Ports.NONE
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

  private static Ports ports(Gateway gateway, Routes routes, @Nullable Ports previous) {
    String name = gateway.getNamespace() + "/" + gateway.getName();
    Map<String, List<Attached<CompiledRoute>>> attached = routes.http.gateway(name);
    Map<String, List<Attached<CompiledL4Route>>> unread = routes.l4.gateway(name);
    Map<Integer, List<GatewayListener>> tcp = new TreeMap<>();
    Map<Integer, List<GatewayListener>> udp = new TreeMap<>();
    for (Gateway.Listener listener : gateway.getListenersList()) {
      GatewayListener.Protocol protocol = protocol(listener);
      boolean datagrams = protocol == GatewayListener.Protocol.UDP;
      List<Attached<CompiledRoute>> own = attached.get(listener.getName());
      List<Attached<CompiledL4Route>> l4 = unread.get(listener.getName());
      (datagrams ? udp : tcp)
          .computeIfAbsent(listener.getPort(), _ -> new ArrayList<>())
          .add(
              new GatewayListener(
                  gateway.getNamespace(),
                  gateway.getName(),
                  listener.getName(),
                  protocol,
                  Hosts.pattern(listener.getHostname()),
                  ListenerTls.of(listener),
                  listener.getAuthsList().stream().map(ExternalAuth::of).toList(),
                  own == null
                      ? RouteTable.NONE
                      : RouteTable.of(own, previousTable(previous, listener)),
                  l4 == null ? L4Table.NONE : L4Table.of(l4, datagrams)));
    }
    return new Ports(ports(gateway, tcp), ports(gateway, udp));
  }

  private static Map<Integer, GatewayPort> ports(
      Gateway gateway, Map<Integer, List<GatewayListener>> byPort) {
    Map<Integer, GatewayPort> ports = new HashMap<>();
    byPort.forEach((port, listeners) -> ports.put(port, new GatewayPort(gateway, port, listeners)));
    return ports;
  }

  private static @Nullable RouteTable previousTable(
      @Nullable Ports previous, Gateway.Listener listener) {
    GatewayPort port = previous == null ? null : previous.tcp.get(listener.getPort());
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
      case PROTOCOL_TLS_PASSTHROUGH -> GatewayListener.Protocol.TLS_PASSTHROUGH;
      case PROTOCOL_TCP -> GatewayListener.Protocol.TCP;
      case PROTOCOL_UDP -> GatewayListener.Protocol.UDP;
      case PROTOCOL_UNSPECIFIED, UNRECOGNIZED ->
          throw new IllegalArgumentException(
              "listener " + listener.getName() + " has a protocol that this version does not know");
    };
  }
}
