package dev.weft.routing;

import static dev.weft.routing.Fixtures.decide;
import static dev.weft.routing.Fixtures.http;
import static dev.weft.routing.Fixtures.match;
import static dev.weft.routing.Fixtures.rule;
import static dev.weft.routing.Fixtures.table;
import static dev.weft.routing.Fixtures.toListener;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weft.api.v1.HttpRoute;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RoutePrecedenceTest {

  @ParameterizedTest
  @CsvSource({
    "/,             root",
    "/v2,           v2",
    "/v2/,          v2",
    "/v2/example,   v2",
    "/v2example,    root",
    "/v2/long,      long",
    "/v2/long/x/y,  long",
    "/v2/longer,    v2",
    "/exact,        exact",
    "/exact/,       exactprefix",
    "/exact/x,      exactprefix",
    "/EXACT,        root",
    "/slash,        slash",
    "/slash/,       slash",
    "/slash/a,      slash",
    "/slasha,       root",
    "/r/12,         regex",
    "/r/12/x,       root",
    "/r/ab,         root",
    "/r/99/deep,    rdeep",
    "//v2,          root",
    "/v2?x=/exact,  v2",
    "/exact?a=b,    exact",
    "*,             root",
  })
  void choosesByPath(String path, String expected) {
    RouteTable table =
        table(
            http(
                "shop",
                "web",
                rule("root", match("prefix:/")),
                rule("regex", match("regex:/r/[0-9]+")),
                rule("v2", match("prefix:/v2")),
                rule("long", match("prefix:/v2/long")),
                rule("exactprefix", match("prefix:/exact")),
                rule("exact", match("exact:/exact")),
                rule("slash", match("prefix:/slash/")),
                rule("rdeep", match("prefix:/r/99/deep"))));

    assertThat(decide(table, TestRequest.get("h", path))).isEqualTo(expected);
  }

  @Test
  void putsExpressionsBehindPrefixesAndBeforeTheRoot() {
    RouteTable table =
        table(
            http(
                "shop",
                "web",
                rule("root", match("prefix:/")),
                rule("regex", match("regex:/api/.*")),
                rule("longer", match("regex:/api/v[12]/.*")),
                rule("prefix", match("prefix:/api/v1"))));

    assertThat(decide(table, TestRequest.get("h", "/api/v1/x"))).isEqualTo("prefix");
    assertThat(decide(table, TestRequest.get("h", "/api/v2/x"))).isEqualTo("longer");
    assertThat(decide(table, TestRequest.get("h", "/api/x"))).isEqualTo("regex");
    assertThat(decide(table, TestRequest.get("h", "/other"))).isEqualTo("root");
  }

  @Test
  void findsExpressionsWithoutALiteralBeginning() {
    RouteTable table =
        table(
            http(
                "shop",
                "web",
                rule("either", match("regex:/a/x|/b/y")),
                rule("optional", match("regex:/co?re/.+")),
                rule("insensitive", match("regex:(?i)/UP/.*")),
                rule("escaped", match("regex:/f\\.html"))));

    assertThat(decide(table, TestRequest.get("h", "/b/y"))).isEqualTo("either");
    assertThat(decide(table, TestRequest.get("h", "/cre/x"))).isEqualTo("optional");
    assertThat(decide(table, TestRequest.get("h", "/up/x"))).isEqualTo("insensitive");
    assertThat(decide(table, TestRequest.get("h", "/f.html?x"))).isEqualTo("escaped");
    assertThat(decide(table, TestRequest.get("h", "/fxhtml"))).isEqualTo("404");
  }

  @ParameterizedTest
  @CsvSource({
    // method before headers before query, at equal paths
    "GET,  /p,       '',   '',   get",
    "POST, /p,       '',   '',   plain",
    "POST, /p,       a,    '',   header",
    "GET,  /p,       a,    '',   get",
    "POST, /p,       a,    b,    headers",
    "POST, /p?q=1,   '',   '',   query",
    "POST, /p?q=1,   a,    '',   header",
    "POST, /p?r=2&q=1, '', '',   queries",
    // a longer path comes before everything else
    "GET,  /p/long,  a,    b,    long",
  })
  void breaksTiesByMethodHeadersAndQuery(
      String method, String path, String first, String second, String expected) {
    RouteTable table =
        table(
            http(
                "shop",
                "web",
                rule("plain", match("prefix:/p")),
                rule("query", match("prefix:/p", "q:q=1")),
                rule("queries", match("prefix:/p", "q:q=1", "q:r=2")),
                rule("header", match("prefix:/p", "h:one=a")),
                rule("headers", match("prefix:/p", "h:one=a", "h:two=b")),
                rule("get", match("prefix:/p", "GET")),
                rule("long", match("prefix:/p/long"))));

    assertThat(decide(table, TestRequest.of(method, "h", path, "one", first, "two", second)))
        .isEqualTo(expected);
  }

  @Test
  void fallsBackToShorterPathsWhenTheLongerOnesConditionsFail() {
    RouteTable table =
        table(
            http(
                "shop",
                "web",
                rule("exact", match("exact:/a/b", "h:x=1")),
                rule("ab", match("prefix:/a/b", "h:x=2")),
                rule("a", match("prefix:/a", "h:x=3")),
                rule("root", match("prefix:/", "h:x=4"))));

    assertThat(decide(table, TestRequest.get("h", "/a/b", "x", "1"))).isEqualTo("exact");
    assertThat(decide(table, TestRequest.get("h", "/a/b", "x", "2"))).isEqualTo("ab");
    assertThat(decide(table, TestRequest.get("h", "/a/b", "x", "3"))).isEqualTo("a");
    assertThat(decide(table, TestRequest.get("h", "/a/b", "x", "4"))).isEqualTo("root");
    assertThat(decide(table, TestRequest.get("h", "/a/b", "x", "5"))).isEqualTo("404");
    assertThat(decide(table, TestRequest.get("h", "/a/b"))).isEqualTo("404");
  }

  @Test
  void prefersTheOlderRouteThenTheNameThenTheRule() {
    HttpRoute.Builder young =
        http("a", "young", rule("young", match("prefix:/"))).setCreatedAtMs(2);
    HttpRoute.Builder old = http("z", "old", rule("old", match("prefix:/"))).setCreatedAtMs(1);
    HttpRoute.Builder twin = http("y", "twin", rule("twin", match("prefix:/"))).setCreatedAtMs(1);
    HttpRoute.Builder rules =
        http("shop", "r", rule("first", match("prefix:/")), rule("second", match("prefix:/")));

    assertThat(decide(table(young, old), TestRequest.get("h", "/"))).isEqualTo("old");
    assertThat(decide(table(old, twin), TestRequest.get("h", "/"))).isEqualTo("twin");
    assertThat(decide(table(rules), TestRequest.get("h", "/"))).isEqualTo("first");
  }

  @Test
  void matchesAnyOfARulesMatches() {
    RouteTable table =
        table(
            http(
                "shop",
                "web",
                rule("either", match("exact:/a"), match("prefix:/b", "POST")),
                rule("none")));

    assertThat(decide(table, TestRequest.get("h", "/a"))).isEqualTo("either");
    assertThat(decide(table, TestRequest.of("POST", "h", "/b/c"))).isEqualTo("either");
    assertThat(decide(table, TestRequest.get("h", "/b/c"))).isEqualTo("none");
  }

  @Test
  void prefersTheMoreSpecificHostAndFallsBack() {
    RouteTable table =
        table(
            http("s", "exact", rule("exact", match("prefix:/only")))
                .addAttachments(toListener("s", "g", "l", "a.b.example.com")),
            http("s", "near", rule("near", match("prefix:/near")))
                .addAttachments(toListener("s", "g", "l", "*.b.example.com")),
            http("s", "far", rule("far", match("prefix:/far"), match("exact:/only")))
                .addAttachments(toListener("s", "g", "l", "*.example.com")),
            http("s", "every", rule("every", match("prefix:/"))));

    assertThat(decide(table, TestRequest.get("a.b.example.com", "/only"))).isEqualTo("exact");
    assertThat(decide(table, TestRequest.get("a.b.example.com", "/near"))).isEqualTo("near");
    assertThat(decide(table, TestRequest.get("a.b.example.com", "/far"))).isEqualTo("far");
    assertThat(decide(table, TestRequest.get("a.b.example.com", "/"))).isEqualTo("every");
    assertThat(decide(table, TestRequest.get("x.b.example.com", "/only"))).isEqualTo("far");
    assertThat(decide(table, TestRequest.get("x.example.com", "/near"))).isEqualTo("every");
    assertThat(decide(table, TestRequest.get("example.com", "/far"))).isEqualTo("every");
    assertThat(decide(table, TestRequest.get("notexample.com", "/far"))).isEqualTo("every");
  }

  @Test
  void refusesRequestsForHostsWithoutARoute() {
    RouteTable table =
        table(http("s", "r", rule("r")).addAttachments(toListener("s", "g", "l", "*.example.com")));

    assertThat(decide(table, TestRequest.get("a.example.com", "/"))).isEqualTo("r");
    assertThat(decide(table, TestRequest.get(".example.com", "/"))).isEqualTo("404");
    assertThat(decide(table, TestRequest.get("example.com", "/"))).isEqualTo("404");
    assertThat(decide(table, TestRequest.get("", "/"))).isEqualTo("404");
  }

  @Test
  void matchesHeaderAndQueryExpressions() {
    RouteTable table =
        table(
            http(
                "s",
                "r",
                rule("header", match("prefix:/", "h:version=~v[12]")),
                rule("query", match("prefix:/", "q:animal=~wh.*"))));

    assertThat(decide(table, TestRequest.get("h", "/", "version", "v2"))).isEqualTo("header");
    assertThat(decide(table, TestRequest.get("h", "/", "version", "v22"))).isEqualTo("404");
    assertThat(decide(table, TestRequest.get("h", "/?animal=whale"))).isEqualTo("query");
    assertThat(decide(table, TestRequest.get("h", "/?animal=Whale"))).isEqualTo("404");
  }

  @Test
  void givesGrpcRequestsToGrpcRoutesFirst() {
    HttpRoute.Builder grpc =
        http(
                "s",
                "g",
                rule("method", match("exact:/pkg.Echo/Say")),
                rule("service", match("prefix:/pkg.Echo")),
                rule("anymethod", match("regex:/[^/]+/Say")),
                rule("header", match("h:version=two")),
                rule("all"))
            .setGrpc(true)
            .setCreatedAtMs(9);
    RouteTable table =
        table(grpc, http("s", "h", rule("http", match("prefix:/"))).setCreatedAtMs(1));

    assertThat(decide(table, call("/pkg.Echo/Say"))).isEqualTo("method");
    assertThat(decide(table, call("/pkg.Echo/Shout"))).isEqualTo("service");
    assertThat(decide(table, call("/pkg.Other/Say"))).isEqualTo("anymethod");
    assertThat(decide(table, call("/pkg.Other/Shout"))).isEqualTo("all");
    assertThat(
            decide(
                table,
                TestRequest.of(
                    "POST",
                    "h",
                    "/x/y",
                    "content-type",
                    "application/grpc+proto",
                    "version",
                    "two")))
        .isEqualTo("header");
    assertThat(decide(table, TestRequest.of("POST", "h", "/pkg.Echo/Say"))).isEqualTo("http");
    assertThat(
            decide(
                table,
                TestRequest.of("POST", "h", "/pkg.Echo/Say", "content-type", "application/grpcx")))
        .isEqualTo("http");
  }

  private static TestRequest call(String path) {
    return TestRequest.of("POST", "h", path, "content-type", "application/grpc");
  }

  @Test
  void namesTheRuleThatCannotBeCompiled() {
    assertThatThrownBy(() -> table(http("s", "r", rule("a"), rule("b", match("regex:/(")))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("rule 1")
        .hasMessageContaining("RE2");
    assertThatThrownBy(() -> table(http("s", "r", rule("a", match("prefix:nope")))))
        .hasMessageContaining("does not begin with \"/\"");
    assertThatThrownBy(() -> table(http("s", "r", rule("a", match("regex:" + "a".repeat(5000))))))
        .hasMessageContaining("too large");
  }
}
