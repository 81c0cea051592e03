package dev.weft.routing;

import org.jspecify.annotations.Nullable;

/**
 * HTTPRequestRedirectFilter: where the client is sent. Immutable.
 *
 * @param scheme {@code null}: the request's
 * @param hostname {@code null}: the request's
 * @param port 0: the well-known port of {@code scheme} if that is set, else the port of the request
 */
record Redirect(
    @Nullable String scheme,
    @Nullable String hostname,
    int port,
    Rewrite.@Nullable PathChange path,
    int status) {

  static Redirect of(dev.weft.api.v1.Redirect redirect) {
    int status = redirect.getStatus() == 0 ? 302 : redirect.getStatus();
    return switch (status) {
      case 301, 302, 303, 307, 308 ->
          new Redirect(
              redirect.getScheme().isEmpty() ? null : redirect.getScheme(),
              redirect.getHostname().isEmpty() ? null : redirect.getHostname(),
              redirect.getPort(),
              redirect.hasPath() ? Rewrite.change(redirect.getPath()) : null,
              status);
      default ->
          throw new IllegalArgumentException(
              "a redirect with status " + status + "; use 301, 302, 303, 307 or 308");
    };
  }

  /** The Location header: always absolute, without the scheme's own port. */
  String location(RequestFacts facts, int prefixLength) {
    String toScheme = scheme == null ? facts.scheme() : scheme;
    int toPort = port;
    if (toPort == 0) {
      toPort = scheme == null ? facts.port() : wellKnown(toScheme);
    }
    String authority =
        (hostname == null ? facts.host() : hostname)
            + (toPort == wellKnown(toScheme) ? "" : ":" + toPort);
    String pathAndQuery = path == null ? facts.pathAndQuery() : path.apply(facts, prefixLength);
    return toScheme + "://" + authority + pathAndQuery;
  }

  private static int wellKnown(String scheme) {
    return scheme.equals("https") ? 443 : 80;
  }
}
