package dev.weft.routing;

/**
 * A port of a Service.
 *
 * @param port the Service's port, not the pods'
 * @param udp whether it takes datagrams; TCP otherwise
 */
public record ServiceKey(String namespace, String name, int port, boolean udp) {

  /** A TCP port. */
  public ServiceKey(String namespace, String name, int port) {
    this(namespace, name, port, false);
  }

  /** "namespace/name:port", with "/udp" for a port of datagrams. */
  @Override
  public String toString() {
    return namespace + "/" + name + ":" + port + (udp ? "/udp" : "");
  }
}
