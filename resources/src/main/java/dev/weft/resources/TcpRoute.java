package dev.weft.resources;

import com.fasterxml.jackson.databind.JsonNode;
import dev.weft.resources.Schema.Carried;
import java.util.Map;

/** A TCPRoute: the connections of a port. */
public record TcpRoute(
    ObjectMeta metadata, L4Route.OfPort spec, @Carried({"status"}) Map<String, JsonNode> carried)
    implements L4Route {

  @Override
  public TcpRoute withMetadata(ObjectMeta value) {
    return new TcpRoute(value, spec, carried);
  }
}
