package dev.weft.routing;

import static dev.weft.routing.Fixtures.service;
import static dev.weft.routing.Fixtures.view;
import static dev.weft.routing.Fixtures.workload;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.cel.common.CelProtoAbstractSyntaxTree;
import dev.cel.common.CelValidationException;
import dev.cel.common.types.MapType;
import dev.cel.common.types.SimpleType;
import dev.cel.compiler.CelCompiler;
import dev.cel.compiler.CelCompilerFactory;
import dev.cel.parser.CelStandardMacro;
import dev.weft.api.v1.AuthorizationRules;
import dev.weft.api.v1.AuthorizationRules.Action;
import dev.weft.api.v1.AuthorizationRules.Operation;
import dev.weft.api.v1.AuthorizationRules.Source;
import dev.weft.api.v1.AuthorizationRules.Target;
import dev.weft.api.v1.Gateway;
import dev.weft.api.v1.Resource;
import dev.weft.routing.Authorization.Denied;
import dev.weft.routing.Authorization.Permit;
import dev.weft.routing.Authorization.Reason;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AuthorizerTest {
  private static final CelCompiler CEL =
      CelCompilerFactory.standardCelCompilerBuilder()
          .addVar("request.method", SimpleType.STRING)
          .addVar("request.path", SimpleType.STRING)
          .addVar("request.host", SimpleType.STRING)
          .addVar("request.headers", MapType.create(SimpleType.STRING, SimpleType.STRING))
          .addVar("source.principal", SimpleType.STRING)
          .addVar("source.namespace", SimpleType.STRING)
          .addVar("source.serviceAccount", SimpleType.STRING)
          .addVar("source.ip", SimpleType.STRING)
          .addVar("destination.port", SimpleType.INT)
          .addVar("connection.sni", SimpleType.STRING)
          .setStandardMacros(CelStandardMacro.STANDARD_MACROS)
          .setResultType(SimpleType.BOOL)
          .build();

  private record Facts(
      @Nullable String principal,
      int sourceAddress,
      int destinationPort,
      @Nullable RequestFacts request)
      implements AuthorizationFacts {
    static Facts of(@Nullable RequestFacts request) {
      return new Facts("cluster.local/ns/front/sa/web", Ipv4.parse("10.244.1.9"), 8080, request);
    }

    static Facts http(String method, String path, String... headers) {
      return of(TestRequest.of(method, "shop.example", path, headers));
    }

    static Facts tcp() {
      return of(null);
    }

    Facts anonymous() {
      return new Facts(null, sourceAddress, destinationPort, request);
    }

    @Override
    public @Nullable String namespace() {
      return principal == null ? null : principal.split("/", -1)[2];
    }

    @Override
    public @Nullable String serviceAccount() {
      return principal == null ? null : namespace() + "/" + principal.split("/", -1)[4];
    }

    @Override
    public @Nullable String sni() {
      return null;
    }
  }

  @Test
  void permitsWhereNoPolicyApplies() {
    assertThat(Authorizer.UNRESTRICTED.authorize(Facts.tcp())).isSameAs(Permit.UNRESTRICTED);
    assertThat(Authorizer.UNRESTRICTED.isUnrestricted()).isTrue();
    assertThat(Authorizer.UNRESTRICTED.needsHttp()).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    // field, value, matches
    "principals,         cluster.local/ns/front/sa/web,  true",
    "principals,         cluster.local/ns/front/sa/we,   false",
    "principals,         cluster.local/ns/front/*,       true",
    "principals,         */sa/web,                       true",
    "principals,         *,                              true",
    "notPrincipals,      cluster.local/ns/front/*,       false",
    "notPrincipals,      cluster.local/ns/back/*,        true",
    "namespaces,         front,                          true",
    "namespaces,         fr*,                            true",
    "namespaces,         back,                           false",
    "notNamespaces,      front,                          false",
    "serviceAccounts,    front/web,                      true",
    "serviceAccounts,    front/other,                    false",
    "notServiceAccounts, front/web,                      false",
    "ipBlocks,           10.244.0.0/16,                  true",
    "ipBlocks,           10.244.1.9,                     true",
    "ipBlocks,           10.244.1.8,                     false",
    "ipBlocks,           0.0.0.0/0,                      true",
    "ipBlocks,           fd00::/8,                       false",
    "notIpBlocks,        10.244.0.0/16,                  false",
    "notIpBlocks,        fd00::/8,                       true",
  })
  void matchesSources(String field, String value, boolean matches) {
    Source.Builder source = Source.newBuilder();
    switch (field) {
      case "principals" -> source.addPrincipals(value);
      case "notPrincipals" -> source.addNotPrincipals(value);
      case "namespaces" -> source.addNamespaces(value);
      case "notNamespaces" -> source.addNotNamespaces(value);
      case "serviceAccounts" -> source.addServiceAccounts(value);
      case "notServiceAccounts" -> source.addNotServiceAccounts(value);
      case "ipBlocks" -> source.addIpBlocks(value);
      default -> source.addNotIpBlocks(value);
    }
    Authorizer authorizer = authorizer(policy("p", Action.ACTION_ALLOW, from(source)));

    assertThat(permits(authorizer, Facts.http("GET", "/"))).isEqualTo(matches);
    assertThat(authorizer.needsHttp()).isFalse();
  }

  @Test
  void aSourceNobodyProvesMatchesOnlyNegations() {
    assertThat(
            permits(allow(from(Source.newBuilder().addPrincipals("*"))), Facts.tcp().anonymous()))
        .isFalse();
    assertThat(
            permits(
                allow(from(Source.newBuilder().addNotPrincipals("a"))), Facts.tcp().anonymous()))
        .isTrue();
    assertThat(
            permits(
                authorizer(
                    policy(
                        "strict",
                        Action.ACTION_DENY,
                        from(Source.newBuilder().addNotPrincipals("*")))),
                Facts.tcp().anonymous()))
        .isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "methods,    GET,            true",
    "methods,    POST,           false",
    "notMethods, GET,            false",
    "paths,      /admin/x,       true",
    "paths,      /admin*,        true",
    "paths,      */x,            true",
    "paths,      /x,             false",
    "notPaths,   /admin*,        false",
    "hosts,      shop.example,   true",
    "hosts,      SHOP.example,   true",
    "hosts,      *.example,      true",
    "hosts,      other.example,  false",
    "notHosts,   other.example,  true",
    "ports,      8080,           true",
    "ports,      80,             false",
    "notPorts,   8080,           false",
  })
  void matchesOperations(String field, String value, boolean matches) {
    Operation.Builder operation = Operation.newBuilder();
    switch (field) {
      case "methods" -> operation.addMethods(value);
      case "notMethods" -> operation.addNotMethods(value);
      case "paths" -> operation.addPaths(value);
      case "notPaths" -> operation.addNotPaths(value);
      case "hosts" -> operation.addHosts(value);
      case "notHosts" -> operation.addNotHosts(value);
      case "ports" -> operation.addPorts(value);
      default -> operation.addNotPorts(value);
    }
    Authorizer authorizer = allow(to(operation));

    assertThat(permits(authorizer, Facts.http("GET", "/admin/x?y=/z"))).isEqualTo(matches);
    assertThat(authorizer.needsHttp())
        .isEqualTo(!field.toLowerCase(java.util.Locale.ROOT).contains("ports"));
  }

  @ParameterizedTest
  @CsvSource({
    "/admin,      false, true",
    "//admin,     false, true",
    "/a//x,       true,  false",
    "/a/x?b=//,   true,  true",
    "//a/x,       true,  false",
  })
  void readsDoubledSlashesBothWays(String path, boolean passesDeny, boolean passesAllow) {
    Authorizer deny =
        authorizer(policy("d", Action.ACTION_DENY, to(Operation.newBuilder().addPaths("/admin*"))));
    Authorizer allow =
        allow(to(Operation.newBuilder().addPaths("/a/x").addPaths("/admin").addPaths("//admin")));

    assertThat(permits(deny, Facts.http("GET", path))).isEqualTo(passesDeny);
    assertThat(permits(allow, Facts.http("GET", path))).isEqualTo(passesAllow);
  }

  @Test
  void asksDenyThenAllow() {
    Resource deny =
        policy("deny", Action.ACTION_DENY, to(Operation.newBuilder().addPaths("/admin*")));
    Resource allow =
        policy("allow", Action.ACTION_ALLOW, to(Operation.newBuilder().addMethods("GET")));
    Resource other =
        policy("other", Action.ACTION_ALLOW, to(Operation.newBuilder().addMethods("HEAD")));
    Authorizer authorizer = authorizer(deny, allow, other);

    assertThat(authorizer.authorize(Facts.http("GET", "/admin")))
        .isEqualTo(new Denied("shop/deny", Reason.DENY_MATCHED));
    assertThat(authorizer.authorize(Facts.http("GET", "/")))
        .isEqualTo(new Permit(List.of("shop/allow"), List.of(), List.of()));
    assertThat(authorizer.authorize(Facts.http("HEAD", "/")))
        .isEqualTo(new Permit(List.of("shop/other"), List.of(), List.of()));
    assertThat(authorizer.authorize(Facts.http("POST", "/")))
        .isEqualTo(new Denied("shop/allow", Reason.NO_ALLOW_MATCHED));
    assertThat(permits(authorizer(deny), Facts.http("POST", "/"))).isTrue();
  }

  @Test
  void combinesRulesSourcesAndOperations() {
    AuthorizationRules.Rule both =
        AuthorizationRules.Rule.newBuilder()
            .addFrom(Source.newBuilder().addNamespaces("back"))
            .addFrom(Source.newBuilder().addNamespaces("front").addIpBlocks("10.244.1.0/24"))
            .addTo(Operation.newBuilder().addMethods("GET").addPaths("/a"))
            .addTo(Operation.newBuilder().addMethods("POST").addPaths("/b"))
            .build();

    assertThat(permits(allow(both), Facts.http("GET", "/a"))).isTrue();
    assertThat(permits(allow(both), Facts.http("POST", "/b"))).isTrue();
    assertThat(permits(allow(both), Facts.http("GET", "/b"))).isFalse();
    assertThat(permits(allow(both), Facts.http("GET", "/a").anonymous())).isFalse();
  }

  @Test
  void aPolicyWithoutRulesNeverMatchesAndAnEmptyRuleAlwaysDoes() {
    AuthorizationRules.Rule empty = AuthorizationRules.Rule.getDefaultInstance();

    assertThat(permits(authorizer(policy("p", Action.ACTION_ALLOW)), Facts.tcp())).isFalse();
    assertThat(permits(authorizer(policy("p", Action.ACTION_DENY)), Facts.tcp())).isTrue();
    assertThat(permits(authorizer(policy("p", Action.ACTION_ALLOW, empty)), Facts.tcp())).isTrue();
    assertThat(permits(authorizer(policy("p", Action.ACTION_DENY, empty)), Facts.tcp())).isFalse();
  }

  @Test
  void opaqueConnectionsNeverPassByHttpFields() {
    AuthorizationRules.Rule get = to(Operation.newBuilder().addMethods("GET").addPorts("8080"));
    AuthorizationRules.Rule elsewhere =
        to(Operation.newBuilder().addMethods("GET").addPorts("9000"));
    AuthorizationRules.Rule port = to(Operation.newBuilder().addPorts("8080"));
    AuthorizationRules.Rule condition = when("request.path == '/x'");

    assertThat(permits(allow(get), Facts.tcp())).isFalse();
    assertThat(permits(allow(get, port), Facts.tcp())).isTrue();
    assertThat(permits(allow(condition), Facts.tcp())).isFalse();
    assertThat(permits(authorizer(policy("d", Action.ACTION_DENY, get)), Facts.tcp())).isFalse();
    assertThat(permits(authorizer(policy("d", Action.ACTION_DENY, elsewhere)), Facts.tcp()))
        .isTrue();
    assertThat(permits(authorizer(policy("d", Action.ACTION_DENY, condition)), Facts.tcp()))
        .isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "request.method == 'GET'                                         | true",
        "request.path.startsWith('/api/')                                | true",
        "request.path == '/api/x?y'                                      | false",
        "request.host == 'shop.example'                                  | true",
        "request.headers['x-role'] == 'admin'                            | true",
        "'x-role' in request.headers                                     | true",
        "'x-none' in request.headers                                     | false",
        "!('x-none' in request.headers)                                  | true",
        "request.headers['x-role'].matches('^a.*n$')                     | true",
        "has(request.headers.role) && !has(request.headers.none)         | true",
        "source.principal.endsWith('/sa/web')                            | true",
        "source.namespace == 'front' && destination.port == 8080         | true",
        "source.serviceAccount == 'front/web'                            | true",
        "source.ip.startsWith('10.244.')                                 | true",
        "connection.sni == ''                                            | true",
        "source.namespace in ['a', 'front']                              | true",
        "size(request.path) > 100                                        | false",
      })
  void evaluatesConditions(String condition, boolean matches) {
    Authorizer authorizer = allow(when(condition));

    assertThat(permits(authorizer, Facts.http("GET", "/api/x?y", "x-role", "admin", "role", "r")))
        .isEqualTo(matches);
    assertThat(authorizer.needsHttp()).isEqualTo(condition.contains("request."));
  }

  @Test
  void conditionsSeeTheEmptyStringForWhatIsNotProven() {
    assertThat(permits(allow(when("source.principal == ''")), Facts.tcp().anonymous())).isTrue();
    assertThat(permits(allow(when("source.namespace == ''")), Facts.tcp().anonymous())).isTrue();
  }

  @Test
  void failsClosedWhenAConditionCannotBeEvaluated() {
    AuthorizationRules.Rule role = when("request.headers['x-role'] == 'admin'");
    AuthorizationRules.Rule walk = when("request.headers.exists(k, k == 'a')");
    Facts without = Facts.http("GET", "/");

    assertThat(allow(role).authorize(without))
        .isEqualTo(new Denied("shop/p", Reason.EVALUATION_FAILED));
    assertThat(authorizer(policy("d", Action.ACTION_DENY, role)).authorize(without))
        .isEqualTo(new Denied("shop/d", Reason.EVALUATION_FAILED));
    assertThat(permits(allow(walk), without)).isFalse();
    assertThat(permits(allow(role, when("true")), without)).isTrue();
    assertThat(
            permits(
                allow(
                    AuthorizationRules.Rule.newBuilder()
                        .addWhen(cel("false"))
                        .addWhen(cel("request.headers['x-role'] == 'admin'"))
                        .build()),
                without))
        .isFalse();
  }

  @Test
  void reportsAuditAndDryRun() {
    Resource audit =
        policy("audit", Action.ACTION_AUDIT, to(Operation.newBuilder().addPaths("/a")));
    Resource wouldDeny =
        dryRun(policy("deny", Action.ACTION_DENY, to(Operation.newBuilder().addPaths("/a"))));
    Resource wouldAllow =
        dryRun(policy("allow", Action.ACTION_ALLOW, to(Operation.newBuilder().addPaths("/b"))));

    assertThat(authorizer(audit, wouldDeny).authorize(Facts.http("GET", "/a")))
        .isEqualTo(
            new Permit(
                List.of(),
                List.of("shop/audit"),
                List.of(new Denied("shop/deny", Reason.DENY_MATCHED))));
    assertThat(authorizer(audit, wouldDeny).authorize(Facts.http("GET", "/x")))
        .isSameAs(Permit.UNRESTRICTED);
    assertThat(authorizer(wouldAllow).authorize(Facts.http("GET", "/a")))
        .isEqualTo(
            new Permit(
                List.of(), List.of(), List.of(new Denied("shop/allow", Reason.NO_ALLOW_MATCHED))));
    assertThat(authorizer(wouldAllow).authorize(Facts.http("GET", "/b")))
        .isSameAs(Permit.UNRESTRICTED);
  }

  @Test
  void appliesPoliciesToTheirTargets() {
    Resource everyone =
        policy("everyone", Action.ACTION_DENY, to(Operation.newBuilder().addPorts("1")));
    Resource some =
        target(
            policy("some", Action.ACTION_DENY, to(Operation.newBuilder().addPorts("8080"))),
            Target.newBuilder().setWorkloads(Target.Identities.newBuilder().addNumbers(300)));
    Resource onService =
        target(
            policy("svc", Action.ACTION_DENY, to(Operation.newBuilder().addPorts("8080"))),
            Target.newBuilder()
                .setService(Target.Ref.newBuilder().setNamespace("shop").setName("web")));
    Resource onGateway =
        target(
            policy("gw", Action.ACTION_DENY, to(Operation.newBuilder().addPorts("8080"))),
            Target.newBuilder()
                .setGateway(Target.Ref.newBuilder().setNamespace("shop").setName("edge")));
    ProxyTables tables =
        ProxyTables.compile(
            view(
                workload("shop", "a-1", "10.0.0.1", 300),
                workload("shop", "b-1", "10.0.0.2", 301),
                workload("other", "c-1", "10.0.0.3", 300),
                service("shop", "web", "10.96.0.1", 80),
                everyone,
                some,
                onService,
                onGateway));

    assertThat(permits(of(tables, "shop", "a-1"), Facts.tcp())).isFalse();
    assertThat(permits(of(tables, "shop", "b-1"), Facts.tcp())).isTrue();
    assertThat(of(tables, "shop", "b-1").isUnrestricted()).isFalse();
    assertThat(of(tables, "other", "c-1").isUnrestricted()).isTrue();
    assertThat(permits(tables.authorizer(new ServiceKey("shop", "web", 80)), Facts.tcp()))
        .isFalse();
    assertThat(tables.authorizer(new ServiceKey("shop", "api", 80)).isUnrestricted()).isTrue();
    Gateway edge = Gateway.newBuilder().setNamespace("shop").setName("edge").build();
    assertThat(permits(tables.authorizer(new GatewayPort(edge, 80, List.of())), Facts.tcp()))
        .isFalse();
  }

  @Test
  void aPolicyThatCannotBeCompiledFailsClosedUnlessAnEarlierFormStands() {
    Resource broken =
        policy(
            "p",
            Action.ACTION_ALLOW,
            AuthorizationRules.Rule.newBuilder()
                .addWhen(ByteString.copyFromUtf8("nonsense"))
                .build());
    ProxyTables never = ProxyTables.compile(view(workload("shop", "a-1", "10.0.0.1", 300), broken));

    assertThat(never.refusals().get("authorization/shop/p")).contains("rule 0").contains("CEL");
    assertThat(of(never, "shop", "a-1").authorize(Facts.tcp()))
        .isEqualTo(new Denied("shop/p", Reason.EVALUATION_FAILED));

    Resource good = policy("p", Action.ACTION_ALLOW, AuthorizationRules.Rule.getDefaultInstance());
    ProxyTables mended = ProxyTables.compile(never.view().with(List.of(good), List.of()), never);

    assertThat(mended.refusals()).isEmpty();
    assertThat(permits(of(mended, "shop", "a-1"), Facts.tcp())).isTrue();

    ProxyTables again = ProxyTables.compile(mended.view().with(List.of(broken), List.of()), mended);

    assertThat(again.refusals()).containsKey("authorization/shop/p");
    assertThat(permits(of(again, "shop", "a-1"), Facts.tcp())).isTrue();

    ProxyTables removed =
        ProxyTables.compile(never.view().with(List.of(), List.of("authorization/shop/p")), never);

    assertThat(of(removed, "shop", "a-1").isUnrestricted()).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "port, is no port",
    "block, is no IP block",
    "pattern, string literal",
    "bomb, too large",
    "source, source without fields",
    "operation, operation without fields"
  })
  void saysWhatIsWrong(String what, String reason) {
    AuthorizationRules.Rule rule =
        switch (what) {
          case "port" -> to(Operation.newBuilder().addPorts("http"));
          case "block" -> from(Source.newBuilder().addIpBlocks("10.0.0.0/x"));
          case "pattern" -> when("request.path.matches(request.host)");
          case "bomb" -> when("request.path.matches('((((x{100}){100}){100}){100})')");
          case "source" -> from(Source.newBuilder());
          default -> to(Operation.newBuilder());
        };
    ProxyTables tables = ProxyTables.compile(view(policy("p", Action.ACTION_ALLOW, rule)));

    assertThat(tables.refusals().get("authorization/shop/p")).contains(reason);
  }

  private static Authorizer of(ProxyTables tables, String namespace, String pod) {
    return tables.authorizer(requireNonNull(tables.workload(namespace, pod)));
  }

  private static boolean permits(Authorizer authorizer, AuthorizationFacts facts) {
    return switch (authorizer.authorize(facts)) {
      case Permit _ -> true;
      case Denied _ -> false;
    };
  }

  private static Authorizer allow(AuthorizationRules.Rule... rules) {
    return authorizer(policy("p", Action.ACTION_ALLOW, rules));
  }

  private static Authorizer authorizer(Resource... policies) {
    ProxyTables tables =
        ProxyTables.compile(
            view(policies).with(List.of(workload("shop", "a-1", "10.0.0.1", 300)), List.of()));
    assertThat(tables.refusals()).isEmpty();
    return of(tables, "shop", "a-1");
  }

  private static Resource policy(String name, Action action, AuthorizationRules.Rule... rules) {
    AuthorizationRules.Builder policy =
        AuthorizationRules.newBuilder()
            .setNamespace("shop")
            .setName(name)
            .setAction(action)
            .addAllRules(List.of(rules));
    return Resource.newBuilder()
        .setName("authorization/shop/" + name)
        .setVersion(String.valueOf(policy.build().hashCode()))
        .setAuthorization(policy)
        .build();
  }

  private static Resource dryRun(Resource policy) {
    Resource.Builder builder = policy.toBuilder();
    builder.getAuthorizationBuilder().setDryRun(true);
    return builder.build();
  }

  private static Resource target(Resource policy, Target.Builder target) {
    Resource.Builder builder = policy.toBuilder();
    builder.getAuthorizationBuilder().addTargets(target);
    return builder.build();
  }

  private static AuthorizationRules.Rule from(Source.Builder source) {
    return AuthorizationRules.Rule.newBuilder().addFrom(source).build();
  }

  private static AuthorizationRules.Rule to(Operation.Builder operation) {
    return AuthorizationRules.Rule.newBuilder().addTo(operation).build();
  }

  private static AuthorizationRules.Rule when(String condition) {
    return AuthorizationRules.Rule.newBuilder().addWhen(cel(condition)).build();
  }

  private static ByteString cel(String condition) {
    try {
      return CelProtoAbstractSyntaxTree.fromCelAst(CEL.compile(condition).getAst())
          .toCheckedExpr()
          .toByteString();
    } catch (CelValidationException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void aTargetOfAnUnknownKindIsToldOf() {
    dev.weft.api.v1.Resource newer =
        dev.weft.api.v1.Resource.newBuilder()
            .setName("authorization/shop/p")
            .setAuthorization(
                AuthorizationRules.newBuilder()
                    .setNamespace("shop")
                    .setName("p")
                    .setAction(AuthorizationRules.Action.ACTION_DENY)
                    .addTargets(AuthorizationRules.Target.getDefaultInstance()))
            .build();

    assertThat(
            ProxyTables.compile(
                    MeshView.empty().with(java.util.List.of(newer), java.util.List.of()))
                .refusals())
        .containsOnlyKeys("authorization/shop/p");
  }
}
