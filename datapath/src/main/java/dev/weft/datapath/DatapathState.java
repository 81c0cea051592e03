package dev.weft.datapath;

import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Everything the programs decide by, whole. {@link Datapath#apply} writes what differs.
 *
 * <p>Identities are 24-bit numbers as {@code weft.v1.Identity} has them, 25-bit for prefixes.
 *
 * @param pods pods of this node by address. A pod that is attached but missing here has the
 *     identity INIT and no mesh; one that is here but not attached has no effect until it is.
 * @param prefixes what other addresses are: pods of other nodes as /32, prefixes that network
 *     policies name. What no prefix covers is WORLD. The longest prefix decides.
 * @param nodes the other nodes; their addresses are REMOTE_NODE, and their pod networks are reached
 *     through them, without an entry in {@code prefixes}
 * @param services service ports by address, port and protocol
 * @param gateways addresses whose TCP connections go to the outbound listener, but for the ports in
 *     {@code services}
 * @param rules network policy by the identity it protects or binds; an identity that is missing
 *     here is isolated in no direction
 * @param announced those of {@code gateways} that this node answers ARP for on its uplink
 * @param former of some of these the node, by underlay address, that may know connections which
 *     this one does not: it answered for the address before
 * @param absent of some of these the node, by underlay address, that would answer if its process
 *     were there: its programs still know the connections that they forward themselves
 */
public record DatapathState(
    Map<Ipv4, LocalPod> pods,
    Map<Prefix, Peer> prefixes,
    Set<RemoteNode> nodes,
    Map<ServicePort, ServiceTarget> services,
    Set<Ipv4> gateways,
    Map<Integer, NetworkRules> rules,
    Set<Ipv4> announced,
    Map<Ipv4, Ipv4> former,
    Map<Ipv4, Ipv4> absent) {
  /** Nothing known: pods reach the world and each other, as INIT. */
  public static final DatapathState EMPTY =
      new DatapathState(Map.of(), Map.of(), Set.of(), Map.of(), Set.of(), Map.of());

  public DatapathState {
    pods = Map.copyOf(pods);
    prefixes = Map.copyOf(prefixes);
    nodes = Set.copyOf(nodes);
    services = Map.copyOf(services);
    gateways = Set.copyOf(gateways);
    rules = Map.copyOf(rules);
    announced = Set.copyOf(announced);
    former = Map.copyOf(former);
    absent = Map.copyOf(absent);
    if (!announced.containsAll(former.keySet()) || !announced.containsAll(absent.keySet())) {
      throw new IllegalArgumentException("a node hands on only what it answers for");
    }
  }

  /** A node that announces no Gateway address. */
  public DatapathState(
      Map<Ipv4, LocalPod> pods,
      Map<Prefix, Peer> prefixes,
      Set<RemoteNode> nodes,
      Map<ServicePort, ServiceTarget> services,
      Set<Ipv4> gateways,
      Map<Integer, NetworkRules> rules) {
    this(pods, prefixes, nodes, services, gateways, rules, Set.of(), Map.of(), Map.of());
  }

  /** The same on a node that announces no Gateway address. */
  public DatapathState silent() {
    return new DatapathState(pods, prefixes, nodes, services, gateways, rules);
  }

  /** How far a pod takes part in the mesh: {@code weft.v1.MtlsMode}. */
  public enum Mesh {
    /** Neither offers nor speaks HBONE. */
    NONE,
    /** Takes HBONE and plaintext. */
    PERMISSIVE,
    /** Plaintext from other nodes and from outside of the mesh is refused. */
    STRICT
  }

  /**
   * A pod of this node.
   *
   * @param identity its network identity
   * @param mesh how far it takes part in the mesh
   * @param l7Inbound ports whose plaintext connections go to the inbound listener; 0: every port
   */
  public record LocalPod(int identity, Mesh mesh, Set<Integer> l7Inbound) {
    public LocalPod {
      Checks.identity(identity);
      l7Inbound = Set.copyOf(l7Inbound);
      l7Inbound.forEach(Checks::portOrAny);
    }
  }

  /**
   * What addresses of a prefix are.
   *
   * @param identity network identity
   * @param mesh how far they take part in the mesh
   */
  public record Peer(int identity, Mesh mesh) {
    public Peer {
      Checks.identity(identity);
    }
  }

  /**
   * Another node.
   *
   * @param address underlay address
   * @param podNetwork addresses of its pods
   */
  public record RemoteNode(Ipv4 address, Prefix podNetwork) {}

  /** Transport protocols that services and rules know, with their IANA numbers. */
  public enum Protocol {
    TCP(6),
    UDP(17);

    private final int number;

    Protocol(int number) {
      this.number = number;
    }

    /** IANA number. */
    public int number() {
      return number;
    }
  }

  /** An address and a port of a Service. */
  public record ServicePort(Ipv4 address, int port, Protocol protocol) {
    public ServicePort {
      Checks.port(port);
    }
  }

  /**
   * Where connections to a service port go.
   *
   * @param l7 TCP connections go to the outbound listener, whatever the backends
   * @param guarded a policy is attached to the service itself, so connections that were made past
   *     the listener, before there was one, are reset
   * @param clientAffinity a client address keeps its backend (sessionAffinity: ClientIP)
   * @param uplinkOnly a Gateway's TCP port: what comes from the uplink goes to the backends, and
   *     what comes from elsewhere to the outbound listener
   * @param backends serving endpoints; with none, connections are reset
   */
  public record ServiceTarget(
      boolean l7,
      boolean guarded,
      boolean clientAffinity,
      boolean uplinkOnly,
      List<Backend> backends) {
    public ServiceTarget {
      backends = List.copyOf(backends);
    }

    /** A service's, whoever asks for it. */
    public ServiceTarget(
        boolean l7, boolean guarded, boolean clientAffinity, List<Backend> backends) {
      this(l7, guarded, clientAffinity, false, backends);
    }

    /** A Gateway's TCP port. */
    public static ServiceTarget ofUplink(List<Backend> backends) {
      return new ServiceTarget(false, false, false, true, backends);
    }

    /** A service that no policy is attached to. */
    public ServiceTarget(boolean l7, boolean clientAffinity, List<Backend> backends) {
      this(l7, false, clientAffinity, backends);
    }
  }

  /**
   * An endpoint of a service.
   *
   * @param weight its share among the others' weights
   */
  public record Backend(Ipv4 address, int port, int weight) {
    private static final Ipv4 NOWHERE = new Ipv4(0);

    public Backend {
      Checks.port(port);
      if (weight < 1) {
        throw new IllegalArgumentException("a weight is at least 1, not " + weight);
      }
    }

    /** One among equals. */
    public Backend(Ipv4 address, int port) {
      this(address, port, 1);
    }

    /** A share of the connections that has no endpoint: they are refused, not given to others. */
    public static Backend nowhere(int weight) {
      return new Backend(NOWHERE, 1, weight);
    }

    Backend withWeight(int other) {
      return new Backend(address, port, other);
    }
  }

  /**
   * Network policy of one identity.
   *
   * @param ingressIsolated what no ingress rule allows is dropped
   * @param egressIsolated what no egress rule allows is dropped
   * @param allowed the rules
   */
  public record NetworkRules(boolean ingressIsolated, boolean egressIsolated, Set<Allow> allowed) {
    public NetworkRules {
      allowed = Set.copyOf(allowed);
    }
  }

  /** Which way a rule looks, seen from the pod it belongs to. */
  public enum Direction {
    INGRESS,
    EGRESS
  }

  /**
   * One permission.
   *
   * @param direction seen from the owner of the rule
   * @param peer identity of the other side; 0: anyone
   * @param protocol IANA number; 0: any
   * @param port first destination port; 0: any
   * @param endPort last destination port; 0: just the first
   */
  public record Allow(Direction direction, int peer, int protocol, int port, int endPort) {
    public Allow {
      Checks.identity(peer);
      if (protocol < 0 || protocol > 255) {
        throw new IllegalArgumentException("a protocol number is 0 to 255, not " + protocol);
      }
      Checks.portOrAny(port);
      Checks.portOrAny(endPort);
      if (endPort != 0 && endPort < port) {
        throw new IllegalArgumentException("port range " + port + " to " + endPort + " is empty");
      }
    }
  }
}
