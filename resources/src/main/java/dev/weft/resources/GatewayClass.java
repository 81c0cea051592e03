package dev.weft.resources;

import com.fasterxml.jackson.databind.JsonNode;
import dev.weft.resources.Schema.Carried;
import dev.weft.resources.Schema.Default;
import dev.weft.resources.Schema.Text;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Which controller answers for Gateways of a class. */
public record GatewayClass(
    ObjectMeta metadata, Spec spec, @Carried({"status"}) Map<String, JsonNode> carried)
    implements KubeObject {

  /** The controllerName of the classes that Weft serves. */
  public static final String WEFT_CONTROLLER = "weft.dev/gateway-controller";

  public record Spec(
      @Text(min = 1, max = 253, pattern = Schema.CONTROLLER) String controllerName,
      @Nullable ParametersRef parametersRef,
      @Default("") @Text(max = 64) String description) {}

  /** Where a class or a Gateway keeps more settings; Weft knows none. */
  public record ParametersRef(
      @Text(max = 253, pattern = Schema.GROUP) String group,
      @Text(min = 1, max = 63, pattern = Schema.KIND) String kind,
      @Text(min = 1, max = 253) String name,
      @Default("") String namespace) {}

  @Override
  public GatewayClass withMetadata(ObjectMeta value) {
    return new GatewayClass(value, spec, carried);
  }
}
