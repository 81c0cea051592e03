package dev.weft.resources;

import com.fasterxml.jackson.databind.JsonNode;
import dev.weft.resources.Schema.Carried;
import java.util.List;
import java.util.Map;

/** A Namespace; Weft reads its labels. */
public record Namespace(
    ObjectMeta metadata, @Carried({"spec", "status"}) Map<String, JsonNode> carried)
    implements KubeObject, Schema.Checked {

  /** How the namespace takes part in mutual TLS: strict, permissive (the default) or disabled. */
  public static final String MTLS_LABEL = "weft.dev/mtls";

  /** Every API server gives each namespace this label with its name. */
  public static final String NAME_LABEL = "kubernetes.io/metadata.name";

  private static final List<String> MTLS_MODES = List.of("strict", "permissive", "disabled");

  @Override
  public List<Schema.Problem> problems() {
    String mode = metadata.labels().getOrDefault(MTLS_LABEL, "permissive");
    return MTLS_MODES.contains(mode)
        ? List.of()
        : List.of(
            new Schema.Problem(
                "metadata.labels." + MTLS_LABEL, "is not one of " + String.join(", ", MTLS_MODES)));
  }

  @Override
  public Namespace withMetadata(ObjectMeta value) {
    return new Namespace(value, carried);
  }
}
