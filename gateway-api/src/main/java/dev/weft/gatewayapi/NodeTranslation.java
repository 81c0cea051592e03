package dev.weft.gatewayapi;

import com.google.protobuf.ByteString;
import dev.weft.api.v1.Resource;
import dev.weft.resources.Cidr;
import dev.weft.resources.Derivation;
import dev.weft.resources.Node;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One node.
 *
 * @param resource null for a node which has no address yet
 */
record NodeTranslation(@Nullable Resource resource) {

  /** Translates one node. */
  record Of(String name) implements Derivation.Query<NodeTranslation> {
    @Override
    public NodeTranslation compute(Derivation.Reader reader) {
      Node node = reader.object(Node.class, "", name);
      byte[] address = node == null ? null : internalAddress(node);
      if (node == null || address == null) {
        return new NodeTranslation(null);
      }
      dev.weft.api.v1.Node.Builder made =
          dev.weft.api.v1.Node.newBuilder().setName(name).setAddress(ByteString.copyFrom(address));
      List<String> networks = new ArrayList<>(List.of(node.spec().podCIDR()));
      networks.addAll(node.spec().podCIDRs());
      networks.stream()
          .map(Cidr::parse)
          .filter(cidr -> cidr != null && cidr.isIpv4())
          .findFirst()
          .ifPresent(
              cidr ->
                  made.setPodNetwork(ByteString.copyFrom(cidr.network()))
                      .setPodPrefixLength(cidr.length()));
      return new NodeTranslation(
          Resource.newBuilder().setName("node/" + name).setNode(made).build());
    }
  }

  private static byte @Nullable [] internalAddress(Node node) {
    for (Node.Address address : node.status().addresses()) {
      byte[] bytes = Cidr.ipv4(address.address());
      if (address.type().equals("InternalIP") && bytes != null) {
        return bytes;
      }
    }
    return null;
  }
}
