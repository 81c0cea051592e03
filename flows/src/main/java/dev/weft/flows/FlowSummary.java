package dev.weft.flows;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A flow in one line, as Hubble's client shows it in parentheses: {@code TCP Flags: SYN}, or {@code
 * HTTP/1.1 403 2ms (DELETE /orders/1)}; in front of it, where there is one, Weft's own reason:
 * {@code UNTRUSTED_PEER: TCP Flags: SYN}. Pure.
 */
final class FlowSummary {
  private static final List<String> FLAGS =
      List.of("FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR");
  private static final double NANOS_PER_MILLI = 1e6;

  private FlowSummary() {}

  static String of(Flow flow) {
    String detail = detail(flow);
    if (flow.reason().isEmpty()) {
      return detail;
    }
    return detail.isEmpty() ? flow.reason() : flow.reason() + ": " + detail;
  }

  private static String detail(Flow flow) {
    Flow.Http http = flow.http();
    if (http != null) {
      return String.format(
          Locale.ROOT,
          "%s %d %.0fms (%s %s)",
          http.protocol(),
          http.code(),
          http.latencyNanos() / NANOS_PER_MILLI,
          http.method(),
          http.path());
    }
    return switch (flow.protocol()) {
      case TCP ->
          flow.tcpFlags() == 0 ? "TCP" : "TCP Flags: " + String.join(", ", flags(flow.tcpFlags()));
      case UDP -> "UDP";
      case ICMP -> "ICMPv4";
      case OTHER -> "";
    };
  }

  private static List<String> flags(int octet) {
    List<String> names = new ArrayList<>();
    for (int bit = 0; bit < FLAGS.size(); bit++) {
      if ((octet >> bit & 1) != 0) {
        names.add(FLAGS.get(bit));
      }
    }
    return names;
  }
}
