package dev.weft.resources;

import com.fasterxml.jackson.databind.JsonNode;
import dev.weft.resources.Schema.Carried;
import java.util.Map;

/** A UDPRoute: the datagrams of a port. */
public record UdpRoute(
    ObjectMeta metadata, L4Route.OfPort spec, @Carried({"status"}) Map<String, JsonNode> carried)
    implements L4Route {

  @Override
  public UdpRoute withMetadata(ObjectMeta value) {
    return new UdpRoute(value, spec, carried);
  }
}
