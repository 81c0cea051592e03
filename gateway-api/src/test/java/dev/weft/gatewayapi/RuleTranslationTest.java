package dev.weft.gatewayapi;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.api.v1.Backend;
import dev.weft.api.v1.Cors;
import dev.weft.api.v1.Header;
import dev.weft.api.v1.HttpMatch;
import dev.weft.api.v1.HttpRule;
import dev.weft.api.v1.Retry;
import dev.weft.api.v1.SessionPersistence;
import dev.weft.resources.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RuleTranslationTest {
  private static String route(String kind, String rules) {
    return """
    apiVersion: gateway.networking.k8s.io/v1
    kind: %s
    metadata: {name: r, namespace: shop, creationTimestamp: "2026-01-02T03:04:05Z"}
    spec:
      parentRefs: [{group: "", kind: Service, name: web}]
      rules: [%s]
    """
        .formatted(kind, rules);
  }

  private static World world(String rules) {
    return new World(World.BASE, route("HTTPRoute", rules));
  }

  private static HttpRule rule(World world) {
    return world.resource("httproute/shop/r").getHttpRoute().getRules(0);
  }

  private static HttpRule rule(String rule) {
    return rule(world(rule));
  }

  private static String condition(World world, Kind kind, String type) {
    return World.condition(world.parents(kind, "shop", "r").getFirst().conditions(), type);
  }

  @Test
  void matches() {
    HttpRule rule =
        rule(
            "{name: first, matches: [{path: {type: Exact, value: /a}, method: GET,"
                + " headers: [{name: X-A, value: b}, {name: x-a, value: ignored},"
                + " {name: x-r, type: RegularExpression, value: 'a+'}],"
                + " queryParams: [{name: Q, value: '1'}, {name: Q, value: '2'}]},"
                + " {path: {type: RegularExpression, value: '/[0-9]+'}}, {}]}");

    assertThat(rule.getName()).isEqualTo("first");
    HttpMatch match = rule.getMatches(0);
    assertThat(match.getPath().getExact()).isEqualTo("/a");
    assertThat(match.getMethod()).isEqualTo("GET");
    assertThat(match.getHeadersList())
        .as("names in lower case, the first of a name counts")
        .extracting(header -> header.getName() + "=" + header.getValue().getExact())
        .containsExactly("x-a=b", "x-r=");
    assertThat(match.getHeaders(1).getValue().getRegex()).isEqualTo("a+");
    assertThat(match.getQueryList())
        .singleElement()
        .satisfies(query -> assertThat(query.getValue().getExact()).isEqualTo("1"));
    assertThat(rule.getMatches(1).getPath().getRegex()).isEqualTo("/[0-9]+");
    assertThat(rule.getMatches(2).getPath().getPrefix()).isEqualTo("/");
  }

  @Test
  void filters() {
    HttpRule rule =
        rule(
            "{filters: ["
                + "{type: RequestHeaderModifier, requestHeaderModifier: {set: [{name: X-Set, value: s}],"
                + " add: [{name: X-Add, value: a}], remove: [X-Gone]}},"
                + "{type: ResponseHeaderModifier, responseHeaderModifier: {set: [{name: y, value: z}]}},"
                + "{type: RequestMirror, requestMirror: {backendRef: {name: web, port: 80}, percent: 20}},"
                + "{type: RequestMirror, requestMirror: {backendRef: {name: web, port: 80},"
                + " fraction: {numerator: 1, denominator: 3}}},"
                + "{type: RequestMirror, requestMirror: {backendRef: {name: web, port: 80}}},"
                + "{type: URLRewrite, urlRewrite: {hostname: new.com,"
                + " path: {type: ReplacePrefixMatch, replacePrefixMatch: /n}}}],"
                + " backendRefs: [{name: web, port: 80, weight: 3, filters: ["
                + "{type: RequestHeaderModifier, requestHeaderModifier: {remove: [q]}}]}]}");

    assertThat(rule.getFilters(0).getRequestHeaders().getSetList())
        .containsExactly(Header.newBuilder().setName("x-set").setValue("s").build());
    assertThat(rule.getFilters(0).getRequestHeaders().getRemoveList()).containsExactly("x-gone");
    assertThat(rule.getFilters(1).getResponseHeaders().getSet(0).getName()).isEqualTo("y");
    assertThat(rule.getFiltersList().subList(2, 5))
        .extracting(
            each -> each.getMirror().getNumerator() + "/" + each.getMirror().getDenominator())
        .containsExactly("20/100", "1/3", "1/1");
    assertThat(rule.getFilters(5).getRewrite().getHostname()).isEqualTo("new.com");
    assertThat(rule.getFilters(5).getRewrite().getPath().getPrefix()).isEqualTo("/n");
    Backend backend = rule.getBackends(0);
    assertThat(backend.getWeight()).isEqualTo(3);
    assertThat(backend.getService().getNamespace()).isEqualTo("shop");
    assertThat(backend.getFilters(0).getRequestHeaders().getRemoveList()).containsExactly("q");
  }

  @Test
  void redirects() {
    var plain =
        rule("{filters: [{type: RequestRedirect, requestRedirect: {}}]}")
            .getFilters(0)
            .getRedirect();
    assertThat(plain.getStatus()).isEqualTo(302);
    assertThat(plain.getScheme() + plain.getHostname() + plain.getPort() + plain.hasPath())
        .isEqualTo("0false");

    var full =
        rule("{filters: [{type: RequestRedirect, requestRedirect: {scheme: https, hostname: a.com,"
                + " port: 8443, statusCode: 308, path: {type: ReplaceFullPath,"
                + " replaceFullPath: /x}}}]}")
            .getFilters(0)
            .getRedirect();
    assertThat(full.getStatus()).isEqualTo(308);
    assertThat(full.getPort()).isEqualTo(8443);
    assertThat(full.getPath().getFull()).isEqualTo("/x");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{timeouts: {request: 1s500ms}} | 1500 | 0",
        "{timeouts: {request: 2s, backendRequest: 500ms}} | 2000 | 500",
        "{timeouts: {request: 0s}} | 0 | 0",
        "{timeouts: {request: 0s, backendRequest: 1h}} | 0 | 3600000",
        "{} | 0 | 0",
      })
  void timeouts(String rule, long request, long backend) {
    assertThat(rule(rule).getRequestTimeoutMs()).isEqualTo(request);
    assertThat(rule(rule).getBackendRequestTimeoutMs()).isEqualTo(backend);
  }

  @Test
  void retries() {
    assertThat(rule("{retry: {codes: [500, 503], attempts: 3, backoff: 25ms}}").getRetry())
        .isEqualTo(
            Retry.newBuilder().setAttempts(3).addCodes(500).addCodes(503).setBackoffMs(25).build());
    assertThat(rule("{retry: {codes: [500]}}").getRetry().getAttempts())
        .as("the default")
        .isEqualTo(1);
    assertThat(rule("{retry: {attempts: 0}}").hasRetry()).as("0 switches off").isFalse();
    assertThat(rule("{}").hasRetry()).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{name: web, port: 80} | True/ResolvedRefs",
        "{name: gone, port: 80} | False/BackendNotFound",
        "{name: web, port: 81} | False/BackendNotFound",
        "{kind: Pod, name: web} | False/InvalidKind",
        "{group: example.com, kind: Service, name: web} | False/InvalidKind",
        "{name: web, namespace: other, port: 80} | False/RefNotPermitted",
        "{name: gone, namespace: other, port: 80} | False/RefNotPermitted",
      })
  void backendsResolve(String backend, String resolved) {
    World world = world("{backendRefs: [{name: web, port: 80, weight: 9}, " + backend + "]}");

    assertThat(condition(world, Kind.HTTP_ROUTE, "Accepted")).isEqualTo("True/Accepted");
    assertThat(condition(world, Kind.HTTP_ROUTE, "ResolvedRefs")).isEqualTo(resolved);
    assertThat(rule(world).getBackendsCount()).as("the bad one keeps its share").isEqualTo(2);
    assertThat(rule(world).getBackends(0).hasService()).isTrue();
    if (resolved.startsWith("False/")) {
      assertThat(rule(world).getBackends(1).getInvalid()).startsWith(resolved.substring(6) + ": ");
    } else {
      assertThat(rule(world).getBackends(1).hasService()).isTrue();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        // grant namespace | from | to | permitted: the near misses of
        // HTTPRouteInvalidReferenceGrant
        "other | {group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: shop} | {group: '', kind: Service} | true",
        "other | {group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: shop} | {group: '', kind: Service, name: web} | true",
        "shop  | {group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: shop} | {group: '', kind: Service, name: web} | false",
        "other | {group: not.the.group, kind: HTTPRoute, namespace: shop} | {group: '', kind: Service, name: web} | false",
        "other | {group: gateway.networking.k8s.io, kind: Gateway, namespace: shop} | {group: '', kind: Service, name: web} | false",
        "other | {group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: wrong} | {group: '', kind: Service, name: web} | false",
        "other | {group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: shop} | {group: not.the.group, kind: Service, name: web} | false",
        "other | {group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: shop} | {group: '', kind: Secret, name: web} | false",
        "other | {group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: shop} | {group: '', kind: Service, name: not} | false",
      })
  void referenceGrants(String namespace, String from, String to, boolean permitted) {
    String grant =
        """
        apiVersion: gateway.networking.k8s.io/v1
        kind: ReferenceGrant
        metadata: {name: g, namespace: %s}
        spec: {from: [%s], to: [%s]}
        """
            .formatted(namespace, from, to);
    World world = world("{backendRefs: [{name: web, namespace: other, port: 80}]}").apply(grant);

    assertThat(rule(world).getBackends(0).hasService()).isEqualTo(permitted);
    assertThat(condition(world, Kind.HTTP_ROUTE, "ResolvedRefs"))
        .isEqualTo(permitted ? "True/ResolvedRefs" : "False/RefNotPermitted");

    world.remove(Kind.REFERENCE_GRANT, namespace, "g");
    assertThat(rule(world).getBackends(0).getInvalid()).startsWith("RefNotPermitted");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{group: '', kind: Service, name: web, namespace: other} | true",
        "{group: '', kind: Service, name: gone, namespace: other} | false",
        "{group: '', kind: Service, name: web} | false",
        "{group: '', kind: Service, name: web, namespace: other}, {name: gw} | false",
        "{name: gw} | false",
      })
  void aConsumersRouteNeedsNoGrantForTheServiceItIsFor(String parents, boolean permitted) {
    World world =
        new World(
            World.BASE,
            """
            apiVersion: gateway.networking.k8s.io/v1
            kind: HTTPRoute
            metadata: {name: r, namespace: shop}
            spec:
              parentRefs: [%s]
              rules: [{backendRefs: [{name: web, namespace: other, port: 80}]}]
            """
                .formatted(parents));

    assertThat(condition(world, Kind.HTTP_ROUTE, "ResolvedRefs"))
        .isEqualTo(permitted ? "True/ResolvedRefs" : "False/RefNotPermitted");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "appProtocol: kubernetes.io/h2c | HTTPRoute | True/ResolvedRefs",
        "appProtocol: kubernetes.io/h2c | GRPCRoute | True/ResolvedRefs",
        "appProtocol: kubernetes.io/ws | HTTPRoute | True/ResolvedRefs",
        "appProtocol: kubernetes.io/ws | GRPCRoute | False/UnsupportedProtocol",
        "appProtocol: kubernetes.io/wss | HTTPRoute | False/UnsupportedProtocol",
        "appProtocol: example.com/own | HTTPRoute | False/UnsupportedProtocol",
        "appProtocol: http | HTTPRoute | True/ResolvedRefs",
        "protocol: UDP | HTTPRoute | False/UnsupportedProtocol",
      })
  void backendsMustSpeakWhatTheRouteSends(String port, String kind, String resolved) {
    World world =
        new World(
            World.BASE,
            """
            apiVersion: v1
            kind: Service
            metadata: {name: said, namespace: shop}
            spec: {clusterIP: 10.96.0.20, ports: [{port: 80, %s}]}
            """
                .formatted(port),
            route(kind, "{backendRefs: [{name: said, port: 80}]}"));

    assertThat(
            condition(
                world,
                kind.equals("HTTPRoute") ? Kind.HTTP_ROUTE : Kind.GRPC_ROUTE,
                "ResolvedRefs"))
        .isEqualTo(resolved);
  }

  @Test
  void translatesCors() {
    World world =
        world(
            "{filters: [{type: CORS, cors: {allowOrigins: ['https://*.a.example:8443'],"
                + " allowMethods: [GET], allowHeaders: [X-A], exposeHeaders: ['*'],"
                + " allowCredentials: true}}], backendRefs: [{name: web, port: 80}]}");

    assertThat(rule(world).getFilters(0).getCors())
        .isEqualTo(
            Cors.newBuilder()
                .addOrigins("https://*.a.example:8443")
                .addMethods("GET")
                .addHeaders("X-A")
                .addExpose("*")
                .setCredentials(true)
                .setMaxAgeSeconds(5)
                .build());
    assertThat(message(world, "Accepted")).contains("exposeHeaders");
  }

  @Test
  void noBackendsMeansNoBackendsWithReferencesResolved() {
    World world = world("{backendRefs: []}");

    assertThat(rule(world).getBackendsList()).isEmpty();
    assertThat(condition(world, Kind.HTTP_ROUTE, "ResolvedRefs")).isEqualTo("True/ResolvedRefs");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{backendRefs: [{name: web, port: 80, filters: [{type: CORS, cors: {allowOrigins: ['*']}}]}]} | CORS on a single backend",
        "{filters: [{type: RequestHeaderModifier, requestHeaderModifier: {set: [{name: Content-Length, value: '5'}]}}], backendRefs: [{name: web, port: 80}]} | content-length is the connection's own",
        "{filters: [{type: ExtensionRef, extensionRef: {group: x.io, kind: Y, name: z}}], backendRefs: [{name: web, port: 80}]} | kind Y",
        "{backendRefs: [{name: web, port: 80, filters: [{type: ExternalAuth, externalAuth: {protocol: GRPC, grpc: {}, backendRef: {name: web, port: 80}}}]}]} | ExternalAuth on a single backend",
        "{sessionPersistence: {type: Header, header: {name: Content-Length}}, backendRefs: [{name: web, port: 80}]} | content-length is the connection's own",
        "{matches: [{path: {value: /p}}, {path: {type: RegularExpression, value: '/(?=x)'}}], backendRefs: [{name: web, port: 80}]} | not RE2",
        "{matches: [{path: {value: /p}}, {headers: [{type: RegularExpression, name: a, value: '('}]}], backendRefs: [{name: web, port: 80}]} | not RE2",
        "{matches: [{path: {value: /p}}, {path: {type: RegularExpression, value: '/(a{40}){40}'}}], backendRefs: [{name: web, port: 80}]} | is too large",
        "{backendRefs: [{name: web, port: 80, filters: [{type: RequestRedirect, requestRedirect: {}}]}]} | redirect on a single backend",
      })
  void whatCannotBeDoneAnswers500AndSaysSo(String bad, String message) {
    World world = world(bad + ", {matches: [{path: {value: /good}}]}");

    HttpRule refused = rule(world);
    assertThat(refused.getFiltersList()).isEmpty();
    assertThat(refused.getBackendsList())
        .singleElement()
        .satisfies(
            backend ->
                assertThat(backend.getInvalid()).startsWith("UnsupportedValue").contains(message));
    assertThat(condition(world, Kind.HTTP_ROUTE, "PartiallyInvalid"))
        .isEqualTo("True/UnsupportedValue");
    assertThat(condition(world, Kind.HTTP_ROUTE, "Accepted")).isEqualTo("True/Accepted");
    assertThat(message(world, "PartiallyInvalid"))
        .startsWith("Dropped Rule")
        .contains("rule 0: ", message);
    assertThat(world.resource("httproute/shop/r").getHttpRoute().getRulesCount()).isEqualTo(2);
    assertThat(refused.getMatchesList())
        .as("nodes refuse the whole route because of a match that means nothing")
        .allMatch(match -> !match.getPath().hasRegex() && match.getHeadersCount() == 0);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{cookie: {}} | false - / false 0",
        "{type: Cookie, cookie: {name: a, path: /x}} | false a /x false 0",
        "{absoluteTimeout: 1h, cookie: {lifetimeType: Permanent}} | false - / true 3600",
        "{absoluteTimeout: 500ms, cookie: {lifetimeType: Session}} | false - / false 1",
        "{absoluteTimeout: 0s, cookie: {name: b}} | false b / false 0",
        "{type: Header, header: {name: X-Session}, absoluteTimeout: 10s} | true x-session - false 10",
      })
  void sessions(String session, String expected) {
    for (String kind : new String[] {"HTTPRoute", "GRPCRoute"}) {
      World world =
          new World(
              World.BASE,
              route(
                  kind,
                  "{sessionPersistence: " + session + ", backendRefs: [{name: web, port: 80}]}"));
      Kind of = kind.equals("HTTPRoute") ? Kind.HTTP_ROUTE : Kind.GRPC_ROUTE;
      HttpRule rule =
          world
              .resource((of == Kind.HTTP_ROUTE ? "httproute" : "grpcroute") + "/shop/r")
              .getHttpRoute()
              .getRules(0);
      SessionPersistence made = rule.getSession();

      assertThat(condition(world, of, "Accepted")).isEqualTo("True/Accepted");
      assertThat(rule.getBackends(0).hasService()).isTrue();
      assertThat(
              String.join(
                  " ",
                  "" + made.getByHeader(),
                  made.getName().isEmpty() ? "-" : made.getName(),
                  made.getPath().isEmpty() ? "-" : made.getPath(),
                  "" + made.getPermanent(),
                  "" + made.getAbsoluteTimeoutSeconds()))
          .isEqualTo(expected);
    }
  }

  private static String message(World world, String type) {
    return world.parents(Kind.HTTP_ROUTE, "shop", "r").getFirst().conditions().stream()
        .filter(condition -> condition.type().equals(type))
        .map(condition -> condition.message())
        .findFirst()
        .orElse("none");
  }

  @Test
  void aRuleWhoseEveryMatchMeansNothingIsDroppedAndMatchesNothing() {
    World world =
        world(
            "{matches: [{path: {type: RegularExpression, value: '('}}]},"
                + " {matches: [{path: {value: /good}}]}");

    assertThat(world.resource("httproute/shop/r").getHttpRoute().getRulesList())
        .singleElement()
        .satisfies(rule -> assertThat(rule.getMatches(0).getPath().getPrefix()).isEqualTo("/good"));
    assertThat(message(world, "PartiallyInvalid")).contains("rule 0: ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"HTTPRoute", "GRPCRoute"})
  void aRouteOfWhichNothingCanBeDoneIsNotAcceptedAndAnswers500(String kind) {
    World world =
        new World(
            World.BASE,
            route(
                kind,
                "{sessionPersistence: {type: Header, header: {name: Upgrade}},"
                    + " backendRefs: [{name: web, port: 80}]}"));
    Kind of = kind.equals("HTTPRoute") ? Kind.HTTP_ROUTE : Kind.GRPC_ROUTE;

    assertThat(condition(world, of, "Accepted")).isEqualTo("False/UnsupportedValue");
    assertThat(condition(world, of, "PartiallyInvalid")).isEqualTo("none");
    assertThat(
            world
                .resource((of == Kind.HTTP_ROUTE ? "httproute" : "grpcroute") + "/shop/r")
                .getHttpRoute()
                .getRules(0)
                .getBackends(0)
                .getInvalid())
        .startsWith("UnsupportedValue");
    assertThat(world.resource("service/shop/web").getService().getPorts(0).getL7())
        .as("a Service whose route cannot be done is not served without it")
        .isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{retry: {backoff: 2s}, timeouts: {request: 1s}} | nothing is retried",
        "{retry: {backoff: 31s}} | retry.backoff is 30 s at most",
        "{retry: {backoff: 500ms}, timeouts: {request: 1s}} | ``",
      })
  void whatARetryCannotDoIsSaid(String rule, String message) {
    World world = world(rule);

    assertThat(condition(world, Kind.HTTP_ROUTE, "Accepted")).isEqualTo("True/Accepted");
    if (message.isEmpty()) {
      assertThat(message(world, "Accepted")).isEmpty();
    } else {
      assertThat(message(world, "Accepted")).contains("rule 0: " + message);
    }
  }

  @Test
  void aMirrorToNobodyIsLeftOutButReported() {
    World world =
        world(
            "{filters: [{type: RequestMirror, requestMirror: {backendRef: {name: gone, port: 1}}}],"
                + " backendRefs: [{name: web, port: 80}]}");

    assertThat(rule(world).getFiltersList()).isEmpty();
    assertThat(rule(world).getBackends(0).hasService()).isTrue();
    assertThat(condition(world, Kind.HTTP_ROUTE, "ResolvedRefs"))
        .isEqualTo("False/BackendNotFound");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{method: {service: a.B, method: C}} | exact: \"/a.B/C\"",
        "{method: {service: a.B}} | prefix: \"/a.B/\"",
        "{method: {method: C}} | regex: \"/[^/]+/C\"",
        "{method: {type: RegularExpression, service: 'a[.].*', method: 'Get.*'}} | regex: \"/(?:a[.].*)/(?:Get.*)\"",
        "{method: {type: RegularExpression, method: 'A.'}} | regex: \"/[^/]+/(?:A.)\"",
        "{headers: [{name: x, value: y}]} | ``",
      })
  void grpcMethodsArePaths(String match, String path) {
    World world =
        new World(
            World.BASE,
            route("GRPCRoute", "{matches: [" + match + "], backendRefs: [{name: web, port: 80}]}"));

    var route = world.resource("grpcroute/shop/r").getHttpRoute();
    assertThat(route.getGrpc()).isTrue();
    assertThat(route.getCreatedAtMs()).isEqualTo(1767323045000L);
    assertThat(route.getRules(0).getMatches(0).getPath().toString().strip()).isEqualTo(path);
    assertThat(condition(world, Kind.GRPC_ROUTE, "Accepted")).isEqualTo("True/Accepted");
  }
}
