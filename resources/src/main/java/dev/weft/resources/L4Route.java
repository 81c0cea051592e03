package dev.weft.resources;

import dev.weft.resources.Schema.Default;
import dev.weft.resources.Schema.OneOf;
import dev.weft.resources.Schema.Size;
import java.util.List;

/** A route of connections or datagrams whose content nobody reads. */
public sealed interface L4Route extends Route permits TcpRoute, TlsRoute, UdpRoute {

  @Override
  Wanted spec();

  /** What such routes want. */
  interface Wanted extends Route.Wanted {
    /** Exactly one in v1; several, which v1alpha2 let through, have no meaning. */
    List<L4Rule> rules();
  }

  /** All that comes to a port. */
  record OfPort(
      @Size(max = 32) List<ParentRef> parentRefs,
      @Size(min = 1, max = 16) List<L4Rule> rules,
      @Default("") @OneOf({"", "All", "None"}) String useDefaultGateways)
      implements Wanted {}
}
