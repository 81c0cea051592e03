package dev.weft.routing;

import org.jspecify.annotations.Nullable;

/**
 * A request's head as matchers see it. The proxy implements it over its own head objects, so that
 * nothing is copied. Read on one thread; all methods answer the same for the life of the request.
 */
public interface RequestFacts {

  /** The method, as sent. */
  String method();

  /** Path and query, normalised by {@link Paths#normalise}. */
  String pathAndQuery();

  /** Where the path ends in {@link #pathAndQuery()}: the index of the "?", or the length. */
  int pathLength();

  /** The authority's host, normalised by {@link Hosts#host}: lower case, without port. */
  String host();

  /** "http" or "https": what the client used towards this proxy. */
  String scheme();

  /** The port the client connected to (a listener's or a Service's); redirects need it. */
  int port();

  /**
   * A header's value.
   *
   * @param name lower case
   * @return {@code null} when absent; several lines joined with "," in order
   */
  @Nullable CharSequence header(String name);
}
