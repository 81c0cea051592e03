package dev.weft.routing;

import static dev.weft.routing.Fixtures.backend;
import static dev.weft.routing.Fixtures.header;
import static dev.weft.routing.Fixtures.http;
import static dev.weft.routing.Fixtures.match;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weft.api.v1.Backend;
import dev.weft.api.v1.HeaderModifier;
import dev.weft.api.v1.HttpFilter;
import dev.weft.api.v1.HttpRule;
import dev.weft.api.v1.Mirror;
import dev.weft.api.v1.PathRewrite;
import dev.weft.api.v1.Retry;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RulePlanTest {

  @ParameterizedTest
  @CsvSource({
    // the table in HTTPPathModifier
    "/foo/bar,     /foo,   /xyz,   /xyz/bar",
    "/foo/bar,     /foo,   /xyz/,  /xyz/bar",
    "/foo/bar,     /foo/,  /xyz,   /xyz/bar",
    "/foo/bar,     /foo/,  /xyz/,  /xyz/bar",
    "/foo,         /foo,   /xyz,   /xyz",
    "/foo/,        /foo,   /xyz,   /xyz/",
    "/foo/bar,     /foo,   '',     /bar",
    "/foo/,        /foo,   '',     /",
    "/foo,         /foo,   '',     /",
    "/foo/,        /foo,   /,      /",
    "/foo,         /foo,   /,      /",
    // and beyond it
    "/foo/bar?q=1, /foo,   /xyz,   /xyz/bar?q=1",
    "/foo?q=/foo,  /foo,   /xyz,   /xyz?q=/foo",
    "/a/b,         /,      /xyz,   /xyz/a/b",
    "/a/b,         /,      /,      /a/b",
    "/foo/bar,     /foo,   xyz,    /xyz/bar",
  })
  void replacesAPrefix(String target, String prefix, String replacement, String expected) {
    Route.Matched matched =
        matched(
            HttpRule.newBuilder()
                .addMatches(match("prefix:" + prefix))
                .addFilters(rewrite("", PathRewrite.newBuilder().setPrefix(replacement))),
            TestRequest.get("h", target));

    assertThat(forward(matched, TestRequest.get("h", target)).pathAndQuery()).isEqualTo(expected);
  }

  @Test
  void replacesTheWholePathAndKeepsTheQuery() {
    HttpRule.Builder rule =
        HttpRule.newBuilder()
            .addFilters(rewrite("new.example", PathRewrite.newBuilder().setFull("/all")));
    Plan.Forward plan = forward(rule, TestRequest.get("h", "/x/y?z=1"));

    assertThat(plan.pathAndQuery()).isEqualTo("/all?z=1");
    assertThat(plan.authority()).isEqualTo("new.example");
  }

  @Test
  void aPlanWithoutARewriteIsTheRulesOwn() {
    HttpRule.Builder rule = HttpRule.newBuilder().addFilters(rewrite("new.example", null));
    Route.Matched matched = matched(rule, TestRequest.get("h", "/"));
    Plan first = matched.plan(TestRequest.get("h", "/"));

    assertThat(matched.plan(TestRequest.get("h", "/other"))).isSameAs(first);
    assertThat(((Plan.Forward) first).pathAndQuery()).isNull();
    assertThat(((Plan.Forward) first).authority()).isEqualTo("new.example");
  }

  @ParameterizedTest
  @CsvSource({
    // request scheme and port, redirect's scheme, port and hostname (conformance:
    // HTTPRouteRedirectPortAndScheme)
    "http,  80,   '',    0,    '',          http://h/p?q",
    "http,  8080, '',    0,    '',          http://h:8080/p?q",
    "http,  80,   '',    0,    example.org, http://example.org/p?q",
    "http,  80,   '',    80,   example.org, http://example.org/p?q",
    "http,  80,   '',    8080, example.org, http://example.org:8080/p?q",
    "http,  80,   https, 0,    example.org, https://example.org/p?q",
    "http,  80,   https, 443,  example.org, https://example.org/p?q",
    "http,  80,   https, 8443, example.org, https://example.org:8443/p?q",
    "http,  8080, '',    80,   example.org, http://example.org/p?q",
    "http,  8080, https, 0,    example.org, https://example.org/p?q",
    "http,  8080, http,  0,    example.org, http://example.org/p?q",
    "http,  8080, http,  8080, example.org, http://example.org:8080/p?q",
    "https, 443,  '',    0,    example.org, https://example.org/p?q",
    "https, 443,  '',    443,  example.org, https://example.org/p?q",
    "https, 443,  '',    8443, example.org, https://example.org:8443/p?q",
    "https, 443,  http,  0,    example.org, http://example.org/p?q",
    "https, 443,  http,  8080, example.org, http://example.org:8080/p?q",
    "https, 8443, '',    0,    '',          https://h:8443/p?q",
  })
  void redirects(
      String scheme, int port, String toScheme, int toPort, String hostname, String expected) {
    HttpRule.Builder rule =
        HttpRule.newBuilder()
            .addFilters(
                HttpFilter.newBuilder()
                    .setRedirect(
                        dev.weft.api.v1.Redirect.newBuilder()
                            .setScheme(toScheme)
                            .setPort(toPort)
                            .setHostname(hostname)));
    TestRequest request = TestRequest.get("h", "/p?q").at(scheme, port);

    assertThat(matched(rule, request).plan(request))
        .isEqualTo(new Plan.Answer(302, expected, HeaderEdits.NONE));
  }

  @Test
  void redirectsPaths() {
    HttpRule.Builder rule =
        HttpRule.newBuilder()
            .addMatches(match("prefix:/old"))
            .addFilters(
                HttpFilter.newBuilder()
                    .setRedirect(
                        dev.weft.api.v1.Redirect.newBuilder()
                            .setStatus(301)
                            .setPath(PathRewrite.newBuilder().setPrefix("/new"))));
    TestRequest request = TestRequest.get("h", "/old/x?y");

    assertThat(matched(rule, request).plan(request))
        .isEqualTo(new Plan.Answer(301, "http://h/new/x?y", HeaderEdits.NONE));
  }

  @Test
  void refusesRedirectsWithOtherStatuses() {
    HttpRule.Builder rule =
        HttpRule.newBuilder()
            .addFilters(
                HttpFilter.newBuilder()
                    .setRedirect(dev.weft.api.v1.Redirect.newBuilder().setStatus(200)));

    assertThatThrownBy(() -> matched(rule, TestRequest.get("h", "/")))
        .hasMessageContaining("status 200");
  }

  @Test
  void editsHeadersInOrder() {
    HeaderModifier modifier =
        HeaderModifier.newBuilder()
            .addSet(header("X-Set", "s"))
            .addAdd(header("x-Add", "a"))
            .addRemove("X-Remove")
            .build();
    HttpRule.Builder rule =
        HttpRule.newBuilder()
            .addFilters(HttpFilter.newBuilder().setRequestHeaders(modifier))
            .addFilters(HttpFilter.newBuilder().setResponseHeaders(modifier));
    Plan.Forward plan = forward(rule, TestRequest.get("h", "/"));

    assertThat(edits(plan.request()))
        .containsExactly("set x-set=s", "add x-add=a", "remove x-remove");
    assertThat(edits(plan.response()))
        .containsExactly("set x-set=s", "add x-add=a", "remove x-remove");
    assertThat(HeaderEdits.NONE.isEmpty()).isTrue();
  }

  @ParameterizedTest
  @CsvSource({"Content-Length", "transfer-encoding", "Connection", "upgrade", "te"})
  void refusesToEditWhatFramesAMessage(String name) {
    HttpRule.Builder rule =
        HttpRule.newBuilder()
            .addFilters(
                HttpFilter.newBuilder()
                    .setRequestHeaders(HeaderModifier.newBuilder().addSet(header(name, "5"))));

    assertThatThrownBy(() -> matched(rule, TestRequest.get("h", "/")))
        .hasMessageContaining("is the connection's own");
  }

  @Test
  void addsToTheLineThatIsThere() {
    assertThat(HeaderEdits.joined("x-a", List.of(), "1")).isEqualTo("1");
    assertThat(HeaderEdits.joined("x-a", List.of("1", "2"), "3")).isEqualTo("1,2,3");
    assertThat(HeaderEdits.joined("cookie", List.of("a=1"), "b=2")).isEqualTo("a=1; b=2");
    assertThat(HeaderEdits.joined("set-cookie", List.of("a=1"), "b=2")).isNull();
  }

  private static List<String> edits(HeaderEdits edits) {
    List<String> seen = new ArrayList<>();
    edits.apply(
        new HeaderSink() {
          @Override
          public boolean has(String name) {
            return false;
          }

          @Override
          public void set(String name, String value) {
            seen.add("set " + name + "=" + value);
          }

          @Override
          public void add(String name, String value) {
            seen.add("add " + name + "=" + value);
          }

          @Override
          public void remove(String name) {
            seen.add("remove " + name);
          }
        });
    return seen;
  }

  @Test
  void picksBackendsByWeight() {
    Rule rule =
        matched(
                HttpRule.newBuilder()
                    .addBackends(backend("a", 70))
                    .addBackends(backend("never", 0))
                    .addBackends(backend("b", 30)),
                TestRequest.get("h", "/"))
            .rule();
    Map<String, Integer> counts = new HashMap<>();
    Random random = new Random(1);
    for (int i = 0; i < 10_000; i++) {
      if (rule.pick(random.nextLong()) instanceof BackendChoice.ToService to) {
        counts.merge(to.service().name(), 1, Integer::sum);
      }
    }

    assertThat(counts).containsOnlyKeys("a", "b");
    assertThat(counts.get("a")).isBetween(6800, 7200);
    assertThat(rule.pick(-1)).isIn(rule.pick(0), rule.pick(99));
    assertThat(rule.services()).extracting(ServiceKey::name).containsExactly("a", "b");
  }

  @Test
  void answersInvalidWithoutAUsableBackend() {
    TestRequest request = TestRequest.get("h", "/");

    assertThat(matched(HttpRule.newBuilder(), request).rule().pick(5))
        .isInstanceOf(BackendChoice.Invalid.class);
    assertThat(matched(HttpRule.newBuilder().addBackends(backend("a", 0)), request).rule().pick(5))
        .isInstanceOf(BackendChoice.Invalid.class);
    assertThat(
            matched(
                    HttpRule.newBuilder()
                        .addBackends(
                            Backend.newBuilder().setWeight(1).setInvalid("RefNotPermitted")),
                    request)
                .rule()
                .pick(5))
        .isEqualTo(new BackendChoice.Invalid("RefNotPermitted"));
  }

  @Test
  void backendsHaveFiltersOfTheirOwn() {
    Backend.Builder backend =
        backend("a", 1).toBuilder()
            .addFilters(
                HttpFilter.newBuilder()
                    .setRequestHeaders(HeaderModifier.newBuilder().addSet(header("b", "1"))))
            .addFilters(rewrite("b.example", PathRewrite.newBuilder().setPrefix("/b")));
    TestRequest request = TestRequest.get("h", "/api/x");
    Route.Matched matched =
        matched(
            HttpRule.newBuilder().addMatches(match("prefix:/api")).addBackends(backend), request);

    assertThat(matched.rule().pick(0))
        .isInstanceOfSatisfying(
            BackendChoice.ToService.class,
            to -> {
              assertThat(edits(to.request())).containsExactly("set b=1");
              Rewrite own = java.util.Objects.requireNonNull(to.rewrite());
              assertThat(own.hostname()).isEqualTo("b.example");
              assertThat(own.pathAndQuery(request, matched.prefixLength())).isEqualTo("/b/x");
            });
  }

  @Test
  void mirrorsAShare() {
    HttpRule.Builder rule =
        HttpRule.newBuilder()
            .addFilters(
                HttpFilter.newBuilder()
                    .setMirror(
                        Mirror.newBuilder()
                            .setBackend(backend("m", 1))
                            .setNumerator(20)
                            .setDenominator(100)))
            .addFilters(
                HttpFilter.newBuilder()
                    .setMirror(Mirror.newBuilder().setBackend(backend("all", 1))));
    Plan.Forward plan = forward(rule, TestRequest.get("h", "/"));
    Random random = new Random(5);
    int some = 0;
    int all = 0;
    for (int i = 0; i < 10_000; i++) {
      some += plan.mirrors().get(0).wants(random.nextLong()) ? 1 : 0;
      all += plan.mirrors().get(1).wants(random.nextLong()) ? 1 : 0;
    }

    assertThat(some).isBetween(1850, 2150);
    assertThat(all).isEqualTo(10_000);
  }

  @Test
  void carriesTimeoutsAndRetries() {
    Plan.Forward plan =
        forward(
            HttpRule.newBuilder()
                .setRequestTimeoutMs(500)
                .setBackendRequestTimeoutMs(100)
                .setRetry(Retry.newBuilder().setAttempts(2).addCodes(503).setBackoffMs(10)),
            TestRequest.get("h", "/"));

    assertThat(plan.timeouts()).isEqualTo(new Timeouts(500, 100));
    assertThat(plan.retry().attempts()).isEqualTo(2);
  }

  private static HttpFilter.Builder rewrite(
      String hostname, PathRewrite.@org.jspecify.annotations.Nullable Builder path) {
    dev.weft.api.v1.Rewrite.Builder rewrite =
        dev.weft.api.v1.Rewrite.newBuilder().setHostname(hostname);
    if (path != null) {
      rewrite.setPath(path);
    }
    return HttpFilter.newBuilder().setRewrite(rewrite);
  }

  private static Plan.Forward forward(HttpRule.Builder rule, TestRequest request) {
    return forward(matched(rule, request), request);
  }

  private static Plan.Forward forward(Route.Matched matched, TestRequest request) {
    return (Plan.Forward) matched.plan(request);
  }

  private static Route.Matched matched(HttpRule.Builder rule, TestRequest request) {
    return (Route.Matched) Fixtures.table(http("s", "r", rule)).route(request);
  }
}
