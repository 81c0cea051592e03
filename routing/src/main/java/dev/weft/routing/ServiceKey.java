package dev.weft.routing;

/**
 * A TCP port of a Service.
 *
 * @param port the Service's port, not the pods'
 */
public record ServiceKey(String namespace, String name, int port) {

  /** "namespace/name:port". */
  @Override
  public String toString() {
    return namespace + "/" + name + ":" + port;
  }
}
