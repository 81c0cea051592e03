package dev.weft.resources;

import com.fasterxml.jackson.databind.JsonNode;
import dev.weft.resources.Schema.Carried;
import java.util.Map;

/** A ConfigMap. */
public record ConfigMap(
    ObjectMeta metadata,
    Map<String, String> data,
    boolean immutable,
    @Carried({"binaryData"}) Map<String, JsonNode> carried)
    implements KubeObject {

  /** The key under which the Gateway API looks for the PEM certificates of authorities. */
  public static final String CA_CERTIFICATES = "ca.crt";

  @Override
  public ConfigMap withMetadata(ObjectMeta value) {
    return new ConfigMap(value, data, immutable, carried);
  }
}
