package dev.weft.resources;

import com.fasterxml.jackson.databind.JsonNode;
import dev.weft.resources.Schema.Carried;
import dev.weft.resources.Schema.Default;
import dev.weft.resources.Schema.OneOf;
import dev.weft.resources.Schema.Size;
import java.util.List;
import java.util.Map;

/** A TCPRoute: the connections of a port. */
public record TcpRoute(
    ObjectMeta metadata, Spec spec, @Carried({"status"}) Map<String, JsonNode> carried)
    implements L4Route {

  public record Spec(
      @Size(max = 32) List<ParentRef> parentRefs,
      @Size(min = 1, max = 16) List<L4Rule> rules,
      @Default("") @OneOf({"", "All", "None"}) String useDefaultGateways) {}

  @Override
  public List<ParentRef> parentRefs() {
    return spec.parentRefs();
  }

  @Override
  public List<String> hostnames() {
    return List.of();
  }

  @Override
  public List<L4Rule> rules() {
    return spec.rules();
  }

  @Override
  public String useDefaultGateways() {
    return spec.useDefaultGateways();
  }

  @Override
  public TcpRoute withMetadata(ObjectMeta value) {
    return new TcpRoute(value, spec, carried);
  }
}
