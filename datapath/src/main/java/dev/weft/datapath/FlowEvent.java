package dev.weft.datapath;

import org.jspecify.annotations.Nullable;

/**
 * The first packet of a connection, or a packet that was dropped.
 *
 * @param nanos when, on the clock of {@link System#nanoTime()} (CLOCK_MONOTONIC)
 * @param source who sent it
 * @param destination to whom it went; for a service the backend, where one was chosen
 * @param service original destination of a connection that was translated
 * @param protocol IANA number
 * @param verdict what happened
 * @param reason why; NONE for what was just forwarded
 * @param direction seen from the pod whose device or rules decided
 * @param device index of the network device that saw it
 * @param tcpFlags flags of the TCP header, 0 for other protocols
 */
public record FlowEvent(
    long nanos,
    Party source,
    Party destination,
    @Nullable Endpoint service,
    int protocol,
    Verdict verdict,
    Reason reason,
    DatapathState.Direction direction,
    int device,
    int tcpFlags) {

  /** One side: address, port (ICMP: 0) and network identity (0: not known). */
  public record Party(Ipv4 address, int port, int identity) {}

  /** An address and a port. */
  public record Endpoint(Ipv4 address, int port) {}

  /** What happened to the packet. The order is that of {@code enum verdict} in flow.h. */
  public enum Verdict {
    FORWARDED,
    DROPPED,
    /** Given to a listener of the proxy. */
    REDIRECTED
  }

  /** Why it happened. The order is that of {@code enum reason} in flow.h. */
  public enum Reason {
    NONE,
    /** The source address or MAC is not the pod's, or not the sending node's. */
    SPOOFED,
    /** The pod is isolated in this direction and no rule allows the peer. */
    POLICY_DENIED,
    /** Plaintext to a pod that demands mutual TLS. */
    AUTH_REQUIRED,
    /** The service has no serving endpoint; the client got a reset. */
    NO_BACKEND,
    /** The proxy does not listen; the client got a reset. */
    NO_LISTENER,
    /** IP fragments are not carried. */
    FRAGMENT,
    /** Truncated, or an IP header with options. */
    MALFORMED,
    /** Neither IPv4 nor ARP. */
    UNSUPPORTED_PROTOCOL,
    /** VXLAN from an address that is no node. */
    UNKNOWN_NODE,
    /** Nothing at this address can be reached from there. */
    INVALID_DESTINATION,
    /** No connection entry could be made. */
    NO_CONNTRACK,
    /** The kernel refused to rewrite or to hand over the packet. */
    FAILED,
    /** Redirected: the service port needs L7. */
    L7_OUTBOUND,
    /** Redirected: an L7 rule protects the pod. */
    L7_INBOUND,
    /** Redirected: mutual TLS from another node. */
    HBONE,
    /** Redirected: the peer is on another node and mutual TLS is demanded. */
    MUTUAL_TLS,
    /** Redirected: a Gateway address. */
    GATEWAY
  }
}
