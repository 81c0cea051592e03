package dev.weft.resources;

import com.fasterxml.jackson.databind.JsonNode;
import dev.weft.resources.Schema.Carried;
import dev.weft.resources.Schema.Default;
import dev.weft.resources.Schema.Text;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Which controller answers for the mesh (GEP-3949); its status says what that one can do. */
public record XMesh(
    ObjectMeta metadata, Spec spec, @Carried({"status"}) Map<String, JsonNode> carried)
    implements KubeObject {

  public record Spec(
      @Text(min = 1, max = 253, pattern = Schema.CONTROLLER) String controllerName,
      GatewayClass.@Nullable ParametersRef parametersRef,
      @Default("") @Text(max = 64) String description) {}

  @Override
  public XMesh withMetadata(ObjectMeta value) {
    return new XMesh(value, spec, carried);
  }
}
