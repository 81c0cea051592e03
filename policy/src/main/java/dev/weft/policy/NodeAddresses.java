package dev.weft.policy;

import dev.weft.resources.Cidr;
import dev.weft.resources.Derivation;
import dev.weft.resources.Node;
import java.util.List;
import java.util.Objects;

/** Addresses of the cluster's nodes, which have reserved identities and no prefix's number. */
record NodeAddresses(List<Cidr> addresses) {

  /** Looks at all nodes. */
  record All() implements Derivation.Query<NodeAddresses> {
    @Override
    public NodeAddresses compute(Derivation.Reader reader) {
      return new NodeAddresses(
          reader.all(Node.class).stream()
              .flatMap(node -> node.status().addresses().stream())
              .map(address -> Cidr.ofAddress(address.address()))
              .filter(Objects::nonNull)
              .toList());
    }
  }
}
