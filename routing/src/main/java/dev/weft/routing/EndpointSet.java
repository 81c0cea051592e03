package dev.weft.routing;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The serving endpoints of one Service port, in the order of the configuration; immutable. */
public final class EndpointSet {
  /** Nobody serves. */
  public static final EndpointSet EMPTY = new EndpointSet(new Endpoint[0]);

  private final Endpoint[] endpoints;

  /**
   * By address and port; null until a session asks. A race makes it twice, and both are the same.
   */
  private @Nullable Map<Long, Endpoint> index;

  private EndpointSet(Endpoint[] endpoints) {
    this.endpoints = endpoints;
  }

  /** A pod that was addressed itself, not by a Service. */
  public static EndpointSet pod(WorkloadInfo workload, int port) {
    return new EndpointSet(new Endpoint[] {new Endpoint(workload.address(), port, workload)});
  }

  static EndpointSet of(List<Endpoint> endpoints) {
    return endpoints.isEmpty() ? EMPTY : new EndpointSet(endpoints.toArray(new Endpoint[0]));
  }

  /** How many there are. */
  public int size() {
    return endpoints.length;
  }

  /** Whether nobody serves: 503. */
  public boolean isEmpty() {
    return endpoints.length == 0;
  }

  /** The endpoint at an index below {@link #size()}. */
  public Endpoint get(int index) {
    return endpoints[index];
  }

  /**
   * The endpoint at an address and port; {@code null}: none of them is. Its cost does not grow with
   * their number, but for the first time.
   */
  public @Nullable Endpoint at(int address, int port) {
    Map<Long, Endpoint> known = index;
    if (known == null) {
      Map<Long, Endpoint> made = HashMap.newHashMap(endpoints.length);
      for (Endpoint endpoint : endpoints) {
        made.putIfAbsent(key(endpoint.address(), endpoint.port()), endpoint);
      }
      known = Map.copyOf(made); // safe to read wherever the reference is seen
      index = known;
    }
    return known.get(key(address, port));
  }

  private static long key(int address, int port) {
    return ((long) address << 16) | port;
  }

  /** All of them, for code off the request path. */
  public List<Endpoint> list() {
    return List.of(endpoints);
  }

  @Override
  public String toString() {
    return list().toString();
  }
}
