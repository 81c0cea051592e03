package dev.weft.proxy;

import dev.weft.identity.PeerIdentity;
import dev.weft.proxy.observe.Peer;
import dev.weft.proxy.observe.Side;
import dev.weft.routing.AuthorizationFacts;
import dev.weft.routing.BackendTls;
import dev.weft.routing.Endpoint;
import dev.weft.routing.EndpointSet;
import dev.weft.routing.Ipv4;
import dev.weft.routing.MtlsMode;
import dev.weft.routing.ProxyTables;
import dev.weft.routing.RequestFacts;
import dev.weft.routing.Target;
import dev.weft.routing.WorkloadInfo;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A client's connection, or the inside of a tunnel: who it is from and where it wanted to go. As
 * facts for authorization it stands for the connection as a whole. Confined to its event loop.
 */
final class Origin implements AuthorizationFacts {

  /**
   * What is known when the connection is accepted.
   *
   * @param source IPv4 address of the client
   * @param address original destination, IPv4
   * @param port original destination's port
   * @param peer who the client proved to be by its certificate; {@code null}: nobody
   * @param sni server name of a Gateway's TLS handshake; {@code null}: there was none
   * @param tls whether the client speaks TLS to us
   * @param udp whether it sends datagrams
   */
  record Ends(
      Side side,
      int source,
      int address,
      int port,
      @Nullable PeerIdentity peer,
      @Nullable String sni,
      boolean tls,
      boolean udp) {

    Target target(ProxyTables tables) {
      return udp ? tables.datagramTarget(address, port) : tables.target(address, port);
    }
  }

  private final ProxyLoop loop;
  private final Ends ends;
  private final Shares.Usage usage;
  private final IdentityHashMap<Endpoint, Way> ways = new IdentityHashMap<>(4);
  private final IdentityHashMap<Endpoint, Way> http2Ways = new IdentityHashMap<>(4);
  private final Map<Secured, Way> securedWays = new HashMap<>(4);

  /** Two ports of a Service may lead to the same endpoint and ask for other TLS. */
  private record Secured(Endpoint endpoint, boolean http2, BackendTls tls) {}

  private ProxyTables tables;
  private Target target;
  private @Nullable WorkloadInfo source;
  private Peer peer;
  private @Nullable EndpointSet pod;

  Origin(ProxyLoop loop, Ends ends, Shares.Usage usage) {
    this.loop = loop;
    this.ends = ends;
    this.usage = usage;
    this.tables = loop.tables();
    this.target = ends.target(tables);
    this.source = tables.workload(ends.source());
    this.peer = peerOf(source);
  }

  /** Looks at the tables that are current now; called at a request's head. */
  ProxyTables refresh() {
    ProxyTables now = loop.tables();
    if (now != tables) {
      tables = now;
      target = ends.target(now);
      pod = null;
      ways.clear();
      http2Ways.clear();
      securedWays.clear();
      WorkloadInfo workload = now.workload(ends.source());
      if (!Objects.equals(workload, source)) {
        source = workload;
        peer = peerOf(workload);
      }
    }
    return now;
  }

  /** The pod that was addressed itself. */
  EndpointSet pod(Target.PodTarget addressed) {
    EndpointSet known = pod;
    if (known == null) {
      known = EndpointSet.pod(addressed.workload(), addressed.port());
      pod = known;
    }
    return known;
  }

  /**
   * The way to an endpoint, the same for every request of this connection.
   *
   * @param tls what the Service asks of Gateways
   */
  @SuppressWarnings("ReferenceEquality") // there is one
  Way way(Endpoint endpoint, boolean http2, BackendTls tls) {
    if (tls != BackendTls.PLAIN) {
      return securedWays.computeIfAbsent(
          new Secured(endpoint, http2, tls), _ -> Way.to(this, endpoint, http2, tls));
    }
    Map<Endpoint, Way> plain = http2 ? http2Ways : ways;
    Way known = plain.get(endpoint); // not computeIfAbsent: its function would be made each time
    if (known == null) {
      known = Way.to(this, endpoint, http2, BackendTls.PLAIN);
      plain.put(endpoint, known);
    }
    return known;
  }

  /** The way to a pod, whose Service says nothing. */
  Way way(Endpoint endpoint, boolean http2) {
    return way(endpoint, http2, BackendTls.PLAIN);
  }

  private Peer peerOf(@Nullable WorkloadInfo workload) {
    String address = Ipv4.text(ends.source());
    String proven = ends.peer() == null ? null : ends.peer().spiffeId().toString();
    if (workload == null) {
      return new Peer("", "", "", "", proven, address);
    }
    if (proven == null && local(workload)) {
      proven = workload.spiffeId();
    }
    return new Peer(
        workload.namespace(),
        workload.owner(),
        workload.pod(),
        workload.serviceAccount(),
        proven,
        address);
  }

  /**
   * Whether a pod is on this node, so that the interface its packets come from proves who it is.
   */
  boolean local(@Nullable WorkloadInfo workload) {
    return workload != null && workload.node().equals(loop.options().node());
  }

  /**
   * Whether plaintext came to a strict pod from somewhere else. The pod's own node may: its probes
   * have no certificate.
   */
  boolean isStranger() {
    return ends.side() == Side.INBOUND
        && ends.peer() == null
        && ends.source() != loop.options().nodeAddress()
        && target instanceof Target.PodTarget(WorkloadInfo addressed, _)
        && addressed.mtls() == MtlsMode.STRICT
        && !local(source);
  }

  ProxyLoop loop() {
    return loop;
  }

  Ends ends() {
    return ends;
  }

  Shares.Usage usage() {
    return usage;
  }

  ProxyTables tables() {
    return tables;
  }

  Side side() {
    return ends.side();
  }

  Target target() {
    return target;
  }

  @Nullable WorkloadInfo source() {
    return source;
  }

  Peer peer() {
    return peer;
  }

  /** Whether datagrams are sent, not a connection made. */
  boolean udp() {
    return ends.udp();
  }

  String scheme() {
    return ends.tls() && ends.peer() == null ? "https" : "http";
  }

  int port() {
    return ends.port();
  }

  /** "address:port" of the original destination. */
  String destination() {
    return Ipv4.text(ends.address()) + ":" + ends.port();
  }

  /** The workload that is proven to be the source, by address. */
  private @Nullable WorkloadInfo proven() {
    return ends.side() != Side.GATEWAY && local(source) ? source : null;
  }

  @Override
  public @Nullable String principal() {
    if (ends.peer() != null) {
      return ends.peer().principal();
    }
    WorkloadInfo workload = proven();
    return workload == null ? null : workload.principal();
  }

  @Override
  public @Nullable String namespace() {
    if (ends.peer() != null) {
      return ends.peer().workload().namespace();
    }
    WorkloadInfo workload = proven();
    return workload == null ? null : workload.namespace();
  }

  @Override
  public @Nullable String serviceAccount() {
    if (ends.peer() != null) {
      return ends.peer().workload().namespace() + "/" + ends.peer().workload().serviceAccount();
    }
    WorkloadInfo workload = proven();
    return workload == null ? null : workload.namespace() + "/" + workload.serviceAccount();
  }

  @Override
  public int sourceAddress() {
    return ends.source();
  }

  @Override
  public int destinationPort() {
    return ends.port();
  }

  @Override
  public @Nullable String sni() {
    return ends.sni();
  }

  @Override
  public @Nullable RequestFacts request() {
    return null;
  }
}
