package dev.weft.flows;

import com.google.protobuf.BoolValue;
import com.google.protobuf.Timestamp;
import dev.weft.api.flow.CiliumEventType;
import dev.weft.api.flow.DropReason;
import dev.weft.api.flow.Emitter;
import dev.weft.api.flow.FlowType;
import dev.weft.api.flow.HTTP;
import dev.weft.api.flow.ICMPv4;
import dev.weft.api.flow.IP;
import dev.weft.api.flow.IPVersion;
import dev.weft.api.flow.L7FlowType;
import dev.weft.api.flow.Layer4;
import dev.weft.api.flow.Layer7;
import dev.weft.api.flow.TCP;
import dev.weft.api.flow.TCPFlags;
import dev.weft.api.flow.TraceContext;
import dev.weft.api.flow.TraceObservationPoint;
import dev.weft.api.flow.TraceParent;
import dev.weft.api.flow.TrafficDirection;
import dev.weft.api.flow.UDP;
import dev.weft.api.flow.Verdict;
import dev.weft.api.flow.Workload;

/** Flows in Hubble's words. Pure. */
final class FlowProto {
  // Message types of Cilium's monitor, which Hubble's clients tell flows apart by.
  static final int DROP = 1;
  static final int TRACE = 4;
  static final int ACCESS_LOG = 129;

  private FlowProto() {}

  static dev.weft.api.flow.Flow of(Flow flow, String node, String uuid, String version) {
    var to =
        dev.weft.api.flow.Flow.newBuilder()
            .setTime(time(flow.timeNanos()))
            .setUuid(uuid)
            .setEmitter(Emitter.newBuilder().setName("weft").setVersion(version))
            .setNodeName(node)
            .setVerdict(verdict(flow.verdict()))
            .setType(flow.http() == null ? FlowType.L3_L4 : FlowType.L7)
            .setIP(ip(flow))
            .setL4(layer4(flow))
            .setSource(endpoint(flow.source()))
            .setDestination(endpoint(flow.destination()))
            .setTrafficDirection(direction(flow.direction()))
            .setTraceObservationPoint(point(flow.point()))
            .setEventType(eventType(flow));
    if (flow.reply() != null) {
      to.setIsReply(BoolValue.of(flow.reply()));
    }
    if (flow.http() != null) {
      to.setL7(layer7(flow, flow.http()));
    }
    if (!flow.traceId().isEmpty()) {
      to.setTraceContext(
          TraceContext.newBuilder().setParent(TraceParent.newBuilder().setTraceId(flow.traceId())));
    }
    reason(flow, to);
    return to.build();
  }

  static Timestamp time(long nanos) {
    return Timestamp.newBuilder()
        .setSeconds(Math.floorDiv(nanos, 1_000_000_000L))
        .setNanos((int) Math.floorMod(nanos, 1_000_000_000L))
        .build();
  }

  /** Nanoseconds since 1970; far-away times saturate. */
  static long nanos(Timestamp time) {
    long limit = Long.MAX_VALUE / 1_000_000_000L - 1;
    return Math.clamp(time.getSeconds(), -limit, limit) * 1_000_000_000L + time.getNanos();
  }

  /** Hubble's nearest name for one of Weft's reasons. */
  static DropReason dropReason(String reason) {
    return switch (reason) {
      case "SPOOFED" -> DropReason.INVALID_SOURCE_IP;
      case "POLICY_DENIED", "NO_ALLOW_MATCHED", "EVALUATION_FAILED" -> DropReason.POLICY_DENIED;
      case "DENY_MATCHED" -> DropReason.POLICY_DENY;
      case "NO_BACKEND" -> DropReason.SERVICE_BACKEND_NOT_FOUND;
      case "NO_LISTENER" -> DropReason.SOCKET_LOOKUP_FAILED;
      case "FRAGMENT" -> DropReason.IP_FRAGMENTATION_NOT_SUPPORTED;
      case "MALFORMED" -> DropReason.INVALID_PACKET_DROPPED;
      case "UNSUPPORTED_PROTOCOL" -> DropReason.UNSUPPORTED_L3_PROTOCOL;
      case "UNKNOWN_NODE" -> DropReason.UNKNOWN_SENDER;
      case "INVALID_DESTINATION" -> DropReason.UNKNOWN_L3_TARGET_ADDRESS;
      case "NO_CONNTRACK" -> DropReason.CT_MAP_INSERTION_FAILED;
      case "FAILED" -> DropReason.ERROR_WRITING_TO_PACKET;
      case "AUTH_REQUIRED",
          "UNTRUSTED_PEER",
          "NO_CERTIFICATE",
          "CHAIN_TOO_LONG",
          "EXPIRED",
          "NOT_YET_VALID",
          "NOT_TRUSTED",
          "WRONG_USAGE",
          "NO_URI_NAME",
          "SEVERAL_URI_NAMES",
          "NO_WORKLOAD_ID",
          "OTHER_TRUST_DOMAIN",
          "UNEXPECTED_IDENTITY" ->
          DropReason.AUTH_REQUIRED;
      default -> DropReason.DROP_REASON_UNKNOWN;
    };
  }

  static Verdict verdict(Flow.Verdict verdict) {
    return switch (verdict) {
      case FORWARDED -> Verdict.FORWARDED;
      case DROPPED -> Verdict.DROPPED;
      case ERROR -> Verdict.ERROR;
      case AUDIT -> Verdict.AUDIT;
      case REDIRECTED -> Verdict.REDIRECTED;
      case TRACED -> Verdict.TRACED;
      case TRANSLATED -> Verdict.TRANSLATED;
    };
  }

  static TrafficDirection direction(Flow.Direction direction) {
    return switch (direction) {
      case UNKNOWN -> TrafficDirection.TRAFFIC_DIRECTION_UNKNOWN;
      case INGRESS -> TrafficDirection.INGRESS;
      case EGRESS -> TrafficDirection.EGRESS;
    };
  }

  static CiliumEventType eventType(Flow flow) {
    CiliumEventType.Builder type = CiliumEventType.newBuilder();
    if (flow.http() != null) {
      return type.setType(ACCESS_LOG).build();
    }
    if (flow.verdict() == Flow.Verdict.DROPPED) {
      return type.setType(DROP).setSubType(dropReason(flow.reason()).getNumber()).build();
    }
    return type.setType(TRACE).setSubType(traceSubType(flow.point())).build();
  }

  static IPVersion ipVersion(Flow flow) {
    String address =
        flow.source().address().isEmpty() ? flow.destination().address() : flow.source().address();
    if (address.isEmpty()) {
      return IPVersion.IP_NOT_USED;
    }
    return address.indexOf(':') < 0 ? IPVersion.IPv4 : IPVersion.IPv6;
  }

  private static TraceObservationPoint point(Flow.Point point) {
    return switch (point) {
      case UNKNOWN -> TraceObservationPoint.UNKNOWN_POINT;
      case TO_PROXY -> TraceObservationPoint.TO_PROXY;
      case TO_STACK -> TraceObservationPoint.TO_STACK;
      case TO_OVERLAY -> TraceObservationPoint.TO_OVERLAY;
      case TO_ENDPOINT -> TraceObservationPoint.TO_ENDPOINT;
      case FROM_ENDPOINT -> TraceObservationPoint.FROM_ENDPOINT;
      case FROM_PROXY -> TraceObservationPoint.FROM_PROXY;
      case FROM_OVERLAY -> TraceObservationPoint.FROM_OVERLAY;
      case FROM_NETWORK -> TraceObservationPoint.FROM_NETWORK;
      case TO_NETWORK -> TraceObservationPoint.TO_NETWORK;
    };
  }

  /**
   * Cilium's sub-types of a trace event, which differ from its observation points in to-endpoint
   * only.
   */
  private static int traceSubType(Flow.Point point) {
    return point == Flow.Point.TO_ENDPOINT ? 0 : point(point).getNumber();
  }

  @SuppressWarnings("deprecation") // drop_reason and Summary are what older clients show
  private static void reason(Flow flow, dev.weft.api.flow.Flow.Builder to) {
    to.setSummary(FlowSummary.of(flow));
    if (flow.verdict() == Flow.Verdict.DROPPED) {
      DropReason reason = dropReason(flow.reason());
      to.setDropReasonDesc(reason).setDropReason(reason.getNumber());
    }
  }

  private static IP ip(Flow flow) {
    return IP.newBuilder()
        .setSource(flow.source().address())
        .setDestination(flow.destination().address())
        .setIpVersion(ipVersion(flow))
        .build();
  }

  private static Layer4 layer4(Flow flow) {
    Layer4.Builder to = Layer4.newBuilder();
    int source = flow.source().port();
    int destination = flow.destination().port();
    switch (flow.protocol()) {
      case TCP ->
          to.setTCP(
              TCP.newBuilder()
                  .setSourcePort(source)
                  .setDestinationPort(destination)
                  .setFlags(flags(flow.tcpFlags())));
      case UDP -> to.setUDP(UDP.newBuilder().setSourcePort(source).setDestinationPort(destination));
      case ICMP -> to.setICMPv4(ICMPv4.getDefaultInstance());
      case OTHER -> {}
    }
    return to.build();
  }

  private static TCPFlags flags(int flags) {
    return TCPFlags.newBuilder()
        .setFIN((flags & 1) != 0)
        .setSYN((flags & 2) != 0)
        .setRST((flags & 4) != 0)
        .setPSH((flags & 8) != 0)
        .setACK((flags & 16) != 0)
        .setURG((flags & 32) != 0)
        .setECE((flags & 64) != 0)
        .setCWR((flags & 128) != 0)
        .build();
  }

  private static dev.weft.api.flow.Endpoint endpoint(Flow.Endpoint endpoint) {
    var to =
        dev.weft.api.flow.Endpoint.newBuilder()
            .setIdentity(endpoint.identity())
            .setNamespace(endpoint.namespace())
            .setPodName(endpoint.pod())
            .addAllLabels(endpoint.labels());
    if (!endpoint.workload().isEmpty()) {
      to.addWorkloads(Workload.newBuilder().setName(endpoint.workload()));
    }
    return to.build();
  }

  private static Layer7 layer7(Flow flow, Flow.Http http) {
    HTTP.Builder record =
        HTTP.newBuilder()
            .setCode(http.code())
            .setMethod(http.method())
            .setUrl(http.path())
            .setProtocol(http.protocol());
    return Layer7.newBuilder()
        .setType(Boolean.TRUE.equals(flow.reply()) ? L7FlowType.RESPONSE : L7FlowType.REQUEST)
        .setLatencyNs(http.latencyNanos())
        .setHttp(record)
        .build();
  }
}
