package dev.weft.resources;

import com.fasterxml.jackson.databind.JsonNode;
import dev.weft.resources.Schema.Carried;
import dev.weft.resources.Schema.Checked;
import dev.weft.resources.Schema.Default;
import dev.weft.resources.Schema.OneOf;
import dev.weft.resources.Schema.Problem;
import dev.weft.resources.Schema.Range;
import dev.weft.resources.Schema.Size;
import dev.weft.resources.Schema.Text;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** An HTTPRoute. */
public record HttpRoute(
    ObjectMeta metadata, Spec spec, @Carried({"status"}) Map<String, JsonNode> carried)
    implements Route {

  /**
   * What is wanted.
   *
   * @param hostnames empty: every host of the listeners
   */
  public record Spec(
      @Size(max = 32) List<ParentRef> parentRefs,
      @Size(max = 16) @Text(min = 1, max = 253, pattern = Schema.HOSTNAME) List<String> hostnames,
      @Default("[{}]") @Size(min = 1, max = 16) List<Rule> rules,
      @Default("") @OneOf({"", "All", "None"}) String useDefaultGateways)
      implements Route.Wanted, Checked {

    @Override
    public List<Problem> problems() {
      List<Problem> found = new ArrayList<>(RouteNames.problems(rules, Rule::name));
      int matches = rules.stream().mapToInt(rule -> rule.matches().size()).sum();
      if (matches > 128) {
        found.add(new Problem("rules", "must not have more than 128 matches together"));
      }
      return found;
    }
  }

  /**
   * One rule.
   *
   * @param name "" for none
   * @param matches any of; empty: everything
   */
  public record Rule(
      @Default("") @Text(max = 253, pattern = "|" + Schema.DNS_SUBDOMAIN) String name,
      @Size(max = 64) List<Match> matches,
      @Size(max = 16) List<RouteFilter> filters,
      @Size(max = 16) List<BackendRef> backendRefs,
      @Nullable Timeouts timeouts,
      @Nullable Retry retry,
      @Nullable SessionPersistence sessionPersistence)
      implements Checked {

    @Override
    public List<Problem> problems() {
      List<Problem> found = new ArrayList<>(RouteFilter.problemsOf(filters, "filters"));
      for (int i = 0; i < filters.size(); i++) {
        RouteFilter filter = filters.get(i);
        if (filter.requestRedirect() != null && !backendRefs.isEmpty()) {
          found.add(
              new Problem("filters[" + i + "]", "RequestRedirect excludes backendRefs in a rule"));
        }
        if (replacesPrefix(filter) && !matchesOnePrefix()) {
          found.add(
              new Problem(
                  "filters[" + i + "]",
                  "ReplacePrefixMatch needs exactly one match, and that on a PathPrefix"));
        }
      }
      for (int i = 0; i < backendRefs.size(); i++) {
        List<RouteFilter> own = backendRefs.get(i).filters();
        found.addAll(RouteFilter.problemsOf(own, "backendRefs[" + i + "].filters"));
        if (own.stream().anyMatch(Rule::replacesPrefix) && !matchesOnePrefix()) {
          found.add(
              new Problem(
                  "backendRefs[" + i + "].filters",
                  "ReplacePrefixMatch needs exactly one match, and that on a PathPrefix"));
        }
      }
      return found;
    }

    private boolean matchesOnePrefix() {
      return matches.isEmpty()
          || (matches.size() == 1 && matches.getFirst().path().type().equals("PathPrefix"));
    }

    private static boolean replacesPrefix(RouteFilter filter) {
      RouteFilter.Redirect redirect = filter.requestRedirect();
      RouteFilter.Rewrite rewrite = filter.urlRewrite();
      RouteFilter.PathModifier path =
          redirect != null ? redirect.path() : rewrite != null ? rewrite.path() : null;
      return path != null && path.replacesPrefix();
    }
  }

  /**
   * All of these.
   *
   * @param method null: any
   */
  public record Match(
      @Default("{}") PathMatch path,
      @Size(max = 16) List<ValueMatch> headers,
      @Size(max = 16) List<QueryMatch> queryParams,
      @Nullable
          @OneOf({"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"})
          String method) {}

  public record PathMatch(
      @Default("PathPrefix") @OneOf({"Exact", "PathPrefix", "RegularExpression"}) String type,
      @Default("/") @Text(max = 1024) String value)
      implements Checked {
    private static final Pattern PATH =
        Pattern.compile("(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|%[0-9a-fA-F]{2})+");

    @Override
    public List<Problem> problems() {
      if (type.equals("RegularExpression")) {
        return List.of();
      }
      if (!value.startsWith("/")) {
        return List.of(new Problem("value", "must begin with /"));
      }
      boolean ambiguous =
          value.contains("//")
              || value.contains("/./")
              || value.contains("/../")
              || value.endsWith("/..")
              || value.endsWith("/.")
              || value.contains("%2f")
              || value.contains("%2F");
      return ambiguous || !PATH.matcher(value).matches()
          ? List.of(
              new Problem(
                  "value", "must be a normal URL path: no //, /./, /../, %2f, # or bare spaces"))
          : List.of();
    }
  }

  public record ValueMatch(
      @Default("Exact") @OneOf({"Exact", "RegularExpression"}) String type,
      @Text(min = 1, max = 256, pattern = Schema.HEADER_NAME) String name,
      @Text(min = 1, max = 4096) String value) {}

  public record QueryMatch(
      @Default("Exact") @OneOf({"Exact", "RegularExpression"}) String type,
      @Text(min = 1, max = 256, pattern = Schema.HEADER_NAME) String name,
      @Text(min = 1, max = 1024) String value) {}

  /** Null or zero: none. */
  public record Timeouts(@Nullable Duration request, @Nullable Duration backendRequest)
      implements Checked {

    @Override
    public List<Problem> problems() {
      return request != null
              && backendRequest != null
              && !request.isZero()
              && backendRequest.compareTo(request) > 0
          ? List.of(new Problem("backendRequest", "must not be longer than request"))
          : List.of();
    }
  }

  /**
   * How a failed try is repeated.
   *
   * @param attempts retries after the first try
   * @param backoff the least wait before a retry; null: the proxy's choice
   */
  public record Retry(
      @Range(min = 400, max = 599) List<Integer> codes,
      @Default("1") @Range(min = 0, max = 100) int attempts,
      @Nullable Duration backoff) {}

  @Override
  public HttpRoute withMetadata(ObjectMeta value) {
    return new HttpRoute(value, spec, carried);
  }

  /** What HTTPRoute and GRPCRoute demand of their rules' names. */
  static final class RouteNames {
    private RouteNames() {}

    static <T> List<Problem> problems(
        List<T> rules, java.util.function.Function<T, String> nameOf) {
      List<Problem> found = new ArrayList<>();
      Set<String> names = new HashSet<>();
      for (int i = 0; i < rules.size(); i++) {
        String name = nameOf.apply(rules.get(i));
        if (!name.isEmpty() && !names.add(name)) {
          found.add(new Problem("rules[" + i + "].name", "is used by another rule"));
        }
      }
      return found;
    }
  }
}
