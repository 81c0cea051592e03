package dev.weft.resources;

import com.fasterxml.jackson.databind.JsonNode;
import dev.weft.resources.Schema.Carried;
import java.util.Map;

/** A Namespace; Weft reads its labels. */
public record Namespace(
    ObjectMeta metadata, @Carried({"spec", "status"}) Map<String, JsonNode> carried)
    implements KubeObject {

  /** How the namespace takes part in mutual TLS: strict, permissive (the default) or disabled. */
  public static final String MTLS_LABEL = "weft.dev/mtls";

  /** Every API server gives each namespace this label with its name. */
  public static final String NAME_LABEL = "kubernetes.io/metadata.name";

  @Override
  public Namespace withMetadata(ObjectMeta value) {
    return new Namespace(value, carried);
  }
}
