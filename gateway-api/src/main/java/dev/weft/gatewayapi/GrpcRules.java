package dev.weft.gatewayapi;

import dev.weft.api.v1.HttpMatch;
import dev.weft.api.v1.HttpRule;
import dev.weft.api.v1.StringMatch;
import dev.weft.resources.GrpcRoute;
import dev.weft.resources.SessionPersistence;
import org.jspecify.annotations.Nullable;

/** Rules of a GRPCRoute: a method is the path "/package.Service/Method". */
final class GrpcRules {
  private static final String ANY = "[^/]+";

  private GrpcRules() {}

  static HttpRule translate(GrpcRoute.Rule rule, RuleTranslation parts) {
    HttpRule.Builder made = HttpRule.newBuilder().setName(rule.name());
    for (GrpcRoute.Match match : rule.matches()) {
      HttpMatch.Builder http = HttpMatch.newBuilder();
      GrpcRoute.MethodMatch method = match.method();
      if (method != null) {
        http.setPath(path(method, parts));
      }
      HttpRules.addHeaders(http, match.headers(), parts);
      if (!parts.takeBrokenMatch()) {
        made.addMatches(http);
      }
    }
    SessionPersistence session = rule.sessionPersistence();
    if (session != null) {
      made.setSession(parts.session(session));
    }
    return made.addAllFilters(parts.filters(rule.filters()))
        .addAllBackends(parts.backends(rule.backendRefs()))
        .build();
  }

  private static StringMatch path(GrpcRoute.MethodMatch match, RuleTranslation parts) {
    String service = match.service();
    String method = match.method();
    if (!match.type().equals("Exact")) {
      return parts.regex("/" + group(service) + "/" + group(method));
    }
    if (service == null) {
      return parts.regex("/" + ANY + "/" + method);
    }
    return method == null
        ? StringMatch.newBuilder().setPrefix("/" + service + "/").build()
        : StringMatch.newBuilder().setExact("/" + service + "/" + method).build();
  }

  private static String group(@Nullable String expression) {
    return expression == null ? ANY : "(?:" + expression + ")";
  }
}
