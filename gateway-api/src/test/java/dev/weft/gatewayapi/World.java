package dev.weft.gatewayapi;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.api.v1.Resource;
import dev.weft.resources.Cidr;
import dev.weft.resources.Condition;
import dev.weft.resources.IdentityLabels;
import dev.weft.resources.Kind;
import dev.weft.resources.KubeObject;
import dev.weft.resources.ObjectRef;
import dev.weft.resources.ObjectStatus;
import dev.weft.resources.Programmed;
import dev.weft.resources.ResourceParser;
import dev.weft.resources.Snapshot;
import dev.weft.resources.StatusFacts;
import dev.weft.resources.Translation;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** A translator with a snapshot that tests write in YAML. */
final class World {
  /** What most tests need: the class, two namespaces, a Gateway, a Service in each namespace. */
  static final String BASE =
      """
      apiVersion: gateway.networking.k8s.io/v1
      kind: GatewayClass
      metadata: {name: weft}
      spec: {controllerName: weft.dev/gateway-controller}
      ---
      apiVersion: v1
      kind: Namespace
      metadata: {name: shop, labels: {team: shop}}
      ---
      apiVersion: v1
      kind: Namespace
      metadata: {name: other, labels: {team: other}}
      ---
      apiVersion: v1
      kind: Service
      metadata: {name: web, namespace: shop}
      spec:
        clusterIP: 10.96.0.10
        selector: {app: web}
        ports:
        - {name: http, port: 80, targetPort: 8080}
        - {name: tcp-raw, port: 9000}
        - {name: admin, port: 9001, targetPort: admin}
      ---
      apiVersion: v1
      kind: Service
      metadata: {name: web, namespace: other}
      spec:
        clusterIP: 10.96.0.11
        ports: [{name: http, port: 80}]
      """;

  private final Map<IdentityLabels, Integer> identities = new HashMap<>();
  final AddressPool pool = new AddressPool(cidr("172.31.255.0/24"), Map.of());
  private final Translator translator = translator();
  private final Whole whole = new Whole();
  private Snapshot snapshot = Snapshot.empty();

  World(String... yamls) {
    apply(yamls);
  }

  private Translator translator() {
    return new Translator(
        labels -> identities.computeIfAbsent(labels, each -> 256 + identities.size()), pool);
  }

  /** All that translations have said so far. */
  private static final class Whole {
    final Map<String, Resource> resources = new HashMap<>();
    final Map<ObjectRef, StatusFacts> facts = new HashMap<>();
    List<KubeObject> generated = List.of();

    Whole apply(Translation<Resource> translation) {
      translation.resources().forEach((name, now) -> resources.compute(name, (_, _) -> now));
      translation.facts().forEach((object, now) -> facts.compute(object, (_, _) -> now));
      generated = translation.generated();
      return this;
    }

    Map<ObjectRef, ObjectStatus> statuses(Programmed programmed) {
      Map<ObjectRef, ObjectStatus> statuses = new HashMap<>();
      facts.forEach((ref, fact) -> statuses.put(ref, fact.render(programmed)));
      return statuses;
    }
  }

  static Cidr cidr(String text) {
    return Objects.requireNonNull(Cidr.parse(text));
  }

  /** Adds objects, or changes those with the same name. */
  World apply(String... yamls) {
    for (String yaml : yamls) {
      ResourceParser.Parsed parsed = ResourceParser.strict().parse("test.yaml", yaml);
      assertThat(parsed.refusals()).isEmpty();
      snapshot = snapshot.with(parsed.objects(), List.of());
    }
    return translate();
  }

  World remove(Kind kind, String namespace, String name) {
    snapshot = snapshot.with(List.of(), List.of(new ObjectRef(kind, namespace, name)));
    return translate();
  }

  private World translate() {
    whole.apply(translator.translate(snapshot));
    Whole fresh = new Whole().apply(translator().translate(snapshot));
    assertThat(whole.resources)
        .as("incremental and fresh translation agree")
        .isEqualTo(fresh.resources);
    assertThat(whole.statuses(Programmed.NOTHING)).isEqualTo(fresh.statuses(Programmed.NOTHING));
    assertThat(whole.generated).isEqualTo(fresh.generated);
    return this;
  }

  Map<String, Resource> resources() {
    return Map.copyOf(whole.resources);
  }

  List<KubeObject> generated() {
    return whole.generated;
  }

  int computed() {
    return translator.computed();
  }

  Resource resource(String name) {
    assertThat(whole.resources).containsKey(name);
    return Objects.requireNonNull(whole.resources.get(name));
  }

  ObjectStatus status(Kind kind, String namespace, String name, Programmed programmed) {
    ObjectRef ref = new ObjectRef(kind, namespace, name);
    assertThat(whole.facts).containsKey(ref);
    return Objects.requireNonNull(whole.facts.get(ref)).render(programmed);
  }

  Map<ObjectRef, ObjectStatus> statuses() {
    return whole.statuses(Programmed.NOTHING);
  }

  ObjectStatus.OfGateway gateway(String name, Programmed programmed) {
    return (ObjectStatus.OfGateway) status(Kind.GATEWAY, "shop", name, programmed);
  }

  ObjectStatus.OfListener listener(String gateway, String name) {
    return gateway(gateway, Programmed.NOTHING).listeners().stream()
        .filter(listener -> listener.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  List<ObjectStatus.OfParent> parents(Kind kind, String namespace, String name) {
    ObjectStatus.OfRoute route =
        (ObjectStatus.OfRoute) status(kind, namespace, name, Programmed.NOTHING);
    return Objects.requireNonNull(route.parents());
  }

  /** "True/Accepted", for example. */
  static String condition(List<Condition> conditions, String type) {
    return conditions.stream()
        .filter(condition -> condition.type().equals(type))
        .map(condition -> condition.status() + "/" + condition.reason())
        .findFirst()
        .orElse("none");
  }
}
