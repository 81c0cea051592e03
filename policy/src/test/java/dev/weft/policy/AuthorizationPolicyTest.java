package dev.weft.policy;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.cel.common.CelProtoAbstractSyntaxTree;
import dev.cel.expr.CheckedExpr;
import dev.cel.runtime.CelRuntimeFactory;
import dev.weft.api.v1.AuthorizationRules;
import dev.weft.api.v1.AuthorizationRules.Action;
import dev.weft.resources.Condition;
import dev.weft.resources.Programmed;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AuthorizationPolicyTest {
  private static final String SERVICE =
      """
      apiVersion: v1
      kind: Service
      metadata: {name: orders, namespace: shop}
      spec: {ports: [{port: 80}]}
      """;

  private static String policy(String spec) {
    return """
    apiVersion: weft.dev/v1alpha1
    kind: AuthorizationPolicy
    metadata: {name: p, namespace: shop, generation: 4}
    spec: %s
    """
        .formatted(spec);
  }

  private static PolicyWorld world(String spec) {
    return new PolicyWorld(
        PolicyWorld.pod("shop", 300, "app: db", 1),
        PolicyWorld.pod("shop", 301, "app: web", 1),
        PolicyWorld.pod("other", 400, "app: db", 1),
        SERVICE,
        policy(spec));
  }

  private static AuthorizationRules rules(PolicyWorld world) {
    return world.resource("authorization/shop/p").getAuthorization();
  }

  private static Condition accepted(PolicyWorld world) {
    var status = world.status("shop", "p", Programmed.NOTHING);
    List<Condition> conditions =
        status.ancestors().isEmpty()
            ? status.conditions()
            : status.ancestors().getFirst().conditions();
    return conditions.getFirst();
  }

  @Test
  void translatesIstiosVocabulary() {
    PolicyWorld world =
        world(
            """
            {targetRefs: [{kind: Service, name: orders}], action: ALLOW, rules: [{
              from: [{source: {principals: ["spiffe://cluster.local/ns/shop/sa/*"], serviceAccounts: [web, other/x],
                               ipBlocks: [10.1.2.3/8, 192.0.2.1]}}],
              to: [{operation: {hosts: [Orders.Example.com], methods: [GET], paths: [/orders*], notPorts: ["9000"]}}],
              when: ['request.headers["x-team"] == "a"', 'source.namespace in ["shop", "other"]']}]}\
            """
                .replace("\n", " "));

    AuthorizationRules rules = rules(world);
    assertThat(rules.getAction()).isEqualTo(Action.ACTION_ALLOW);
    assertThat(rules.getDryRun()).isFalse();
    assertThat(rules.getTargetsList())
        .singleElement()
        .satisfies(target -> assertThat(target.getService().getName()).isEqualTo("orders"));
    AuthorizationRules.Rule rule = rules.getRules(0);
    assertThat(rule.getFrom(0).getPrincipalsList()).containsExactly("cluster.local/ns/shop/sa/*");
    assertThat(rule.getFrom(0).getServiceAccountsList()).containsExactly("shop/web", "other/x");
    assertThat(rule.getFrom(0).getIpBlocksList()).containsExactly("10.0.0.0/8", "192.0.2.1/32");
    assertThat(rule.getTo(0).getHostsList()).containsExactly("orders.example.com");
    assertThat(rule.getTo(0).getNotPortsList()).containsExactly("9000");
    assertThat(rule.getWhenCount()).isEqualTo(2);
    assertThat(accepted(world).isTrue()).isTrue();
    assertThat(accepted(world).observedGeneration()).isEqualTo(4);
  }

  @Test
  void withoutTargetsItCoversTheNamespaceAndWithASelectorSomeIdentities() {
    assertThat(rules(world("{rules: []}")).getTargetsList()).isEmpty();

    AuthorizationRules selected =
        rules(world("{selector: {matchLabels: {app: db}}, action: DENY, mode: DryRun}"));
    assertThat(selected.getDryRun()).isTrue();
    assertThat(selected.getTargets(0).getWorkloads().getNumbersList()).containsExactly(300);

    AuthorizationRules nobody = rules(world("{selector: {matchLabels: {app: none}}}"));
    assertThat(nobody.getTargetsCount()).as("an empty list would mean the namespace").isEqualTo(1);
    assertThat(nobody.getTargets(0).getWorkloads().getNumbersList()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{when: ['request.methud == \"GET\"']} | rules[0].when[0] line 1, column 1: undeclared reference to 'request'",
        "{when: ['true', 'request.method']} | rules[0].when[1]",
        "{when: ['destination.port == \"80\"']} | rules[0].when[0] line 1, column 18",
        "{when: ['1 +']} | rules[0].when[0] line 1",
        "{when: ['[1,2].all(x, [1,2].all(y, true))']} | rules[0].when[0] line 1",
        "{when: ['request.path.matches(request.host)']} | rules[0].when[0] matches() takes a string literal",
        "{when: ['true && matches(request.path, \"(x{100}){100}\")']} | rules[0].when[0] regular expression \"(x{100}){100}\" is too large",
        "{when: ['request.path.matches(\"/(?=x)\")']} | rules[0].when[0] a pattern of matches() is not RE2",
        "{from: [{source: {}}]} | rules[0].from[0].source has no fields",
        "{to: [{operation: {}}]} | rules[0].to[0].operation has no fields",
        "{to: [{operation: {ports: ['http']}}]} | rules[0].to[0].operation.ports[0] is no port",
        "{to: [{operation: {ports: ['70000']}}]} | rules[0].to[0].operation.ports[0] is no port",
        "{to: [{operation: {paths: ['/a*b']}}]} | rules[0].to[0].operation.paths[0] may have one *",
        "{to: [{operation: {paths: ['*a*']}}]} | rules[0].to[0].operation.paths[0] may have one *",
        "{from: [{source: {ipBlocks: ['10.0.0.0/33']}}]} | rules[0].from[0].source.ipBlocks[0] is no address",
        "{from: [{source: {principals: ['spiffe://']}}]} | rules[0].from[0].source.principals[0] is empty",
      })
  void aPolicyThatMakesNoSenseIsSentClosedAndSaysWhere(String rule, String message) {
    PolicyWorld allow = world("{rules: [%s]}".formatted(rule));
    assertThat(rules(allow).getAction()).isEqualTo(Action.ACTION_ALLOW);
    assertThat(rules(allow).getRulesList()).as("an ALLOW that never matches").isEmpty();
    assertThat(accepted(allow).status()).isEqualTo("False");
    assertThat(accepted(allow).reason()).isEqualTo("Invalid");
    assertThat(accepted(allow).message()).contains("spec." + message);

    PolicyWorld deny = world("{action: DENY, rules: [%s]}".formatted(rule));
    assertThat(rules(deny).getRulesList())
        .as("a DENY that always matches")
        .containsExactly(AuthorizationRules.Rule.getDefaultInstance());

    PolicyWorld audit = world("{action: AUDIT, rules: [%s]}".formatted(rule));
    assertThat(rules(audit).getRulesList()).isEmpty();
  }

  @Test
  void targetsThatAreWrongAreNamedAndNeverWidenThePolicy() {
    PolicyWorld gone = world("{targetRefs: [{kind: Service, name: gone}]}");
    assertThat(accepted(gone).reason()).isEqualTo("TargetNotFound");
    assertThat(rules(gone).getTargetsCount()).isEqualTo(1);

    PolicyWorld wrong = world("{targetRefs: [{kind: ConfigMap, name: orders}]}");
    assertThat(accepted(wrong).reason()).isEqualTo("Invalid");
    assertThat(wrong.resources()).doesNotContainKey("authorization/shop/p");
  }

  @Test
  void saysWhenNodesHoldThePolicyOrRefuseIt() {
    PolicyWorld world = world("{rules: []}");
    String name = "authorization/shop/p";

    assertThat(world.status("shop", "p", Programmed.NOTHING).conditions().get(1).status())
        .isEqualTo("Unknown");
    assertThat(
            world
                .status("shop", "p", new Programmed(name::equals, _ -> null))
                .conditions()
                .get(1)
                .isTrue())
        .isTrue();
    assertThat(
            world
                .status("shop", "p", new Programmed(_ -> false, Map.of(name, "too old")::get))
                .conditions()
                .get(1)
                .message())
        .contains("too old");
  }

  @Test
  void compiledConditionsRunOnTheRuntimeAlone() throws Exception {
    ByteString bytes =
        ConditionLanguage.compile(
            "request.method == 'GET' && request.path.startsWith('/orders')"
                + " && request.headers['x-team'] == 'a' && 'x-id' in request.headers"
                + " && source.principal.endsWith('/sa/web') && source.namespace != ''"
                + " && source.serviceAccount == 'shop/web' && source.ip.matches('^10[.]')"
                + " && destination.port == 8080 && connection.sni == '' && request.host != 'x'");
    var tree = CelProtoAbstractSyntaxTree.fromCheckedExpr(CheckedExpr.parseFrom(bytes)).getAst();
    Map<String, Object> facts =
        Map.ofEntries(
            Map.entry("request.method", "GET"),
            Map.entry("request.path", "/orders/1"),
            Map.entry("request.host", "orders"),
            Map.entry("request.headers", Map.of("x-team", "a", "x-id", "1")),
            Map.entry("source.principal", "cluster.local/ns/shop/sa/web"),
            Map.entry("source.namespace", "shop"),
            Map.entry("source.serviceAccount", "shop/web"),
            Map.entry("source.ip", "10.244.1.2"),
            Map.entry("destination.port", 8080L),
            Map.entry("connection.sni", ""));

    assertThat(facts.keySet()).isEqualTo(ConditionLanguage.VARIABLES.keySet());
    assertThat(CelRuntimeFactory.plannerRuntimeBuilder().build().createProgram(tree).eval(facts))
        .isEqualTo(true);
  }
}
