package dev.weft.datapath;

import dev.weft.datapath.DatapathState.ServicePort;
import dev.weft.datapath.Entries.Connection;
import dev.weft.datapath.Entries.Target;
import dev.weft.datapath.Entries.Tuple;
import dev.weft.datapath.bpf.BpfCollection;
import dev.weft.datapath.bpf.BpfMap;
import java.util.Set;
import java.util.function.BiPredicate;

/**
 * Connection tracking, seen from user space: only to forget. The programs write it, and expire
 * entries by themselves.
 */
final class Connections {
  private final BpfMap tcp;
  private final BpfMap other;

  Connections(BpfCollection programs) {
    tcp = programs.map("tcp_connections");
    other = programs.map("other_connections");
  }

  /** Forgets every connection of an address, which another pod may get next. */
  void forget(Ipv4 address) {
    BiPredicate<Tuple, Connection> mentions =
        (tuple, connection) ->
            tuple.source().equals(address)
                || tuple.destination().equals(address)
                || (connection.translatesForward()
                    && connection.target().address().equals(address));
    sweep(tcp, mentions);
    sweep(other, mentions);
  }

  /**
   * Forgets datagram "connections" of a service to backends it no longer has: their clients never
   * close them, and keep talking to nobody. TCP connections drain.
   */
  void forgetDatagrams(ServicePort service, Set<Target> present) {
    sweep(
        other,
        (tuple, connection) ->
            connection.translatesForward()
                && tuple.destination().equals(service.address())
                && tuple.destinationPort() == service.port()
                && tuple.protocol() == service.protocol().number()
                && !present.contains(connection.target()));
  }

  private static void sweep(BpfMap map, BiPredicate<Tuple, Connection> condition) {
    for (byte[] key : map.keys()) {
      byte[] value = map.get(key);
      if (value != null && condition.test(Tuple.CODEC.fromBytes(key), Connection.read(value))) {
        map.remove(key);
      }
    }
  }
}
