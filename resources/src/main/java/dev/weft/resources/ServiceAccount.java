package dev.weft.resources;

import com.fasterxml.jackson.databind.JsonNode;
import dev.weft.resources.Schema.Carried;
import java.util.Map;

/** A ServiceAccount: what a Pod's SPIFFE id is made from. */
public record ServiceAccount(
    ObjectMeta metadata,
    @Carried({"secrets", "imagePullSecrets", "automountServiceAccountToken"})
        Map<String, JsonNode> carried)
    implements KubeObject {

  @Override
  public ServiceAccount withMetadata(ObjectMeta value) {
    return new ServiceAccount(value, carried);
  }
}
