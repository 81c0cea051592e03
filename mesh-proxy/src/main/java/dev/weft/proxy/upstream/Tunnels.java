package dev.weft.proxy.upstream;

import dev.weft.identity.SvidContexts;
import dev.weft.identity.SvidSource;
import dev.weft.proxy.http.Failure;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/**
 * HBONE connections to other nodes' pods, shared by the streams of one source. Confined to one
 * event loop.
 */
public final class Tunnels {
  /** Unused connections are closed after this time, as ztunnel does. */
  private static final long IDLE_NANOS = 300_000_000_000L;

  private final Connector connector;
  private final SvidSource identities;
  private final RandomGenerator random;
  private final Map<Hop, List<TunnelConnection>> connections = new HashMap<>();

  /** No connections yet. */
  public Tunnels(Connector connector, SvidSource identities, RandomGenerator random) {
    this.connector = connector;
    this.identities = identities;
    this.random = random;
  }

  /** Opens a stream to the hop's server; what comes back reads and writes plain bytes. */
  void open(Hop hop, boolean http, Connector.Opened opened) {
    Hop.Tunnel tunnel = hop.tunnel();
    if (tunnel == null) {
      throw new IllegalArgumentException("no tunnel to " + hop.authority());
    }
    Hop shared = withoutPort(hop);
    List<TunnelConnection> list = connections.computeIfAbsent(shared, _ -> new ArrayList<>(1));
    for (int i = 0; i < list.size(); i++) {
      if (list.get(i).hasRoom()) {
        list.get(i).open(hop, http, opened);
        return;
      }
    }
    SvidContexts contexts = identities.current(tunnel.as());
    if (contexts == null) {
      opened.failed(Failure.UNTRUSTED);
      return;
    }
    TunnelConnection connection = new TunnelConnection(tunnel, random, () -> forget(shared));
    list.add(connection);
    connection.open(hop, http, opened);
    connection.connect(connector, shared, contexts);
  }

  /** Streams to every port of the pod share a connection. */
  private static Hop withoutPort(Hop hop) {
    return new Hop(hop.address(), 0, hop.source(), hop.identity(), false, hop.tunnel(), null);
  }

  private void forget(Hop shared) {
    List<TunnelConnection> list = connections.get(shared);
    if (list != null) {
      list.removeIf(TunnelConnection::gone);
      if (list.isEmpty()) {
        connections.remove(shared);
      }
    }
  }

  void expire(long now) {
    for (Iterator<List<TunnelConnection>> it = connections.values().iterator(); it.hasNext(); ) {
      List<TunnelConnection> list = it.next();
      for (TunnelConnection connection : List.copyOf(list)) {
        if (connection.unusedSince(now, IDLE_NANOS)) {
          list.remove(connection);
          connection.close();
        }
      }
      if (list.isEmpty()) {
        it.remove();
      }
    }
  }

  void close() {
    connections.values().stream()
        .flatMap(list -> List.copyOf(list).stream())
        .toList()
        .forEach(TunnelConnection::close);
  }
}
