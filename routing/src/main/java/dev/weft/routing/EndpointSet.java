package dev.weft.routing;

import java.util.List;

/** The serving endpoints of one Service port, in the order of the configuration; immutable. */
public final class EndpointSet {
  /** Nobody serves. */
  public static final EndpointSet EMPTY = new EndpointSet(new Endpoint[0]);

  private final Endpoint[] endpoints;

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

  /** All of them, for code off the request path. */
  public List<Endpoint> list() {
    return List.of(endpoints);
  }

  @Override
  public String toString() {
    return list().toString();
  }
}
