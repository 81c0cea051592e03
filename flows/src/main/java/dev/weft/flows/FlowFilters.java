package dev.weft.flows;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import dev.weft.api.flow.EventTypeFilter;
import dev.weft.api.flow.FlowFilter;
import dev.weft.api.observer.GetFlowsRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * Hubble's filters as predicates. Within a filter every field that is set must match, of a repeated
 * field any value; of several filters any. A field that Weft does not know is refused: ignoring it
 * would show flows that were not asked for, or hide some that were.
 */
final class FlowFilters {

  /**
   * Filters of a request, and values of a field, at most: every flow is tried against all of them.
   */
  private static final int LIMIT = 64;

  /** Longest path expression, characters. */
  private static final int PATTERN = 256;

  private FlowFilters() {}

  /**
   * What a request asks to see.
   *
   * @throws IllegalArgumentException when a filter is malformed, too large or not supported
   */
  static Predicate<Flow> of(GetFlowsRequest request, String node) {
    List<Predicate<Flow>> wanted = all(request.getWhitelistList(), node);
    List<Predicate<Flow>> unwanted = all(request.getBlacklistList(), node);
    long since = request.hasSince() ? FlowProto.nanos(request.getSince()) : Long.MIN_VALUE;
    long until = request.hasUntil() ? FlowProto.nanos(request.getUntil()) : Long.MAX_VALUE;
    return flow ->
        flow.timeNanos() >= since
            && flow.timeNanos() <= until
            && (wanted.isEmpty() || any(wanted, flow))
            && !any(unwanted, flow);
  }

  private static boolean any(List<Predicate<Flow>> filters, Flow flow) {
    for (Predicate<Flow> filter : filters) {
      if (filter.test(flow)) {
        return true;
      }
    }
    return false;
  }

  private static List<Predicate<Flow>> all(List<FlowFilter> filters, String node) {
    if (filters.size() > LIMIT) {
      throw new IllegalArgumentException(
          "more than " + LIMIT + " filters: combine values in one filter");
    }
    return filters.stream().map(filter -> all(filter, node)).toList();
  }

  private static Predicate<Flow> all(FlowFilter filter, String node) {
    if (!filter.getUnknownFields().asMap().isEmpty()) {
      throw new IllegalArgumentException(
          "filter fields "
              + filter.getUnknownFields().asMap().keySet()
              + " of flow.FlowFilter are not supported: leave them out and filter what comes");
    }
    List<Predicate<Flow>> parts = new ArrayList<>();
    ends(filter, parts);
    verdicts(filter, parts);
    requests(filter, parts);
    add(parts, filter.getNodeNameList(), name -> _ -> matchesNode(name, node));
    return flow -> parts.stream().allMatch(part -> part.test(flow));
  }

  private static void ends(FlowFilter filter, List<Predicate<Flow>> parts) {
    add(parts, filter.getSourceIpList(), text -> on(Flow::source, EndpointFilters.address(text)));
    add(
        parts,
        filter.getDestinationIpList(),
        text -> on(Flow::destination, EndpointFilters.address(text)));
    add(parts, filter.getSourcePodList(), text -> on(Flow::source, EndpointFilters.pod(text)));
    add(
        parts,
        filter.getDestinationPodList(),
        text -> on(Flow::destination, EndpointFilters.pod(text)));
    add(parts, filter.getSourceLabelList(), text -> on(Flow::source, EndpointFilters.label(text)));
    add(
        parts,
        filter.getDestinationLabelList(),
        text -> on(Flow::destination, EndpointFilters.label(text)));
    add(parts, filter.getSourcePortList(), text -> on(Flow::source, EndpointFilters.port(text)));
    add(
        parts,
        filter.getDestinationPortList(),
        text -> on(Flow::destination, EndpointFilters.port(text)));
    add(parts, filter.getSourceIdentityList(), id -> on(Flow::source, end -> end.identity() == id));
    add(
        parts,
        filter.getDestinationIdentityList(),
        id -> on(Flow::destination, end -> end.identity() == id));
    add(
        parts,
        filter.getSourceWorkloadList(),
        workload -> on(Flow::source, EndpointFilters.workload(workload)));
    add(
        parts,
        filter.getDestinationWorkloadList(),
        workload -> on(Flow::destination, EndpointFilters.workload(workload)));
  }

  private static void verdicts(FlowFilter filter, List<Predicate<Flow>> parts) {
    add(
        parts,
        filter.getVerdictList(),
        verdict -> flow -> FlowProto.verdict(flow.verdict()) == verdict);
    add(
        parts,
        filter.getDropReasonDescList(),
        reason ->
            flow ->
                flow.verdict() == Flow.Verdict.DROPPED
                    && FlowProto.dropReason(flow.reason()) == reason);
    add(
        parts,
        filter.getTrafficDirectionList(),
        direction -> flow -> FlowProto.direction(flow.direction()) == direction);
    add(parts, filter.getEventTypeList(), type -> flow -> matches(type, flow));
    add(parts, filter.getReplyList(), reply -> flow -> reply.equals(flow.reply()));
    add(parts, filter.getIpVersionList(), version -> flow -> FlowProto.ipVersion(flow) == version);
    add(parts, filter.getProtocolList(), FlowFilters::protocol);
    add(parts, filter.getTraceIdList(), id -> flow -> flow.traceId().equals(id));
  }

  private static void requests(FlowFilter filter, List<Predicate<Flow>> parts) {
    add(parts, filter.getHttpStatusCodeList(), FlowFilters::status);
    add(
        parts,
        filter.getHttpMethodList(),
        method -> flow -> flow.http() != null && flow.http().method().equalsIgnoreCase(method));
    add(parts, filter.getHttpPathList(), FlowFilters::path);
    if (filter.getDestinationServiceCount() > 0) {
      throw new IllegalArgumentException(
          "filter destination_service is not supported: filter by destination_workload or destination_ip");
    }
  }

  private static <V> void add(
      List<Predicate<Flow>> parts, List<V> values, Function<V, Predicate<Flow>> compile) {
    if (values.size() > LIMIT) {
      throw new IllegalArgumentException(
          "a filter field has more than " + LIMIT + " values: use fewer");
    }
    if (!values.isEmpty()) {
      List<Predicate<Flow>> any = values.stream().map(compile).toList();
      parts.add(flow -> any(any, flow));
    }
  }

  private static Predicate<Flow> on(
      Function<Flow, Flow.Endpoint> end, Predicate<Flow.Endpoint> test) {
    return flow -> test.test(end.apply(flow));
  }

  private static Predicate<Flow> protocol(String text) {
    return switch (text.toLowerCase(Locale.ROOT)) {
      case "tcp" -> flow -> flow.protocol() == Flow.Protocol.TCP;
      case "udp" -> flow -> flow.protocol() == Flow.Protocol.UDP;
      case "icmp", "icmpv4" -> flow -> flow.protocol() == Flow.Protocol.ICMP;
      case "http" -> flow -> flow.http() != null;
      default ->
          throw new IllegalArgumentException(
              "protocol \"" + text + "\" is not supported: use tcp, udp, icmp or http");
    };
  }

  private static Predicate<Flow> status(String text) {
    if (text.endsWith("+")) {
      String prefix = text.substring(0, text.length() - 1);
      EndpointFilters.number(prefix, 599, "status");
      return flow -> flow.http() != null && Integer.toString(flow.http().code()).startsWith(prefix);
    }
    int code = EndpointFilters.number(text, 999, "status");
    return flow -> flow.http() != null && flow.http().code() == code;
  }

  private static Predicate<Flow> path(String expression) {
    if (expression.length() > PATTERN) {
      throw new IllegalArgumentException(
          "path expression of " + expression.length() + " characters: use at most " + PATTERN);
    }
    try {
      Pattern pattern = Pattern.compile(expression);
      return flow -> flow.http() != null && pattern.matcher(flow.http().path()).find();
    } catch (PatternSyntaxException e) {
      throw new IllegalArgumentException(
          "path expression \"" + expression + "\" is not RE2: " + e.getDescription(), e);
    }
  }

  private static boolean matches(EventTypeFilter type, Flow flow) {
    var own = FlowProto.eventType(flow);
    return own.getType() == type.getType()
        && (!type.getMatchSubType() || own.getSubType() == type.getSubType());
  }

  /** "name", or "prefix*". */
  private static boolean matchesNode(String pattern, String node) {
    return pattern.endsWith("*")
        ? node.startsWith(pattern.substring(0, pattern.length() - 1))
        : node.equals(pattern);
  }
}
