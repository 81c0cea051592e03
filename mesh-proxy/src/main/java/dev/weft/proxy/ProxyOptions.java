package dev.weft.proxy;

import dev.weft.proxy.http.HttpLimits;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/**
 * How a node's proxy runs.
 *
 * @param node name of the node; its pods are the local ones
 * @param nodeAddress the node's own IPv4 address in host order, source of Gateways' connections; 0:
 *     the kernel's choice
 * @param loops event loops; 2 serve a node, 1 is what benchmarks pin to a core
 * @param listens where to listen
 * @param upstream connections to servers
 * @param http limits of HTTP connections
 * @param fairness limits of a source
 * @param datagrams limits of clients that send datagrams
 * @param sniffTimeout how long a client of a port that says nothing of its protocol may be silent
 *     before the server is let speak first
 * @param machine clocks and chance
 */
public record ProxyOptions(
    String node,
    int nodeAddress,
    int loops,
    List<Listen> listens,
    Upstream upstream,
    HttpLimits http,
    Fairness fairness,
    Datagrams datagrams,
    Duration sniffTimeout,
    Machine machine) {

  /**
   * What a proxy gets from the machine, and tests from themselves.
   *
   * @param clock monotonic nanoseconds
   * @param wall the time of day, by which sessions end
   * @param random for balancing and jitter; used by the loops' own generators as seed only
   */
  public record Machine(LongSupplier clock, InstantSource wall, RandomGenerator random) {
    static final Machine THIS =
        new Machine(MonotonicClock.INSTANCE, InstantSource.system(), RandomGenerator.getDefault());
  }

  /** What a listener is for. */
  public enum Kind {
    /** Pods' and outsiders' connections to Services, strict pods and Gateways (15001). */
    OUTBOUND,
    /** Plaintext to local pods that an L7 rule protects (15006). */
    INBOUND,
    /** HBONE to local pods (15008). */
    HBONE,
    /** Datagrams to Gateways (15001/udp). */
    DATAGRAMS
  }

  /**
   * A listener.
   *
   * @param transparent take connections to any address (IP_TRANSPARENT; needs CAP_NET_ADMIN)
   * @param destination what the original destination of every connection is taken for, for
   *     benchmarks and tests without eBPF; {@code null}: the accepted socket's local address
   */
  public record Listen(
      Kind kind,
      InetSocketAddress address,
      boolean transparent,
      @org.jspecify.annotations.Nullable InetSocketAddress destination) {

    /** A listener that eBPF steers connections to. */
    public static Listen transparent(Kind kind, int port) {
      return new Listen(kind, new InetSocketAddress("0.0.0.0", port), true, null);
    }

    /** A plain listener whose connections all count as made to {@code destination}. */
    public static Listen plain(
        Kind kind, InetSocketAddress address, InetSocketAddress destination) {
      return new Listen(kind, address, false, destination);
    }
  }

  /**
   * Connections to servers.
   *
   * @param transparent connect from the client pod's address, with the identity in SO_MARK (needs
   *     CAP_NET_ADMIN)
   * @param bindSource connect from the client pod's address at all
   * @param connectTimeout for TCP, and again for TLS
   * @param idleTimeout how long an unused connection waits for the next request; below servers' own
   * @param maxConnections of one loop to one endpoint for one source
   * @param maxWaiting requests that wait for a connection of one pool
   * @param authTimeout how long an external authorization may take to answer
   */
  public record Upstream(
      boolean transparent,
      boolean bindSource,
      Duration connectTimeout,
      Duration idleTimeout,
      int maxConnections,
      int maxWaiting,
      Duration authTimeout) {}

  /**
   * What one source address may use of one event loop. The flooder is refused before anyone else.
   *
   * @param connections open connections
   * @param outsiders open connections of all sources that are no pods together: a Gateway's clients
   *     can be any number, and a connection costs memory; once half of them are open, a source with
   *     more than its share is refused
   * @param requests requests on their way
   * @param totalRequests from this number of requests on, a source with more than its share is
   *     refused
   */
  public record Fairness(int connections, int outsiders, int requests, int totalRequests) {
    static Fairness defaults() {
      // 6,144 idle connections with TLS take some 80 MB.
      return new Fairness(4096, 6144, 4096, 2048);
    }
  }

  /**
   * Clients that send datagrams, on one event loop. A client's address and port are a session, with
   * a socket of its own to the server.
   *
   * @param sessions at most
   * @param perSource of one address, at most; a new one ends its longest silent one
   * @param perTick new sessions between two ticks, at most: a flood of new ports must not take the
   *     loop from connections
   * @param unanswered how long a session lives in silence until the client has spoken again after
   *     an answer
   * @param idle how long it lives in silence from then on
   */
  public record Datagrams(
      int sessions, int perSource, int perTick, Duration unanswered, Duration idle) {
    static Datagrams defaults() {
      // The times are those of Linux's own connection tracking.
      return new Datagrams(8192, 2048, 1024, Duration.ofSeconds(30), Duration.ofSeconds(120));
    }
  }

  /** A node's proxy behind eBPF, as ARCHITECTURE.md's table of ports says. */
  public static ProxyOptions forNode(String node, int nodeAddress) {
    return plain(
            node,
            List.of(
                Listen.transparent(Kind.OUTBOUND, 15001),
                Listen.transparent(Kind.INBOUND, 15006),
                Listen.transparent(Kind.HBONE, 15008),
                Listen.transparent(Kind.DATAGRAMS, 15001)))
        .withNodeAddress(nodeAddress)
        .withUpstream(upstream(true, true));
  }

  /** A proxy without privileges. */
  public static ProxyOptions plain(String node, List<Listen> listens) {
    return new ProxyOptions(
        node,
        0,
        2,
        listens,
        upstream(false, false),
        HttpLimits.defaults(),
        Fairness.defaults(),
        Datagrams.defaults(),
        Duration.ofMillis(150),
        Machine.THIS);
  }

  private static Upstream upstream(boolean transparent, boolean bindSource) {
    // 4 s: most servers keep idle connections for 5 s or longer, so the server's FIN rarely races a
    // request.
    return new Upstream(
        transparent,
        bindSource,
        Duration.ofSeconds(5),
        Duration.ofSeconds(4),
        1024,
        4096,
        Duration.ofSeconds(10));
  }

  /** The same with another address of its own. */
  public ProxyOptions withNodeAddress(int address) {
    return new ProxyOptions(
        node, address, loops, listens, upstream, http, fairness, datagrams, sniffTimeout, machine);
  }

  /** The same with another number of loops. */
  public ProxyOptions withLoops(int number) {
    return new ProxyOptions(
        node,
        nodeAddress,
        number,
        listens,
        upstream,
        http,
        fairness,
        datagrams,
        sniffTimeout,
        machine);
  }

  /** The same with other connections to servers. */
  public ProxyOptions withUpstream(Upstream other) {
    return new ProxyOptions(
        node, nodeAddress, loops, listens, other, http, fairness, datagrams, sniffTimeout, machine);
  }

  /** The same with other limits of HTTP connections. */
  public ProxyOptions withHttp(HttpLimits limits) {
    return new ProxyOptions(
        node,
        nodeAddress,
        loops,
        listens,
        upstream,
        limits,
        fairness,
        datagrams,
        sniffTimeout,
        machine);
  }

  /** The same with other limits of a source. */
  public ProxyOptions withFairness(Fairness other) {
    return new ProxyOptions(
        node, nodeAddress, loops, listens, upstream, http, other, datagrams, sniffTimeout, machine);
  }

  /** The same with other limits of datagrams. */
  public ProxyOptions withDatagrams(Datagrams other) {
    return new ProxyOptions(
        node, nodeAddress, loops, listens, upstream, http, fairness, other, sniffTimeout, machine);
  }

  /** The same with other clocks. */
  public ProxyOptions withClocks(LongSupplier clock, InstantSource wall) {
    Machine other = new Machine(clock, wall, machine.random);
    return new ProxyOptions(
        node,
        nodeAddress,
        loops,
        listens,
        upstream,
        http,
        fairness,
        datagrams,
        sniffTimeout,
        other);
  }
}
