package dev.weft.routing;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The rules of a listener whose traffic nobody reads. Of several routes with the same hostname, or
 * on a listener of TCP or UDP, the oldest has everything. Immutable; any thread.
 */
public final class L4Table {
  /** No routes: every connection is refused. */
  static final L4Table NONE = new L4Table(new HostTable.Builder<L4Rule>().build());

  private final HostTable<L4Rule> byName;

  private L4Table(HostTable<L4Rule> byName) {
    this.byName = byName;
  }

  /**
   * @param udp whether the listener takes datagrams: other routes are passed over
   */
  static L4Table of(List<Attached<CompiledL4Route>> attached, boolean udp) {
    HostTable.Builder<L4Rule> names = new HostTable.Builder<>();
    attached.stream()
        .filter(one -> one.route().udp() == udp)
        .sorted((a, b) -> CompiledL4Route.PRECEDENCE.compare(a.route(), b.route()))
        .forEach(
            one -> {
              List<String> own = one.hostnames().isEmpty() ? List.of("") : one.hostnames();
              own.forEach(hostname -> names.putIfAbsent(hostname, one.route().rule()));
            });
    return new L4Table(names.build());
  }

  /**
   * The rule for a server name: the most specific hostname's, and no other if its backend is
   * invalid. Allocates nothing.
   *
   * @param serverName normalised, see {@link Hosts}; empty when there is none
   * @return {@code null}: no route, the connection is refused
   */
  public @Nullable L4Rule rule(String serverName) {
    return byName.mostSpecific(serverName);
  }
}
