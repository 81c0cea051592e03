package dev.weft.resources;

import com.fasterxml.jackson.databind.JsonNode;
import dev.weft.resources.Schema.Carried;
import dev.weft.resources.Schema.Text;
import java.util.Map;
import java.util.Set;

/** A definition of a kind. Only whose it is and of which version is read; never its schema. */
public record CustomResourceDefinition(
    ObjectMeta metadata, Spec spec, @Carried({"status"}) Map<String, JsonNode> carried)
    implements KubeObject {
  private static final Set<String> GATEWAY_API =
      Set.of(Kind.GATEWAY.group(), Kind.X_BACKEND.group());
  private static final String BUNDLE_VERSION = "gateway.networking.k8s.io/bundle-version";

  public record Spec(
      @Text(min = 1, max = 253, pattern = Schema.DNS_SUBDOMAIN) String group,
      @Carried({"conversion", "names", "preserveUnknownFields", "scope", "versions"})
          Map<String, JsonNode> carried) {}

  /** Whether a group is one of the Gateway API's. */
  public static boolean isGatewayApi(String group) {
    return GATEWAY_API.contains(group);
  }

  /** The release of the Gateway API that it is a part of, as "v1.7.0"; "" when it does not say. */
  public String bundleVersion() {
    return metadata.annotations().getOrDefault(BUNDLE_VERSION, "");
  }

  @Override
  public CustomResourceDefinition withMetadata(ObjectMeta value) {
    return new CustomResourceDefinition(value, spec, carried);
  }
}
