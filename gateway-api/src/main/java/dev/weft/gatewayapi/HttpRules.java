package dev.weft.gatewayapi;

import dev.weft.api.v1.HttpMatch;
import dev.weft.api.v1.HttpRule;
import dev.weft.api.v1.NamedMatch;
import dev.weft.api.v1.Retry;
import dev.weft.api.v1.StringMatch;
import dev.weft.resources.HttpRoute;
import dev.weft.resources.SessionPersistence;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Rules of an HTTPRoute. */
final class HttpRules {
  /** Nodes' limit, which holds whatever a route says. */
  private static final Duration LONGEST_BACKOFF = Duration.ofSeconds(30);

  private HttpRules() {}

  static HttpRule translate(HttpRoute.Rule rule, RuleTranslation parts) {
    HttpRule.Builder made = HttpRule.newBuilder().setName(rule.name());
    for (HttpRoute.Match match : rule.matches()) {
      HttpMatch read = match(match, parts);
      if (!parts.takeBrokenMatch()) {
        made.addMatches(read);
      }
    }
    made.addAllFilters(parts.filters(rule.filters()));
    made.addAllBackends(parts.backends(rule.backendRefs()));
    HttpRoute.Timeouts timeouts = rule.timeouts();
    if (timeouts != null) {
      made.setRequestTimeoutMs(millis(timeouts.request()));
      made.setBackendRequestTimeoutMs(millis(timeouts.backendRequest()));
    }
    SessionPersistence session = rule.sessionPersistence();
    if (session != null) {
      made.setSession(parts.session(session));
    }
    HttpRoute.Retry retry = rule.retry();
    if (retry != null && retry.attempts() > 0) {
      check(retry, timeouts, parts);
      made.setRetry(
          Retry.newBuilder()
              .setAttempts(retry.attempts())
              .addAllCodes(retry.codes())
              .setBackoffMs(millis(retry.backoff())));
    }
    return made.build();
  }

  /** Says what of a retry will never happen. */
  private static void check(
      HttpRoute.Retry retry, HttpRoute.@Nullable Timeouts timeouts, RuleTranslation parts) {
    long backoff = millis(retry.backoff());
    if (backoff > LONGEST_BACKOFF.toMillis()) {
      parts.remark("retry.backoff is " + LONGEST_BACKOFF.toSeconds() + " s at most");
    }
    long request = timeouts == null ? 0 : millis(timeouts.request());
    if (request > 0 && backoff >= request) {
      parts.remark("nothing is retried: retry.backoff is not shorter than timeouts.request");
    }
  }

  private static long millis(@Nullable Duration duration) {
    return duration == null ? 0 : duration.toMillis();
  }

  private static HttpMatch match(HttpRoute.Match match, RuleTranslation parts) {
    HttpMatch.Builder made = HttpMatch.newBuilder().setPath(path(match.path(), parts));
    String method = match.method();
    if (method != null) {
      made.setMethod(method);
    }
    addHeaders(made, match.headers(), parts);
    for (HttpRoute.QueryMatch query : match.queryParams()) {
      // Of several matches on one name the first counts (HTTPRouteMatch.queryParams).
      if (made.getQueryList().stream().noneMatch(other -> other.getName().equals(query.name()))) {
        made.addQuery(
            NamedMatch.newBuilder()
                .setName(query.name())
                .setValue(parts.value(query.type(), query.value())));
      }
    }
    return made.build();
  }

  static void addHeaders(
      HttpMatch.Builder made, List<HttpRoute.ValueMatch> headers, RuleTranslation parts) {
    for (HttpRoute.ValueMatch header : headers) {
      String name = header.name().toLowerCase(Locale.ROOT);
      // Of several matches on one name the first counts (HTTPRouteMatch.headers).
      if (made.getHeadersList().stream().noneMatch(other -> other.getName().equals(name))) {
        made.addHeaders(
            NamedMatch.newBuilder()
                .setName(name)
                .setValue(parts.value(header.type(), header.value())));
      }
    }
  }

  private static StringMatch path(HttpRoute.PathMatch path, RuleTranslation parts) {
    return switch (path.type()) {
      case "Exact" -> StringMatch.newBuilder().setExact(path.value()).build();
      case "RegularExpression" -> parts.regex(path.value());
      default -> StringMatch.newBuilder().setPrefix(path.value()).build();
    };
  }
}
