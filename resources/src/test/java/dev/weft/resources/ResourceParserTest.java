package dev.weft.resources;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class ResourceParserTest {
  private static final String SHOP =
      """
      apiVersion: v1
      kind: Namespace
      metadata:
        name: shop
        labels:
          weft.dev/mtls: strict
      ---
      # a comment between documents
      apiVersion: apps/v1
      kind: Deployment
      metadata:
        name: web
        namespace: shop
      spec:
        replicas: 2
        selector:
          matchLabels: {app: web}
        strategy:
          type: Recreate
        template:
          metadata:
            labels: {app: web, version: v1}
          spec:
            serviceAccountName: web
            containers:
            - name: web
              image: registry/web:1
              command: [weft, echo]
              args: ["--http", "8080"]
              env:
              - name: POD
                valueFrom:
                  fieldRef:
                    fieldPath: metadata.name
              - name: EMPTY
              ports:
              - containerPort: 8080
                name: http
              resources:
                limits: {memory: 64Mi}
              readinessProbe:
                httpGet: {path: /, port: 8080}
            volumes:
            - name: scratch
              emptyDir: {}
      ---
      apiVersion: v1
      kind: Service
      metadata: {name: web, namespace: shop}
      spec:
        selector: {app: web}
        ports:
        - name: http
          port: 80
          targetPort: http
          appProtocol: http
        - name: admin
          port: 9000
          targetPort: 9001
      ---
      apiVersion: gateway.networking.k8s.io/v1
      kind: HTTPRoute
      metadata: {name: split}
      spec:
        parentRefs:
        - {group: "", kind: Service, name: web, port: 80}
        hostnames: ["*.example.com"]
        rules:
        - matches:
          - path: {type: Exact, value: /a}
            headers:
            - {name: x-canary, value: "yes"}
          backendRefs:
          - {name: web-v2, port: 80, weight: 10}
          timeouts: {request: 1m30s, backendRequest: 500ms}
          retry: {codes: [503], attempts: 3, backoff: 10ms}
      """;

  @Test
  void readsOrdinaryManifests() {
    ResourceParser.Parsed parsed = ResourceParser.strict().parse("shop.yaml", SHOP);

    assertThat(parsed.refusals()).isEmpty();
    Snapshot snapshot = Snapshot.of(parsed.objects());
    Deployment web = snapshot.get(Deployment.class, "shop", "web");
    assertThat(web).isNotNull();
    PodSpec.Container container = web.spec().template().spec().containers().getFirst();
    assertThat(web.spec().replicas()).isEqualTo(2);
    assertThat(container.command()).containsExactly("weft", "echo");
    assertThat(container.env().get(1).value()).isEmpty();
    assertThat(container.carried()).containsKeys("resources", "readinessProbe");
    Service service = snapshot.get(Service.class, "shop", "web");
    assertThat(service).isNotNull();
    assertThat(service.spec().ports().get(0).targetPort())
        .isEqualTo(new IntOrString.PortName("http"));
    assertThat(service.spec().ports().get(1).targetPort())
        .isEqualTo(new IntOrString.PortNumber(9001));
    HttpRoute route = snapshot.get(HttpRoute.class, "default", "split");
    assertThat(route).isNotNull();
    HttpRoute.Rule rule = route.spec().rules().getFirst();
    assertThat(rule.timeouts())
        .isEqualTo(new HttpRoute.Timeouts(Duration.ofSeconds(90), Duration.ofMillis(500)));
    assertThat(rule.retry()).isEqualTo(new HttpRoute.Retry(List.of(503), 3, Duration.ofMillis(10)));
    assertThat(rule.matches().getFirst().headers().getFirst().type()).isEqualTo("Exact");
  }

  @Test
  void whatIsWrittenReadsBackEqualAndIsWrittenTheSame() {
    List<KubeObject> objects = ResourceParser.strict().parse("shop.yaml", SHOP).objects();

    for (KubeObject object : objects) {
      String yaml = ResourceWriter.toYaml(object);
      ResourceParser.Parsed again = ResourceParser.strict().parse("again.yaml", yaml);
      assertThat(again.refusals()).isEmpty();
      assertThat(again.objects()).containsExactly(object);
      assertThat(ResourceWriter.toYaml(again.objects().getFirst())).isEqualTo(yaml);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "  replicas: 2     |  replica: 2      | 15 | spec.replica | did you mean replicas?",
        "  replicas: 2     |  replicas: two   | 15 | spec.replicas | must be a whole number",
        "  replicas: 2     |  replicas: '2'   | 15 | spec.replicas | must be a whole number",
        "  replicas: 2     |  replicas: -1    | 15 | spec.replicas | must be from 0",
        "matchLabels: {app: web} | matchLabels: {app: api} | 16 | spec.selector | must match",
        "matchLabels: {app: web} | matchLabels: {app: 7} | 17 | spec.selector.matchLabels.app | put quotes around 7",
        "matchLabels: {app: web} | matchLabels: {-: web} | 17 | spec.selector.matchLabels.- | no label key",
        "kind: Deployment | kind: Deploiment | 10 | kind | none that Weft reads",
        "apiVersion: apps/v1 | apiVersion: apps/v2 | 9 | apiVersion | is not one of apps/v1",
        "name: web\\n  namespace | name: Web\\n  namespace | 12 | metadata.name | is no name for a",
        "command: [weft, echo] | command: weft | 28 | spec.template.spec.containers[0].command | must be a list",
        "containerPort: 8080 | containerPort: 80800 | 37 | spec.template.spec.containers[0].ports[0].containerPort | from 1 to 65535",
        "targetPort: 9001 | targetPort: 0 | 59 | spec.ports[1].targetPort | from 1 to 65535",
        "name: admin | name: http | 57 | spec.ports[1].name | used by another port",
        "type: Exact, | type: Exakt, | 70 | spec.rules[0].matches[0].path.type | is not one of Exact, PathPrefix, RegularExpression",
        "value: /a} | value: a} | 70 | spec.rules[0].matches[0].path.value | must begin with /",
        "value: /a} | value: /a//b} | 70 | spec.rules[0].matches[0].path.value | normal URL path",
        "*.example.com | *.*.com | 67 | spec.hostnames[0] | does not match",
        "weight: 10 | weight: 1000001 | 74 | spec.rules[0].backendRefs[0].weight | from 0 to 1000000",
        "port: 80, weight | weight | 74 | spec.rules[0].backendRefs[0].port | is required for a Service",
        "request: 1m30s | request: 1.5m | 75 | spec.rules[0].timeouts.request | must be a duration",
        "request: 1m30s | request: 1ms | 75 | spec.rules[0].timeouts.backendRequest | not be longer",
        "codes: [503] | codes: [200] | 76 | spec.rules[0].retry.codes[0] | from 400 to 599",
        "{name: split} | {} | 63 | metadata.name | is required",
        "name: shop | name: shop\\n  namespace: x | 5 | metadata.namespace | lives in no namespace",
        "  replicas: 2 |   replicas: 2\\n  replicas: 3 | 16 | spec.replicas | given twice",
        "  replicas: 2 |   replicas: *a | 15 | spec.replicas | anchor or alias",
        "  replicas: 2 |   replicas: [ | 17 | `` | is not YAML: expected ',' or ']'",
      })
  void refusesWithLineAndField(String good, String bad, int line, String field, String reason) {
    String text = SHOP.replace(good.replace("\\n", "\n"), bad.replace("\\n", "\n"));
    assertThat(text).as("the table's first column must occur").isNotEqualTo(SHOP);

    List<Refusal> refusals = ResourceParser.strict().parse("shop.yaml", text).refusals();

    assertThat(refusals)
        .anySatisfy(
            refusal -> {
              assertThat(refusal.file()).isEqualTo("shop.yaml");
              assertThat(refusal.line()).isEqualTo(line);
              assertThat(refusal.field()).isEqualTo(field);
              assertThat(refusal.reason()).contains(reason);
            });
  }

  @Test
  void oneBadDocumentDoesNotKeepTheOthersFromBeingRead() {
    ResourceParser.Parsed parsed =
        ResourceParser.strict().parse("shop.yaml", SHOP.replace("replicas", "replicaz"));

    assertThat(parsed.objects()).hasSize(3);
    assertThat(parsed.refusals()).hasSize(1);
  }

  @Test
  void lenientReadingIgnoresWhatItDoesNotKnow() {
    ResourceParser.Parsed parsed =
        ResourceParser.lenient().parse("shop.yaml", SHOP.replace("strategy", "fromTheFuture"));

    assertThat(parsed.refusals()).isEmpty();
    assertThat(parsed.objects()).hasSize(4);
  }

  @Test
  void lenientReadingKeepsObjectsWhoseFieldsDoNotFitTogether() {
    String namespace =
        "{apiVersion: v1, kind: Namespace, metadata: {name: a, labels: {weft.dev/mtls: stict}}}";

    assertThat(ResourceParser.lenient().parse("a", namespace).objects()).hasSize(1);
    assertThat(ResourceParser.strict().parse("a", namespace).refusals())
        .singleElement()
        .satisfies(
            refusal -> {
              assertThat(refusal.field()).isEqualTo("metadata.labels.weft.dev/mtls");
              assertThat(refusal.reason()).contains("strict, permissive, disabled");
            });
  }

  @Test
  void readsListsAndJson() {
    String json =
        """
        {"apiVersion": "v1", "kind": "List", "items": [
          {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "a"}},
          {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "a"}}]}
        """;

    ResourceParser.Parsed parsed = ResourceParser.strict().parse("list.json", json);

    assertThat(parsed.objects()).hasSize(1);
    assertThat(parsed.refusals()).singleElement().satisfies(r -> assertThat(r.line()).isEqualTo(3));
  }

  static List<String> bombs() {
    StringBuilder laughs = new StringBuilder("a0: &a0 [x, x]\n");
    for (int i = 1; i < 30; i++) {
      laughs.append("a%d: &a%d [*a%d, *a%d]\n".formatted(i, i, i - 1, i - 1));
    }
    return List.of(
        laughs.toString(),
        "[".repeat(100_000),
        "a: ".repeat(50_000),
        "- ".repeat(100_000),
        "{a: ".repeat(100_000),
        "[" + "1,".repeat(2_000_000) + "1]",
        "a: 1" + "0".repeat(1_000_000),
        "? ".repeat(50_000),
        "\u0000",
        "%YAML 1.1\n%YAML 1.1\n--- !!java.net.URL [http://localhost]");
  }

  @ParameterizedTest
  @MethodSource("bombs")
  void hostileTextsAreRefusedQuicklyAndInLittleMemory(String text) {
    ResourceParser.Parsed parsed = ResourceParser.strict().parse("bomb.yaml", text);

    assertThat(parsed.objects()).isEmpty();
    assertThat(parsed.refusals()).isNotEmpty();
  }

  @Test
  void tooLargeAndNotUtf8AreRefused() {
    assertThat(ResourceParser.strict().parse("big", new byte[17 << 20]).refusals())
        .singleElement()
        .satisfies(refusal -> assertThat(refusal.reason()).contains("16 MiB"));
    assertThat(ResourceParser.strict().parse("latin1", new byte[] {(byte) 0xe4, 'x'}).refusals())
        .singleElement()
        .satisfies(refusal -> assertThat(refusal.reason()).contains("UTF-8"));
  }

  @Test
  void secretsStayOutOfMessages() {
    String text =
        """
        apiVersion: v1
        kind: Secret
        metadata: {name: s, namespace: a}
        data:
          tls.crt: "c2VjcmV0"
          tls.key: "not base64!"
        """;

    ResourceParser.Parsed refused =
        ResourceParser.strict().parse("s.yaml", text.getBytes(StandardCharsets.UTF_8));
    ResourceParser.Parsed good =
        ResourceParser.strict().parse("s.yaml", text.replace("not base64!", "c2VjcmV0"));

    assertThat(refused.refusals())
        .containsExactly(
            new Refusal(
                "s.yaml", 6, "data.tls.key", "is not base64; plain text belongs under stringData"));
    Secret secret = (Secret) good.objects().getFirst();
    assertThat(secret.value("tls.key")).asString().isEqualTo("secret");
    assertThat(secret.toString()).doesNotContain("c2VjcmV0").contains("tls.key");
  }

  /** Cuts, doubles and mixes pieces of a good text; the seed names the case. */
  private static String mutated(Random random, String text) {
    String pieces = "{}[]:,-#&*!|>'\"%@`?\n\t 0.~\u0000\u0085\uFEFF\uD800";
    StringBuilder mutated = new StringBuilder(text);
    for (int i = random.nextInt(8); i >= 0; i--) {
      int at = random.nextInt(mutated.length());
      int length = Math.min(random.nextInt(40), mutated.length() - at);
      switch (random.nextInt(4)) {
        case 0 -> mutated.delete(at, at + length);
        case 1 -> mutated.insert(at, mutated.substring(at, at + length));
        case 2 -> mutated.setCharAt(at, pieces.charAt(random.nextInt(pieces.length())));
        default -> mutated.insert(random.nextInt(mutated.length()), mutated.charAt(at));
      }
      if (mutated.isEmpty()) {
        mutated.append('x');
      }
    }
    return mutated.toString();
  }

  @Test
  void brokenTextsAreRefusedAndNeverBreakTheParser() {
    for (int seed = 0; seed < 3_000; seed++) {
      String text = mutated(new Random(seed), SHOP);
      ResourceParser.Parsed parsed = ResourceParser.strict().parse("f", text);
      assertThat(parsed.objects().size() + parsed.refusals().size())
          .as("seed " + seed)
          .isPositive();
      for (KubeObject object : parsed.objects()) {
        assertThat(ResourceParser.strict().parse("f", ResourceWriter.toYaml(object)).objects())
            .as("seed " + seed)
            .containsExactly(object);
      }
    }
  }
}
