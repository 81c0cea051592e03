package dev.weft.proxy;

import dev.weft.proxy.observe.Peer;
import dev.weft.proxy.observe.Side;
import dev.weft.proxy.upstream.Hop;
import dev.weft.routing.BackendTls;
import dev.weft.routing.Endpoint;
import dev.weft.routing.GatewayCertificate;
import dev.weft.routing.Ipv4;
import dev.weft.routing.LocalReply;
import dev.weft.routing.MtlsMode;
import dev.weft.routing.NetworkVerdicts.Direction;
import dev.weft.routing.Target.GatewayTarget;
import dev.weft.routing.WorkloadInfo;
import io.spiffe.spiffeid.SpiffeId;
import org.jspecify.annotations.Nullable;

/** How traffic of an {@link Origin} gets to an endpoint. Pure. */
sealed interface Way {

  /**
   * It can go.
   *
   * @param peer the endpoint for observers
   * @param local the destination pod if it is on this node, so that its policies are asked here;
   *     else {@code null}
   */
  record Open(Hop hop, Peer peer, @Nullable WorkloadInfo local) implements Way {}

  /** It may not go. */
  record Closed(LocalReply reply, Peer peer) implements Way {}

  /** Identity number of Gateways' traffic, {@code RESERVED_IDENTITY_INGRESS}. */
  int INGRESS = 8;

  /** Identity number of the pod's own node, {@code RESERVED_IDENTITY_HOST}. */
  int HOST = 1;

  /** TCP's IANA number. */
  int TCP = 6;

  /** UDP's. */
  int UDP = 17;

  /**
   * Decides.
   *
   * @param tls what is asked of Gateways, and of clients in the mesh where it says so; else they
   *     speak for themselves
   */
  static Way to(Origin origin, Endpoint endpoint, boolean http2, BackendTls tls) {
    WorkloadInfo destination = endpoint.workload();
    Peer peer = peer(endpoint, destination);
    return switch (origin.side() == Side.GATEWAY || tls.mesh() ? tls : BackendTls.PLAIN) {
      case BackendTls.Plain() -> to(origin, endpoint, http2, peer, null);
      case BackendTls.Refused(String reason, _) ->
          new Closed(LocalReply.invalidBackendTls(reason), peer);
      case BackendTls.Verified verified -> {
        String name =
            origin.target() instanceof GatewayTarget(var port) ? port.backendCertificate() : "";
        GatewayCertificate shown = name.isEmpty() ? null : origin.tables().certificate(name);
        yield shown == null && !name.isEmpty()
            ? new Closed(LocalReply.BACKEND_CERTIFICATE_MISSING, peer)
            : to(origin, endpoint, http2, peer, new Hop.Tls(verified, shown));
      }
    };
  }

  private static Way to(
      Origin origin, Endpoint endpoint, boolean http2, Peer peer, Hop.@Nullable Tls tls) {
    WorkloadInfo destination = endpoint.workload();
    int identity = identity(origin);
    if (!networkAllows(origin, endpoint, identity)) {
      return new Closed(LocalReply.NETWORK_POLICY, peer);
    }
    ProxyOptions options = origin.loop().options();
    int source =
        !options.upstream().bindSource()
            ? 0
            : speaksAsNode(origin, endpoint) ? options.nodeAddress() : origin.sourceAddress();
    int marked = options.upstream().transparent() ? identity : 0;
    boolean local = origin.local(destination);
    Hop.Tunnel tunnel = null;
    if (!local && destination != null) {
      // HBONE carries connections only.
      tunnel = destination.inMesh() && !origin.udp() ? tunnel(origin, destination) : null;
      if (tunnel == null && mutualRequired(origin, destination)) {
        return new Closed(LocalReply.MTLS_REQUIRED, peer);
      }
    }
    Hop hop = new Hop(endpoint.address(), endpoint.port(), source, marked, http2, tunnel, tls);
    return new Open(hop, peer, local ? destination : null);
  }

  /**
   * A pod's address means something to pods only: nobody else could answer it. And a pod takes
   * nothing from outside that says it comes from itself.
   */
  private static boolean speaksAsNode(Origin origin, Endpoint endpoint) {
    return origin.side() == Side.GATEWAY
        || endpoint.workload() == null
        || endpoint.address() == origin.sourceAddress();
  }

  private static Peer peer(Endpoint endpoint, @Nullable WorkloadInfo workload) {
    String address = Ipv4.text(endpoint.address());
    return workload == null
        ? Peer.unknown(address)
        : new Peer(
            workload.namespace(),
            workload.owner(),
            workload.pod(),
            workload.serviceAccount(),
            workload.spiffeId(),
            address);
  }

  private static int identity(Origin origin) {
    WorkloadInfo source = origin.source();
    return origin.side() == Side.GATEWAY
        ? INGRESS
        : source != null ? source.identity() : identityOf(origin, origin.sourceAddress());
  }

  /** To its pods a node is the host, and what the tables call a node is any other one. */
  private static int identityOf(Origin origin, int address) {
    return address == origin.loop().options().nodeAddress()
        ? HOST
        : origin.tables().identityOf(address);
  }

  private static boolean networkAllows(Origin origin, Endpoint endpoint, int identity) {
    WorkloadInfo destination = endpoint.workload();
    WorkloadInfo source = origin.source();
    int peer =
        destination != null ? destination.identity() : identityOf(origin, endpoint.address());
    int protocol = origin.udp() ? UDP : TCP;
    boolean egress =
        origin.side() != Side.OUTBOUND
            || source == null
            || origin
                .tables()
                .network()
                .allows(Direction.EGRESS, identity, peer, protocol, endpoint.port());
    // A remote pod's own node asks its ingress rules.
    boolean ingress =
        !origin.local(destination)
            || origin
                .tables()
                .network()
                .allows(Direction.INGRESS, peer, identity, protocol, endpoint.port());
    return egress && ingress;
  }

  private static boolean mutualRequired(Origin origin, WorkloadInfo destination) {
    WorkloadInfo source = origin.source();
    boolean strictSource =
        origin.side() == Side.OUTBOUND && source != null && source.mtls() == MtlsMode.STRICT;
    return strictSource || destination.mtls() == MtlsMode.STRICT;
  }

  private static Hop.@Nullable Tunnel tunnel(Origin origin, WorkloadInfo destination) {
    ProxyLoop loop = origin.loop();
    SpiffeId as = speaker(origin);
    if (as == null) {
      return null;
    }
    WorkloadInfo source = origin.source();
    return new Hop.Tunnel(as, loop.spiffeId(destination.spiffeId()), baggage(source));
  }

  /** Whose certificate is shown: the source pod's, or the Gateway's own service account's. */
  private static @Nullable SpiffeId speaker(Origin origin) {
    WorkloadInfo source = origin.source();
    if (origin.side() == Side.GATEWAY) {
      if (!(origin.target() instanceof GatewayTarget(var port))) {
        return null;
      }
      SpiffeId gateway =
          SpiffeId.parse(
              "spiffe://"
                  + origin.tables().settings().trustDomain()
                  + "/ns/"
                  + port.namespace()
                  + "/sa/"
                  + port.gateway());
      return origin.loop().identities().current(gateway) == null ? null : gateway;
    }
    return source == null || !source.inMesh() || !origin.local(source)
        ? null
        : origin.loop().spiffeId(source.spiffeId());
  }

  /** The source as ztunnel's baggage field describes it. */
  private static String baggage(@Nullable WorkloadInfo source) {
    if (source == null) {
      return "";
    }
    String kind =
        switch (source.ownerKind()) {
          case "Deployment" -> "deployment";
          case "CronJob" -> "cronjob";
          case "Job" -> "job";
          default -> "pod";
        };
    return "k8s.namespace.name="
        + source.namespace()
        + ",k8s."
        + kind
        + ".name="
        + source.owner()
        + ",service.name="
        + source.owner();
  }
}
