package dev.weft.routing;

import static dev.weft.routing.Fixtures.http;
import static dev.weft.routing.Fixtures.match;
import static dev.weft.routing.Fixtures.rule;
import static dev.weft.routing.Fixtures.toListener;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.api.v1.HttpMatch;
import dev.weft.api.v1.HttpRoute;
import dev.weft.api.v1.HttpRule;
import dev.weft.api.v1.NamedMatch;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The compiled table decides as a list of all matches, sorted by the specification's criteria,
 * would.
 */
class RouteTablePropertyTest {
  private static final List<String> HOSTS =
      List.of("a.com", "x.a.com", "y.x.a.com", "b.com", "z.b.com", "com", "other");
  private static final List<String> HOSTNAMES =
      List.of("", "a.com", "*.a.com", "*.x.a.com", "x.a.com", "*.com");
  private static final List<String> PATHS =
      List.of("/", "/a", "/a/", "/a/b", "/ab", "/a/b/c", "/b", "/b/a", "/a//b", "/c/12", "/c/xy");
  private static final List<String> EXPRESSIONS =
      List.of("/a/.*", "/a.*", "/c/[0-9]+", "/(a|b)/.*", ".*/b", "/b?.*", "/a/b+/?c?");

  /** One match as a plain fact. */
  private record Flat(
      String hostname,
      HttpMatch match,
      boolean grpc,
      long created,
      String route,
      int rule,
      int index) {}

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
  void agreesWithTheNaiveMatcher(long seed) {
    Random random = new Random(seed);
    for (int round = 0; round < 60; round++) {
      List<HttpRoute.Builder> routes = new ArrayList<>();
      int count = 1 + random.nextInt(12);
      for (int i = 0; i < count; i++) {
        routes.add(randomRoute(random, i));
      }
      RouteTable table = Fixtures.table(routes.toArray(new HttpRoute.Builder[0]));
      List<Flat> flat = flatten(routes);
      for (int i = 0; i < 80; i++) {
        TestRequest request = randomRequest(random);
        String actual =
            switch (table.route(request)) {
              case Route.NotFound _ -> "404";
              case Route.Matched matched -> matched.rule().id();
            };
        assertThat(actual)
            .as("seed %s, %s among %s", seed, request, flat)
            .isEqualTo(naive(flat, request));
      }
    }
  }

  private static HttpRoute.Builder randomRoute(Random random, int number) {
    HttpRoute.Builder route = http("n" + random.nextInt(2), "r" + number);
    route.setCreatedAtMs(random.nextInt(3)).setGrpc(random.nextInt(5) == 0);
    int rules = 1 + random.nextInt(3);
    for (int r = 0; r < rules; r++) {
      HttpRule.Builder rule = rule("");
      int matches = random.nextInt(3);
      for (int m = 0; m < matches; m++) {
        rule.addMatches(randomMatch(random));
      }
      route.addRules(rule);
    }
    List<String> hostnames = new ArrayList<>();
    for (int h = random.nextInt(3); h > 0; h--) {
      hostnames.add(pick(random, HOSTNAMES.subList(1, HOSTNAMES.size())));
    }
    return route.addAttachments(
        toListener("n", "g", "l", hostnames.stream().distinct().toArray(String[]::new)));
  }

  private static HttpMatch randomMatch(Random random) {
    List<String> words = new ArrayList<>();
    switch (random.nextInt(5)) {
      case 0 -> words.add("exact:" + pick(random, PATHS));
      case 1 -> words.add("regex:" + pick(random, EXPRESSIONS));
      case 2, 3 -> words.add("prefix:" + pick(random, PATHS));
      default -> {}
    }
    if (random.nextInt(4) == 0) {
      words.add(random.nextBoolean() ? "GET" : "POST");
    }
    for (String header : List.of("one", "two")) {
      if (random.nextInt(5) == 0) {
        words.add("h:" + header + "=" + random.nextInt(2));
      }
    }
    for (String parameter : List.of("q", "r")) {
      if (random.nextInt(6) == 0) {
        words.add("q:" + parameter + "=" + random.nextInt(2));
      }
    }
    return match(words.toArray(new String[0]));
  }

  private static TestRequest randomRequest(Random random) {
    String query =
        random.nextInt(3) == 0 ? "?q=" + random.nextInt(2) + "&r=" + random.nextInt(2) : "";
    return TestRequest.of(
        random.nextBoolean() ? "GET" : "POST",
        pick(random, HOSTS),
        pick(random, PATHS) + query,
        "one",
        String.valueOf(random.nextInt(3)),
        "two",
        String.valueOf(random.nextInt(3)),
        "content-type",
        random.nextInt(4) == 0 ? "application/grpc" : "text/plain");
  }

  private static <T> T pick(Random random, List<T> list) {
    return list.get(random.nextInt(list.size()));
  }

  private static List<Flat> flatten(List<HttpRoute.Builder> routes) {
    List<Flat> flat = new ArrayList<>();
    for (HttpRoute.Builder route : routes) {
      List<String> hostnames = route.getAttachments(0).getHostnamesList();
      for (String hostname : hostnames.isEmpty() ? List.of("") : hostnames) {
        for (int r = 0; r < route.getRulesCount(); r++) {
          List<HttpMatch> matches = route.getRules(r).getMatchesList();
          matches = matches.isEmpty() ? List.of(HttpMatch.getDefaultInstance()) : matches;
          for (int m = 0; m < matches.size(); m++) {
            flat.add(
                new Flat(
                    hostname,
                    matches.get(m),
                    route.getGrpc(),
                    route.getCreatedAtMs(),
                    route.getNamespace() + "/" + route.getName(),
                    r,
                    m));
          }
        }
      }
    }
    return flat;
  }

  private static String naive(List<Flat> flat, TestRequest request) {
    return flat.stream()
        .filter(one -> matches(one, request))
        .min(
            Comparator.<Flat>comparingInt(
                    one -> one.hostname.startsWith("*") ? 0 : -one.hostname.length())
                .thenComparingInt(one -> -one.hostname.length())
                .thenComparingInt(one -> pathRank(one.match))
                .thenComparingInt(one -> -pathText(one.match).length())
                .thenComparing(one -> !one.grpc)
                .thenComparing(one -> one.match.getMethod().isEmpty())
                .thenComparingInt(one -> -one.match.getHeadersCount())
                .thenComparingInt(one -> -one.match.getQueryCount())
                .thenComparingLong(Flat::created)
                .thenComparing(Flat::route)
                .thenComparingInt(Flat::rule)
                .thenComparingInt(Flat::index))
        .map(one -> (one.grpc ? "grpcroute/" : "httproute/") + one.route + "/" + one.rule)
        .orElse("404");
  }

  private static int pathRank(HttpMatch match) {
    return switch (match.getPath().getKindCase()) {
      case EXACT -> 0;
      case PREFIX -> match.getPath().getPrefix().equals("/") ? 3 : 1;
      case REGEX -> 2;
      case KIND_NOT_SET -> 3;
    };
  }

  private static String pathText(HttpMatch match) {
    return switch (match.getPath().getKindCase()) {
      case EXACT -> match.getPath().getExact();
      case PREFIX -> match.getPath().getPrefix();
      case REGEX -> match.getPath().getRegex();
      case KIND_NOT_SET -> "/";
    };
  }

  private static boolean matches(Flat one, TestRequest request) {
    boolean host =
        one.hostname.startsWith("*")
            ? request.host().endsWith(one.hostname.substring(1))
                && request.host().length() > one.hostname.length() - 1
            : one.hostname.isEmpty() || one.hostname.equals(request.host());
    boolean grpc =
        !one.grpc
            || request.headers().getOrDefault("content-type", "").startsWith("application/grpc");
    boolean method =
        one.match.getMethod().isEmpty() || one.match.getMethod().equals(request.method());
    return host && grpc && method && path(one.match, request) && values(one.match, request);
  }

  private static boolean path(HttpMatch match, TestRequest request) {
    String path = request.pathAndQuery().substring(0, request.pathLength());
    String text = pathText(match);
    return switch (match.getPath().getKindCase()) {
      case EXACT -> path.equals(text);
      case REGEX -> java.util.regex.Pattern.matches(text, path);
      case PREFIX, KIND_NOT_SET -> {
        String stripped = text.endsWith("/") ? text.substring(0, text.length() - 1) : text;
        yield path.equals(stripped) || path.startsWith(stripped + "/");
      }
    };
  }

  private static boolean values(HttpMatch match, TestRequest request) {
    for (NamedMatch header : match.getHeadersList()) {
      if (!header.getValue().getExact().equals(request.headers().get(header.getName()))) {
        return false;
      }
    }
    for (NamedMatch parameter : match.getQueryList()) {
      String wanted = parameter.getName() + "=" + parameter.getValue().getExact();
      String query = request.pathAndQuery().substring(request.pathLength());
      if (!List.of(query.replace("?", "").split("&", -1)).contains(wanted)) {
        return false;
      }
    }
    return true;
  }
}
