package dev.weft.routing;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The rules that apply at one place: a Service port, or a Gateway's listener. Immutable; any
 * thread.
 *
 * <p>The most specific hostname is asked first; where none of its rules matches, the next one is
 * (HTTPRouteSpec.hostnames: precedence among rules that match). Within a hostname see {@link
 * PathTable}.
 */
public final class RouteTable {
  /** No routes: every request is {@link Route.NotFound}. */
  static final RouteTable NONE = of(List.of(), null);

  private final HostTable<PathTable> hosts;
  private final Map<String, Group> groups;

  private RouteTable(HostTable<PathTable> hosts, Map<String, Group> groups) {
    this.hosts = hosts;
    this.groups = groups;
  }

  /** The entries of one hostname, kept to reuse the compiled form. */
  @SuppressWarnings("ReferenceEquality") // instances are the versions
  private record Group(List<CompiledRoute> routes, PathTable table) {
    boolean sameRoutes(List<CompiledRoute> others) {
      if (routes.size() != others.size()) {
        return false;
      }
      for (int i = 0; i < routes.size(); i++) {
        if (routes.get(i) != others.get(i)) {
          return false;
        }
      }
      return true;
    }
  }

  /** A table of one rule that takes everything. */
  static RouteTable implicit(ServiceKey service) {
    return of(List.of(new Attached<>(CompiledRoute.implicit(service), List.of())), null);
  }

  /**
   * @param attached in a stable order
   * @param previous whose parts are reused where a hostname has the same routes
   */
  static RouteTable of(
      List<Attached<CompiledRoute>> attached,
      @org.jspecify.annotations.Nullable RouteTable previous) {
    Map<String, List<CompiledRoute>> byHost = new HashMap<>();
    for (Attached<CompiledRoute> one : attached) {
      List<String> hostnames = one.hostnames().isEmpty() ? List.of("") : one.hostnames();
      for (String hostname : hostnames) {
        byHost.computeIfAbsent(Hosts.pattern(hostname), _ -> new ArrayList<>()).add(one.route());
      }
    }
    Map<String, Group> groups = new HashMap<>();
    HostTable.Builder<PathTable> hosts = new HostTable.Builder<>();
    byHost.forEach(
        (hostname, routes) -> {
          Group old = previous == null ? null : previous.groups.get(hostname);
          Group group =
              old != null && old.sameRoutes(routes) ? old : new Group(routes, table(routes));
          groups.put(hostname, group);
          hosts.putIfAbsent(hostname, group.table);
        });
    return new RouteTable(hosts.build(), groups);
  }

  private static PathTable table(List<CompiledRoute> routes) {
    List<MatchEntry> entries = new ArrayList<>();
    routes.forEach(route -> entries.addAll(route.entries()));
    return PathTable.of(entries);
  }

  /** Finds a request's rule. Allocates nothing unless a query or a regular expression is asked. */
  public Route route(RequestFacts facts) {
    String host = facts.host();
    PathTable table = hosts.exact(host);
    Route matched = table == null ? null : table.find(facts);
    for (int dot = hosts.nextDot(host, 0);
        matched == null && dot > 0;
        dot = hosts.nextDot(host, dot)) {
      table = hosts.suffix(host, dot);
      matched = table == null ? null : table.find(facts);
    }
    if (matched == null) {
      table = hosts.every();
      matched = table == null ? null : table.find(facts);
    }
    return matched == null ? Route.NotFound.INSTANCE : matched;
  }
}
