package dev.weft.resources;

import java.util.List;

/** A route of connections or datagrams whose content nobody reads. */
public sealed interface L4Route extends KubeObject permits TcpRoute, TlsRoute, UdpRoute {

  List<ParentRef> parentRefs();

  /** Server names of a TLSRoute; empty: every one. */
  List<String> hostnames();

  /** Exactly one in v1; several, which v1alpha2 let through, have no meaning. */
  List<L4Rule> rules();

  /** "All": attached to every Gateway with that default scope (GEP-3793). */
  String useDefaultGateways();
}
