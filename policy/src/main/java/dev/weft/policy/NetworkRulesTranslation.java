package dev.weft.policy;

import dev.weft.api.v1.NetworkRules;
import dev.weft.api.v1.ReservedIdentity;
import dev.weft.api.v1.Resource;
import dev.weft.resources.Cidr;
import dev.weft.resources.Derivation;
import dev.weft.resources.IntOrString;
import dev.weft.resources.NetworkPolicy;
import dev.weft.resources.Protocol;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What the NetworkPolicies of its namespace mean for one identity.
 *
 * @param resource null when no policy selects it
 */
record NetworkRulesTranslation(@Nullable Resource resource) {

  /** Translates the policies for one identity. */
  record Of(Context context, Identities.Member identity)
      implements Derivation.Query<NetworkRulesTranslation> {
    @Override
    public NetworkRulesTranslation compute(Derivation.Reader reader) {
      List<NetworkPolicy> policies =
          reader.inNamespace(NetworkPolicy.class, identity.labels().namespace()).stream()
              .filter(each -> each.spec().podSelector().matches(identity.labels().labels()))
              .toList();
      if (policies.isEmpty()) {
        return new NetworkRulesTranslation(null);
      }
      Rules rules = new Rules(reader, context, identity);
      policies.forEach(rules::add);
      return new NetworkRulesTranslation(
          Resource.newBuilder()
              .setName("networkrules/" + identity.number())
              .setNetworkRules(rules.build())
              .build());
    }
  }

  /** The rules of one identity on their way; confined to one computation. */
  private static final class Rules {
    /** A Pod's own node always reaches it: the kubelet's probes (Kubernetes, Network Policies). */
    private static final int HOST = ReservedIdentity.RESERVED_IDENTITY_HOST_VALUE;

    private final Identities.Member identity;
    private final Peers peers;
    private final Set<NetworkRules.Rule> rules = new LinkedHashSet<>();
    private boolean ingressIsolated;
    private boolean egressIsolated;

    private Rules(Derivation.Reader reader, Context context, Identities.Member identity) {
      this.identity = identity;
      this.peers = new Peers(reader, context, identity.labels().namespace());
    }

    void add(NetworkPolicy policy) {
      if (policy.spec().isolatesIngress()) {
        if (!ingressIsolated) {
          rules.add(NetworkRules.Rule.newBuilder().setPeer(HOST).build());
        }
        ingressIsolated = true;
        for (NetworkPolicy.IngressRule rule : policy.spec().ingress()) {
          for (Peers.Peer peer : peers.of(rule.from())) {
            ports(false, peer, rule.ports());
          }
        }
      }
      if (policy.spec().isolatesEgress()) {
        if (!egressIsolated) {
          rules.add(NetworkRules.Rule.newBuilder().setEgress(true).setPeer(HOST).build());
        }
        egressIsolated = true;
        for (NetworkPolicy.EgressRule rule : policy.spec().egress()) {
          for (Peers.Peer peer : peers.of(rule.to())) {
            ports(true, peer, rule.ports());
          }
        }
      }
    }

    private void ports(boolean egress, Peers.Peer peer, List<NetworkPolicy.Port> ports) {
      if (ports.isEmpty()) {
        rules.add(rule(egress, peer.number()).build());
      }
      for (NetworkPolicy.Port port : ports) {
        // The datapath carries TCP and UDP only; an SCTP rule allows nothing that could pass.
        if (port.protocol() != Protocol.SCTP) {
          port(egress, peer, port);
        }
      }
    }

    private void port(boolean egress, Peers.Peer peer, NetworkPolicy.Port port) {
      int protocol = port.protocol().number();
      Integer end = port.endPort();
      switch (port.port()) {
        case null -> rules.add(rule(egress, peer.number()).setProtocol(protocol).build());
        case IntOrString.PortNumber(int first) ->
            rules.add(
                rule(egress, peer.number())
                    .setProtocol(protocol)
                    .setPort(first)
                    .setEndPort(end == null ? 0 : end)
                    .build());
        case IntOrString.PortName(String name) -> {
          Identities.PortName wanted = new Identities.PortName(name, port.protocol());
          for (Peers.Peer each : egress ? peers.named(peer) : List.of(peer)) {
            Identities.Member receiver = egress ? each.member() : identity;
            if (receiver != null) {
              for (int number : receiver.ports().getOrDefault(wanted, Set.of())) {
                rules.add(
                    rule(egress, each.number()).setProtocol(protocol).setPort(number).build());
              }
            }
          }
        }
      }
    }

    private static NetworkRules.Rule.Builder rule(boolean egress, int peer) {
      return NetworkRules.Rule.newBuilder().setEgress(egress).setPeer(peer);
    }

    NetworkRules build() {
      return NetworkRules.newBuilder()
          .setIdentity(identity.number())
          .setIngressIsolated(ingressIsolated)
          .setEgressIsolated(egressIsolated)
          .addAllRules(rules)
          .build();
    }
  }

  /** Resolves peers to numbers; confined to one computation. */
  private static final class Peers {
    private final Derivation.Reader reader;
    private final Context context;
    private final String namespace;

    Peers(Derivation.Reader reader, Context context, String namespace) {
      this.reader = reader;
      this.context = context;
      this.namespace = namespace;
    }

    /**
     * One number.
     *
     * @param number 0: anyone
     * @param member null for anyone, prefixes and reserved identities
     */
    record Peer(int number, Identities.@Nullable Member member) {}

    List<Peer> of(List<NetworkPolicy.Peer> peers) {
      if (peers.isEmpty()) {
        return List.of(new Peer(0, null));
      }
      Set<Peer> found = new LinkedHashSet<>();
      for (NetworkPolicy.Peer peer : peers) {
        NetworkPolicy.IpBlock block = peer.ipBlock();
        if (block != null) {
          numbers(block).forEach(number -> found.add(new Peer(number, null)));
        } else {
          all().stream()
              .filter(member -> matches(peer, member))
              .forEach(member -> found.add(new Peer(member.number(), member)));
        }
      }
      return new ArrayList<>(found);
    }

    /** For named ports: anyone is everyone who can have a port of that name. */
    List<Peer> named(Peer peer) {
      return peer.number() != 0
          ? List.of(peer)
          : all().stream().map(member -> new Peer(member.number(), member)).toList();
    }

    private Collection<Identities.Member> all() {
      return reader.get(new Identities.All(context)).members();
    }

    private boolean matches(NetworkPolicy.Peer peer, Identities.Member member) {
      boolean rightNamespace =
          peer.namespaceSelector() == null
              ? member.labels().namespace().equals(namespace)
              : peer.namespaceSelector().matches(member.namespaceLabels());
      return rightNamespace
          && (peer.podSelector() == null || peer.podSelector().matches(member.labels().labels()));
    }

    private Set<Integer> numbers(NetworkPolicy.IpBlock block) {
      Set<Integer> numbers = new TreeSet<>(reader.get(new Prefixes.All()).inside(block));
      Cidr whole = Cidr.parse(block.cidr());
      boolean nodes =
          whole != null
              && reader.get(new NodeAddresses.All()).addresses().stream()
                  .anyMatch(node -> whole.contains(node) && !Prefixes.excepted(block, node));
      if (nodes) {
        numbers.add(ReservedIdentity.RESERVED_IDENTITY_REMOTE_NODE_VALUE);
      }
      if (whole != null && whole.length() == 0 && whole.isIpv4()) {
        // Whoever lets every address in means those that come through a Gateway, too; and an
        // address of no other prefix is the world's.
        numbers.add(ReservedIdentity.RESERVED_IDENTITY_INGRESS_VALUE);
        if (block.except().isEmpty()) {
          numbers.add(ReservedIdentity.RESERVED_IDENTITY_WORLD_VALUE);
        }
      }
      return numbers;
    }
  }
}
