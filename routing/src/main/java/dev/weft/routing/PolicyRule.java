package dev.weft.routing;

import com.google.protobuf.ByteString;
import dev.weft.api.v1.AuthorizationRules;
import dev.weft.routing.Condition.Outcome;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A rule of an authorization policy; all of: some source, some operation, every condition.
 * Immutable.
 */
record PolicyRule(List<SourceMatch> from, List<OperationMatch> to, List<Condition> when) {
  static PolicyRule of(AuthorizationRules.Rule rule) {
    List<Condition> when = new ArrayList<>();
    for (ByteString condition : rule.getWhenList()) {
      when.add(Condition.of(condition));
    }
    return new PolicyRule(
        rule.getFromList().stream().map(SourceMatch::of).toList(),
        rule.getToList().stream().map(OperationMatch::of).toList(),
        List.copyOf(when));
  }

  boolean needsHttp() {
    for (OperationMatch operation : to) {
      if (operation.needsHttp()) {
        return true;
      }
    }
    for (Condition condition : when) {
      if (condition.needsHttp()) {
        return true;
      }
    }
    return false;
  }

  /**
   * @param strict for DENY: what needs a request counts as matching where there is none, so that
   *     opaque traffic is refused rather than let by (Istio, "authorization for TCP traffic")
   */
  Outcome matches(AuthorizationFacts facts, boolean strict) {
    if (!anySource(facts) || !anyOperation(facts, strict)) {
      return Outcome.NO;
    }
    Outcome outcome = Outcome.YES;
    for (Condition condition : when) {
      if (facts.request() == null && condition.needsHttp()) {
        if (strict) {
          continue;
        }
        return Outcome.NO;
      }
      switch (condition.evaluate(facts)) {
        case NO -> {
          return Outcome.NO;
        }
        case ERROR -> outcome = Outcome.ERROR;
        case YES -> {}
      }
    }
    return outcome;
  }

  private boolean anySource(AuthorizationFacts facts) {
    for (SourceMatch source : from) {
      if (source.matches(facts)) {
        return true;
      }
    }
    return from.isEmpty();
  }

  private boolean anyOperation(AuthorizationFacts facts, boolean strict) {
    for (OperationMatch operation : to) {
      if (operation.matches(facts, strict)) {
        return true;
      }
    }
    return to.isEmpty();
  }

  /** Fields of a source; all must hold. */
  record SourceMatch(Forms principals, Forms namespaces, Forms serviceAccounts, Blocks blocks) {
    static SourceMatch of(AuthorizationRules.Source source) {
      if (source.equals(AuthorizationRules.Source.getDefaultInstance())) {
        throw new IllegalArgumentException(
            "a source without fields; leave \"from\" out to mean everyone");
      }
      return new SourceMatch(
          Forms.of(source.getPrincipalsList(), source.getNotPrincipalsList()),
          Forms.of(source.getNamespacesList(), source.getNotNamespacesList()),
          Forms.of(source.getServiceAccountsList(), source.getNotServiceAccountsList()),
          new Blocks(
              source.getIpBlocksCount() > 0,
              IpBlock.of(source.getIpBlocksList()),
              IpBlock.of(source.getNotIpBlocksList())));
    }

    boolean matches(AuthorizationFacts facts) {
      return principals.hold(facts.principal())
          && namespaces.hold(facts.namespace())
          && serviceAccounts.hold(facts.serviceAccount())
          && blocks.hold(facts.sourceAddress());
    }
  }

  /** Fields of an operation; all must hold. */
  record OperationMatch(Forms hosts, Forms methods, Forms paths, Ports ports) {
    static OperationMatch of(AuthorizationRules.Operation operation) {
      if (operation.equals(AuthorizationRules.Operation.getDefaultInstance())) {
        throw new IllegalArgumentException(
            "an operation without fields; leave \"to\" out to mean everything");
      }
      return new OperationMatch(
          Forms.of(lower(operation.getHostsList()), lower(operation.getNotHostsList())),
          Forms.of(operation.getMethodsList(), operation.getNotMethodsList()),
          Forms.of(operation.getPathsList(), operation.getNotPathsList()),
          Ports.of(operation.getPortsList(), operation.getNotPortsList()));
    }

    private static List<String> lower(List<String> hosts) {
      return hosts.stream().map(host -> host.toLowerCase(Locale.ROOT)).toList();
    }

    boolean needsHttp() {
      return !hosts.isEmpty() || !methods.isEmpty() || !paths.isEmpty();
    }

    /**
     * Some backends take "//" for "/": a path is refused in either reading, and allowed in both
     * only.
     */
    private boolean pathsHold(RequestFacts request, boolean strict) {
      if (paths.isEmpty()) {
        return true;
      }
      boolean asSent = paths.hold(request.pathAndQuery(), request.pathLength());
      String merged = asSent == strict ? null : Paths.mergedSlashes(request);
      return merged == null ? asSent : paths.hold(merged, merged.length());
    }

    boolean matches(AuthorizationFacts facts, boolean strict) {
      if (!ports.hold(facts.destinationPort())) {
        return false;
      }
      RequestFacts request = facts.request();
      if (request == null) {
        return strict || !needsHttp();
      }
      return hosts.hold(request.host())
          && methods.hold(request.method())
          && pathsHold(request, strict);
    }
  }

  /** A field's values and those of its negation. */
  record Forms(List<StringForm> wanted, List<StringForm> unwanted) {
    static Forms of(List<String> wanted, List<String> unwanted) {
      return new Forms(StringForm.of(wanted), StringForm.of(unwanted));
    }

    boolean isEmpty() {
      return wanted.isEmpty() && unwanted.isEmpty();
    }

    boolean hold(@Nullable String value) {
      return value == null ? wanted.isEmpty() : hold(value, value.length());
    }

    boolean hold(String value, int end) {
      return (wanted.isEmpty() || StringForm.any(wanted, value, end))
          && !StringForm.any(unwanted, value, end);
    }
  }

  /** {@code restricted}: blocks were wanted, even if none of them is IPv4. */
  record Blocks(boolean restricted, List<IpBlock> wanted, List<IpBlock> unwanted) {
    boolean hold(int address) {
      return (!restricted || IpBlock.any(wanted, address)) && !IpBlock.any(unwanted, address);
    }
  }

  /** Destination ports. */
  record Ports(BitSet wanted, BitSet unwanted) {
    static Ports of(List<String> wanted, List<String> unwanted) {
      return new Ports(numbers(wanted), numbers(unwanted));
    }

    private static BitSet numbers(List<String> ports) {
      BitSet numbers = new BitSet();
      ports.forEach(port -> numbers.set(number(port)));
      return numbers;
    }

    private static int number(String port) {
      try {
        int number = Integer.parseInt(port);
        if (number > 0 && number < 65536) {
          return number;
        }
      } catch (NumberFormatException e) {
        // said below
      }
      throw new IllegalArgumentException(
          "\"" + port + "\" is no port; write a number from 1 to 65535");
    }

    boolean hold(int port) {
      return (wanted.isEmpty() || wanted.get(port)) && !unwanted.get(port);
    }
  }
}
