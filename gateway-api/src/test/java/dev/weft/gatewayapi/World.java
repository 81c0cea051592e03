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
  private final Translator translator =
      new Translator(
          labels -> identities.computeIfAbsent(labels, each -> 256 + identities.size()), pool);
  private Snapshot snapshot = Snapshot.empty();
  private Translator.Translated translation;

  World(String... yamls) {
    this.translation = (Translator.Translated) translator.translate(snapshot, null);
    apply(yamls);
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
    translation = (Translator.Translated) translator.translate(snapshot, translation);
    Translation<Resource> fresh = translator.translate(snapshot, null);
    assertThat(translation.resources())
        .as("incremental and fresh translation agree")
        .isEqualTo(fresh.resources());
    assertThat(translation.statuses(Programmed.NOTHING))
        .isEqualTo(fresh.statuses(Programmed.NOTHING));
    return this;
  }

  Map<String, Resource> resources() {
    return translation.resources();
  }

  List<KubeObject> generated() {
    return translation.generated();
  }

  int computed() {
    return translation.computed();
  }

  Resource resource(String name) {
    assertThat(translation.resources()).containsKey(name);
    return Objects.requireNonNull(translation.resources().get(name));
  }

  ObjectStatus status(Kind kind, String namespace, String name, Programmed programmed) {
    ObjectRef ref = new ObjectRef(kind, namespace, name);
    assertThat(translation.statuses(programmed)).containsKey(ref);
    return Objects.requireNonNull(translation.statuses(programmed).get(ref));
  }

  Map<ObjectRef, ObjectStatus> statuses() {
    return translation.statuses(Programmed.NOTHING);
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
