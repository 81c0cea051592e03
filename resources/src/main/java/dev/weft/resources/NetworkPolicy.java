package dev.weft.resources;

import com.fasterxml.jackson.databind.JsonNode;
import dev.weft.resources.Schema.Carried;
import dev.weft.resources.Schema.Checked;
import dev.weft.resources.Schema.Default;
import dev.weft.resources.Schema.OneOf;
import dev.weft.resources.Schema.Problem;
import dev.weft.resources.Schema.Range;
import dev.weft.resources.Schema.Size;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A NetworkPolicy: once one selects a Pod, only what some policy allows may pass. */
public record NetworkPolicy(
    ObjectMeta metadata, Spec spec, @Carried({"status"}) Map<String, JsonNode> carried)
    implements KubeObject {

  /**
   * Whom the policy isolates, and what it allows them.
   *
   * @param podSelector empty: every Pod of the namespace
   * @param policyTypes empty: Ingress, and Egress if there are egress rules
   */
  public record Spec(
      @Default("{}") LabelSelector podSelector,
      @Size(max = 2) @OneOf({"Ingress", "Egress"}) List<String> policyTypes,
      List<IngressRule> ingress,
      List<EgressRule> egress) {

    public boolean isolatesIngress() {
      return policyTypes.isEmpty() || policyTypes.contains("Ingress");
    }

    public boolean isolatesEgress() {
      return policyTypes.isEmpty() ? !egress.isEmpty() : policyTypes.contains("Egress");
    }
  }

  /** Empty lists mean: from anyone, to any port. */
  public record IngressRule(List<Peer> from, List<Port> ports) {}

  /** Empty lists mean: to anyone, to any port. */
  public record EgressRule(List<Peer> to, List<Port> ports) {}

  /** Pods, Pods of other namespaces, or addresses. */
  public record Peer(
      @Nullable LabelSelector podSelector,
      @Nullable LabelSelector namespaceSelector,
      @Nullable IpBlock ipBlock)
      implements Checked {

    @Override
    public List<Problem> problems() {
      boolean selects = podSelector != null || namespaceSelector != null;
      if (ipBlock != null && selects) {
        return List.of(new Problem("ipBlock", "may not stand beside a selector"));
      }
      if (ipBlock == null && !selects) {
        return List.of(
            new Problem("", "must have a podSelector, a namespaceSelector or an ipBlock"));
      }
      return List.of();
    }
  }

  /** Addresses in a prefix, without those in other prefixes. */
  public record IpBlock(String cidr, List<String> except) implements Checked {

    @Override
    public List<Problem> problems() {
      List<Problem> found = new ArrayList<>();
      Cidr whole = Cidr.parse(cidr);
      if (whole == null) {
        return List.of(new Problem("cidr", "must be a prefix such as 10.0.0.0/8"));
      }
      for (int i = 0; i < except.size(); i++) {
        Cidr hole = Cidr.parse(except.get(i));
        if (hole == null || !whole.contains(hole) || whole.equals(hole)) {
          found.add(new Problem("except[" + i + "]", "must be a prefix inside " + cidr));
        }
      }
      return found;
    }
  }

  /**
   * A port.
   *
   * @param port null: every port
   * @param endPort last port of a range, inclusive; null: only port
   */
  public record Port(
      @Default("TCP") Protocol protocol,
      @Nullable IntOrString port,
      @Nullable @Range(min = 1, max = 65535) Integer endPort)
      implements Checked {

    @Override
    public List<Problem> problems() {
      if (endPort == null) {
        return List.of();
      }
      return port instanceof IntOrString.PortNumber(int first) && first <= endPort
          ? List.of()
          : List.of(new Problem("endPort", "needs a numeric port which is not above it"));
    }
  }

  @Override
  public NetworkPolicy withMetadata(ObjectMeta value) {
    return new NetworkPolicy(value, spec, carried);
  }
}
