package dev.weft.gatewayapi;

import dev.weft.api.v1.Backend;
import dev.weft.resources.ExternalAuth;
import java.util.List;
import java.util.Locale;

/** Filters that ask somebody whether a request may pass (GEP-1494). Pure. */
final class ExternalAuths {
  /** What nodes hold of a body, whatever a filter says. */
  static final int MAX_BODY = 1 << 20;

  private ExternalAuths() {}

  /**
   * A filter for nodes.
   *
   * @param backend whom to ask; an invalid one refuses every request
   */
  static dev.weft.api.v1.ExternalAuth translate(ExternalAuth filter, Backend.Builder backend) {
    dev.weft.api.v1.ExternalAuth.Builder made =
        dev.weft.api.v1.ExternalAuth.newBuilder().setBackend(backend).setMaxBody(maxBody(filter));
    ExternalAuth.Grpc grpc = filter.grpc();
    if (grpc != null) {
      made.setGrpc(
          dev.weft.api.v1.ExternalAuth.Grpc.newBuilder()
              .addAllHeaders(lower(grpc.allowedHeaders())));
    }
    ExternalAuth.Http http = filter.http();
    if (http != null) {
      made.setHttp(
          dev.weft.api.v1.ExternalAuth.Http.newBuilder()
              .setPathPrefix(prefix(http.path()))
              .addAllRequestHeaders(lower(http.allowedHeaders()))
              .addAllResponseHeaders(lower(http.allowedResponseHeaders())));
    }
    return made.build();
  }

  /** Whether more of a body is asked for than nodes hold. */
  static boolean asksForMore(ExternalAuth filter) {
    ExternalAuth.ForwardBody body = filter.forwardBody();
    return body != null && body.maxSize() > MAX_BODY;
  }

  private static int maxBody(ExternalAuth filter) {
    ExternalAuth.ForwardBody body = filter.forwardBody();
    return body == null ? 0 : Math.min(body.maxSize(), MAX_BODY);
  }

  /** The prefix so that a request's path, which begins with a slash, can follow. */
  private static String prefix(String path) {
    String bare = path;
    while (bare.endsWith("/")) {
      bare = bare.substring(0, bare.length() - 1);
    }
    return bare.isEmpty() || bare.startsWith("/") ? bare : "/" + bare;
  }

  private static List<String> lower(List<String> names) {
    return names.stream().map(name -> name.toLowerCase(Locale.ROOT)).distinct().toList();
  }
}
