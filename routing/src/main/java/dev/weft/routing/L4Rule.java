package dev.weft.routing;

/**
 * Where connections or datagrams go that nobody reads. Immutable; the same instance until its route
 * changes.
 */
public final class L4Rule {
  private final String id;
  private final WeightedBackends backends;

  L4Rule(String id, WeightedBackends backends) {
    this.id = id;
    this.backends = backends;
  }

  /** "tcproute/namespace/name/rule"; the rule is "0" when it has no name. */
  public String id() {
    return id;
  }

  /**
   * Picks a backend by weight, once for a connection or a client's datagrams. One that is invalid
   * has its share too, of connections that are closed.
   *
   * @param random any uniformly distributed number
   */
  public BackendChoice pick(long random) {
    return backends.pick(random);
  }

  /** Whether it sends anything to a Service port. */
  public boolean names(ServiceKey service) {
    return backends.services().contains(service);
  }

  @Override
  public String toString() {
    return id;
  }
}
