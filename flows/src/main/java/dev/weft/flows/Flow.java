package dev.weft.flows;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Something that happened to a packet, a connection or a request on this node.
 *
 * @param timeNanos nanoseconds since 1970
 * @param reason why it was dropped or refused, in Weft's names, for example {@code AUTH_REQUIRED};
 *     "" otherwise
 * @param tcpFlags the TCP flags octet, 0 when there is none
 * @param reply whether it goes from server to client; {@code null} when that is not known
 * @param http the request, for verdicts about requests
 * @param traceId 32 hexadecimal digits; "" when there is no trace
 */
public record Flow(
    long timeNanos,
    Verdict verdict,
    String reason,
    Direction direction,
    Point point,
    Protocol protocol,
    int tcpFlags,
    @Nullable Boolean reply,
    Endpoint source,
    Endpoint destination,
    @Nullable Http http,
    String traceId) {

  /** The same between these ends. */
  Flow between(Endpoint newSource, Endpoint newDestination) {
    return new Flow(
        timeNanos,
        verdict,
        reason,
        direction,
        point,
        protocol,
        tcpFlags,
        reply,
        newSource,
        newDestination,
        http,
        traceId);
  }

  /** What was decided. */
  public enum Verdict {
    FORWARDED,
    DROPPED,
    ERROR,
    /** A dry-run policy would have dropped it. */
    AUDIT,
    /** Given to the proxy. */
    REDIRECTED,
    TRACED,
    TRANSLATED
  }

  /** Seen from the pod of this node. */
  public enum Direction {
    UNKNOWN,
    INGRESS,
    EGRESS
  }

  /** Where on the node it was seen. */
  public enum Point {
    UNKNOWN,
    TO_PROXY,
    TO_STACK,
    TO_OVERLAY,
    TO_ENDPOINT,
    FROM_ENDPOINT,
    FROM_PROXY,
    FROM_OVERLAY,
    FROM_NETWORK,
    TO_NETWORK
  }

  /** Layer 4. */
  public enum Protocol {
    TCP,
    UDP,
    ICMP,
    OTHER
  }

  /**
   * One end.
   *
   * @param address textual IP address
   * @param port 0 when unknown
   * @param identity number of the network identity, 0 when unknown
   * @param labels of the identity in Hubble's form: {@code k8s:app=web}, {@code reserved:world}
   */
  public record Endpoint(
      String address,
      int port,
      int identity,
      String namespace,
      String pod,
      String workload,
      List<String> labels) {

    public Endpoint {
      labels = List.copyOf(labels);
    }

    /** An end of which nothing but the address is known. */
    public static Endpoint unknown(String address, int port) {
      return new Endpoint(address, port, 0, "", "", "", List.of());
    }
  }

  /**
   * A request and its answer.
   *
   * @param code status, 0 when there was none
   * @param path without the query
   */
  public record Http(int code, String method, String path, String protocol, long latencyNanos) {}
}
