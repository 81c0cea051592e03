package dev.weft.flows;

import dev.weft.flows.Flow.Direction;
import dev.weft.flows.Flow.Endpoint;
import dev.weft.flows.Flow.Http;
import dev.weft.flows.Flow.Point;
import dev.weft.flows.Flow.Protocol;
import dev.weft.flows.Flow.Verdict;
import dev.weft.proxy.observe.ConnectionEvent;
import dev.weft.proxy.observe.Peer;
import dev.weft.proxy.observe.RequestEnd;
import dev.weft.proxy.observe.RequestStart;
import dev.weft.proxy.observe.Side;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The proxy's facts as flows. Pure. */
final class ProxyFlows {

  /** Longest path of a flow, characters: the ring holds thousands. */
  private static final int PATH = 256;

  private ProxyFlows() {}

  static Flow of(RequestStart start, RequestEnd end, long timeNanos, String traceId) {
    Http http =
        new Http(
            end.status(),
            RequestAttributes.bounded(start.method(), RequestAttributes.METHOD),
            RequestAttributes.bounded(RequestAttributes.path(start), PATH),
            start.protocol().startsWith("http/")
                ? "HTTP/" + Outcome.httpVersion(start.protocol())
                : "HTTP/2",
            Math.max(0, end.endNanos() - start.startNanos()));
    return new Flow(
        timeNanos,
        verdict(end),
        end.reason() == null ? "" : end.reason(),
        direction(start.side()),
        Point.TO_PROXY,
        Protocol.TCP,
        0,
        false,
        endpoint(start.source(), 0),
        destination(end.destination(), start.service()),
        http,
        traceId);
  }

  static Flow of(ConnectionEvent event, long timeNanos) {
    int colon = event.destination().lastIndexOf(':');
    String address = colon < 0 ? event.destination() : event.destination().substring(0, colon);
    return new Flow(
        timeNanos,
        Verdict.DROPPED,
        event.reason() == null ? "UNKNOWN" : event.reason(),
        direction(event.side()),
        Point.TO_PROXY,
        event.udp() ? Protocol.UDP : Protocol.TCP,
        0,
        false,
        endpoint(event.source(), 0),
        Endpoint.unknown(bare(address), port(event.destination(), colon + 1)),
        null,
        "");
  }

  private static Verdict verdict(RequestEnd end) {
    if (Outcome.isDenied(end)) {
      return Verdict.DROPPED;
    }
    if (end.dryRunDenied()) {
      return Verdict.AUDIT;
    }
    return Outcome.isFailure(end) ? Verdict.ERROR : Verdict.FORWARDED;
  }

  private static Direction direction(Side side) {
    return side == Side.OUTBOUND ? Direction.EGRESS : Direction.INGRESS;
  }

  private static Endpoint endpoint(Peer peer, int port) {
    return new Endpoint(
        peer.address(), port, 0, peer.namespace(), peer.pod(), peer.workload(), List.of());
  }

  private static Endpoint destination(@Nullable Peer peer, String service) {
    int port = port(service, service.lastIndexOf(':') + 1);
    return peer == null ? Endpoint.unknown("", port) : endpoint(peer, port);
  }

  private static int port(String text, int from) {
    int port = 0;
    for (int i = from; i > 0 && i < text.length(); i++) {
      int digit = text.charAt(i) - '0';
      if (digit < 0 || digit > 9 || port > 6553) {
        return 0;
      }
      port = port * 10 + digit;
    }
    return port;
  }

  private static String bare(String address) {
    return address.startsWith("[") && address.endsWith("]")
        ? address.substring(1, address.length() - 1)
        : address;
  }
}
