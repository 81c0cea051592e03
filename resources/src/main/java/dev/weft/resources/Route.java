package dev.weft.resources;

import java.util.List;

/** A route of any kind: what leads to a Gateway or a Service, and from there to backends. */
public sealed interface Route extends KubeObject permits GrpcRoute, HttpRoute, L4Route {

  /** What is wanted. */
  Wanted spec();

  /** What all kinds of routes may want. */
  interface Wanted {
    List<ParentRef> parentRefs();

    /** Names that clients ask for; empty: every one. */
    default List<String> hostnames() {
      return List.of();
    }

    /** "All": attached to every Gateway with that default scope (GEP-3793). */
    String useDefaultGateways();
  }
}
