package dev.weft.routing;

import dev.weft.api.v1.Attachment;
import dev.weft.api.v1.Backend;
import dev.weft.api.v1.HeaderModifier;
import dev.weft.api.v1.HttpFilter;
import dev.weft.api.v1.HttpMatch;
import dev.weft.api.v1.HttpRoute;
import dev.weft.api.v1.HttpRule;
import dev.weft.routing.MatchEntry.Rank;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** An HTTPRoute or GRPCRoute, compiled apart from the places it is attached to. Immutable. */
record CompiledRoute(
    String name, boolean grpc, List<Attachment> attachments, List<MatchEntry> entries)
    implements Attached.Route {

  /**
   * @throws IllegalArgumentException naming the rule and what is wrong with it
   */
  static CompiledRoute of(HttpRoute route) {
    String name = route.getNamespace() + "/" + route.getName();
    String id = (route.getGrpc() ? "grpcroute/" : "httproute/") + name + "/";
    List<MatchEntry> entries = new ArrayList<>();
    for (int i = 0; i < route.getRulesCount(); i++) {
      HttpRule rule = route.getRules(i);
      try {
        Rule compiled =
            rule(id + (rule.getName().isEmpty() ? String.valueOf(i) : rule.getName()), rule);
        List<HttpMatch> matches =
            rule.getMatchesCount() == 0
                ? List.of(HttpMatch.getDefaultInstance())
                : rule.getMatchesList();
        for (int m = 0; m < matches.size(); m++) {
          Rank rank = new Rank(route.getCreatedAtMs(), name, i, m);
          entries.add(MatchEntry.of(matches.get(m), route.getGrpc(), rank, compiled));
        }
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException("rule " + i + ": " + e.getMessage(), e);
      }
    }
    return new CompiledRoute(name, route.getGrpc(), route.getAttachmentsList(), entries);
  }

  /** The one rule of a Service port without routes. */
  static CompiledRoute implicit(ServiceKey service) {
    return single("service/" + service, BackendChoice.ToService.plain(service), List.of());
  }

  /**
   * Stands for a route that could not be compiled and has no earlier form: what no other route
   * takes at its places is answered with 500 instead of going where the route might not have sent
   * it.
   */
  static CompiledRoute refused(HttpRoute route, String reason) {
    String name = route.getNamespace() + "/" + route.getName();
    return single(name, new BackendChoice.Invalid(reason), route.getAttachmentsList());
  }

  private static CompiledRoute single(
      String id, BackendChoice choice, List<Attachment> attachments) {
    Plan.Forward forward =
        new Plan.Forward(
            null,
            null,
            HeaderEdits.NONE,
            HeaderEdits.NONE,
            List.of(),
            List.of(),
            Timeouts.NONE,
            RetryPolicy.NONE);
    WeightedBackends only = WeightedBackends.of(List.of(new WeightedBackends.Weighted(choice, 1)));
    Rule rule = new Rule(id, Rule.Actions.NONE, forward, only, null);
    Rank last = new Rank(Long.MAX_VALUE, id, 0, 0);
    MatchEntry entry = MatchEntry.of(HttpMatch.getDefaultInstance(), false, last, rule);
    return new CompiledRoute(id, false, attachments, List.of(entry));
  }

  private static Rule rule(String id, HttpRule rule) {
    Filters filters = Filters.of(rule.getFiltersList());
    Plan.Forward forward =
        new Plan.Forward(
            null,
            filters.rewrite == null ? null : filters.rewrite.hostname(),
            filters.request,
            filters.response,
            filters.auths,
            filters.mirrors,
            new Timeouts(rule.getRequestTimeoutMs(), rule.getBackendRequestTimeoutMs()),
            rule.hasRetry() ? RetryPolicy.of(rule.getRetry()) : RetryPolicy.NONE);
    List<WeightedBackends.Weighted> backends = new ArrayList<>();
    for (Backend backend : rule.getBackendsList()) {
      backends.add(
          new WeightedBackends.Weighted(
              choice(backend), Integer.toUnsignedLong(backend.getWeight())));
    }
    return new Rule(
        id,
        new Rule.Actions(filters.redirect, filters.rewrite, filters.cors),
        forward,
        WeightedBackends.of(backends),
        rule.hasSession() ? SessionRule.of(rule.getSession(), id) : null);
  }

  static BackendChoice choice(Backend backend) {
    return switch (backend.getTargetCase()) {
      case INVALID -> new BackendChoice.Invalid(backend.getInvalid());
      case TARGET_NOT_SET -> new BackendChoice.Invalid("the backend names no Service");
      case SERVICE -> {
        Filters filters = Filters.of(backend.getFiltersList());
        if (filters.redirect != null) {
          yield new BackendChoice.Invalid(
              "a redirect is not possible on a single backend; put it on the rule");
        }
        if (filters.cors != null) {
          yield new BackendChoice.Invalid(
              "CORS is not possible on a single backend; put it on the rule");
        }
        if (!filters.auths.isEmpty()) {
          yield new BackendChoice.Invalid(
              "external authorization is not possible on a single backend; put it on the rule");
        }
        Backend.BackendService service = backend.getService();
        yield new BackendChoice.ToService(
            new ServiceKey(service.getNamespace(), service.getName(), service.getPort()),
            filters.request,
            filters.response,
            filters.rewrite,
            filters.mirrors);
      }
    };
  }

  /** A list of filters by kind. */
  private record Filters(
      HeaderEdits request,
      HeaderEdits response,
      @Nullable Redirect redirect,
      @Nullable Rewrite rewrite,
      @Nullable Cors cors,
      List<ExternalAuth> auths,
      List<Mirror> mirrors) {

    static Filters of(List<HttpFilter> filters) {
      List<HeaderModifier> request = new ArrayList<>();
      List<HeaderModifier> response = new ArrayList<>();
      List<ExternalAuth> auths = new ArrayList<>(0);
      List<Mirror> mirrors = new ArrayList<>();
      Redirect redirect = null;
      Rewrite rewrite = null;
      Cors cors = null;
      for (HttpFilter filter : filters) {
        switch (filter.getKindCase()) {
          case REQUEST_HEADERS -> request.add(filter.getRequestHeaders());
          case RESPONSE_HEADERS -> response.add(filter.getResponseHeaders());
          case REDIRECT -> redirect = Redirect.of(filter.getRedirect());
          case REWRITE -> rewrite = Rewrite.of(filter.getRewrite());
          case MIRROR -> mirrors.add(mirror(filter.getMirror()));
          case CORS -> cors = Cors.of(filter.getCors());
          case EXTERNAL_AUTH -> auths.add(ExternalAuth.of(filter.getExternalAuth()));
          case KIND_NOT_SET ->
              throw new IllegalArgumentException(
                  "a filter of a kind that this version does not know");
        }
      }
      return new Filters(
          HeaderEdits.of(request),
          HeaderEdits.of(response),
          redirect,
          rewrite,
          cors,
          List.copyOf(auths),
          List.copyOf(mirrors));
    }

    private static Mirror mirror(dev.weft.api.v1.Mirror mirror) {
      int denominator = mirror.getDenominator() == 0 ? 1 : mirror.getDenominator();
      int numerator = mirror.getDenominator() == 0 ? 1 : mirror.getNumerator();
      return new Mirror(choice(mirror.getBackend()), numerator, denominator);
    }
  }
}
