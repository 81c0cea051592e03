package dev.weft.node;

import dev.weft.api.v1.Identity;
import dev.weft.api.v1.ReservedIdentity;
import dev.weft.api.v1.Resource;
import dev.weft.datapath.DatapathState;
import dev.weft.datapath.FlowEvent;
import dev.weft.flows.Flow;
import dev.weft.routing.Ipv4;
import dev.weft.routing.MeshView;
import dev.weft.routing.ProxyTables;
import dev.weft.routing.WorkloadInfo;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** Turns the programs' numbers into records that name pods and labels. Pure. */
final class FlowRecords {
  private FlowRecords() {}

  /**
   * One record; its ends are numbers still, see {@link #resolve}.
   *
   * @param epochNanos the event's time in nanoseconds since 1970
   */
  static Flow of(FlowEvent event, long epochNanos) {
    return new Flow(
        epochNanos,
        verdict(event.verdict()),
        event.reason() == FlowEvent.Reason.NONE ? "" : event.reason().name(),
        event.direction() == DatapathState.Direction.INGRESS
            ? Flow.Direction.INGRESS
            : Flow.Direction.EGRESS,
        point(event),
        protocol(event.protocol()),
        event.tcpFlags(),
        null,
        endpoint(event.source()),
        endpoint(event.destination()),
        null,
        "");
  }

  private static Flow.Endpoint endpoint(FlowEvent.Party party) {
    return new Flow.Endpoint(
        party.address().toString(), party.port(), party.identity(), "", "", "", List.of());
  }

  /** An end with everything that is known of its address and its identity. */
  static Flow.Endpoint resolve(Flow.Endpoint end, ProxyTables tables) {
    OptionalInt address = address(end.address());
    WorkloadInfo workload = address.isEmpty() ? null : tables.workload(address.getAsInt());
    int identity = end.identity();
    if (identity == 0 && address.isPresent()) {
      identity = tables.identityOf(address.getAsInt());
    }
    return new Flow.Endpoint(
        end.address(),
        end.port(),
        identity,
        workload == null ? end.namespace() : workload.namespace(),
        workload == null ? end.pod() : workload.pod(),
        workload == null ? end.workload() : workload.owner(),
        labels(identity, tables.view()));
  }

  private static Flow.Verdict verdict(FlowEvent.Verdict verdict) {
    return switch (verdict) {
      case FORWARDED -> Flow.Verdict.FORWARDED;
      case DROPPED -> Flow.Verdict.DROPPED;
      case REDIRECTED -> Flow.Verdict.REDIRECTED;
    };
  }

  private static Flow.Point point(FlowEvent event) {
    if (event.verdict() == FlowEvent.Verdict.REDIRECTED) {
      return Flow.Point.TO_PROXY;
    }
    return event.direction() == DatapathState.Direction.INGRESS
        ? Flow.Point.TO_ENDPOINT
        : Flow.Point.FROM_ENDPOINT;
  }

  private static Flow.Protocol protocol(int number) {
    return switch (number) {
      case 1 -> Flow.Protocol.ICMP;
      case 6 -> Flow.Protocol.TCP;
      case 17 -> Flow.Protocol.UDP;
      default -> Flow.Protocol.OTHER;
    };
  }

  /** Empty for what is no IPv4 address, for example a name the proxy was given. */
  private static OptionalInt address(String text) {
    try {
      return OptionalInt.of(Ipv4.parse(text));
    } catch (IllegalArgumentException e) {
      return OptionalInt.empty();
    }
  }

  /** Labels in Hubble's form: "k8s:app=web", "reserved:world". */
  private static List<String> labels(int number, MeshView mesh) {
    ReservedIdentity reserved = ReservedIdentity.forNumber(number);
    if (reserved != null) {
      String name = reserved.name().substring("RESERVED_IDENTITY_".length());
      return List.of("reserved:" + name.toLowerCase(Locale.ROOT).replace('_', '-'));
    }
    Identity identity = identity(mesh.get("identity/" + number));
    return identity == null
        ? List.of()
        : identity.getLabelsMap().entrySet().stream()
            .map(e -> "k8s:" + e.getKey() + "=" + e.getValue())
            .sorted()
            .toList();
  }

  private static @Nullable Identity identity(@Nullable Resource resource) {
    return resource == null ? null : resource.getIdentity();
  }
}
