package dev.weft.routing;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * An address that serves a Service port. Instances are compared by identity and survive
 * compilations as long as nothing about the endpoint changes: balancers may key their state by
 * them.
 */
public final class Endpoint {
  private final int address;
  private final int port;
  private final @Nullable WorkloadInfo workload;

  Endpoint(int address, int port, @Nullable WorkloadInfo workload) {
    this.address = address;
    this.port = port;
    this.workload = workload;
  }

  /** IPv4, host order. */
  public int address() {
    return address;
  }

  /** The pod's port. */
  public int port() {
    return port;
  }

  /** The pod behind the address; {@code null} when it is no pod of the mesh. */
  public @Nullable WorkloadInfo workload() {
    return workload;
  }

  boolean same(int otherAddress, int otherPort, @Nullable WorkloadInfo otherWorkload) {
    return address == otherAddress && port == otherPort && Objects.equals(workload, otherWorkload);
  }

  /** "address:port". */
  @Override
  public String toString() {
    return Ipv4.text(address) + ":" + port;
  }
}
