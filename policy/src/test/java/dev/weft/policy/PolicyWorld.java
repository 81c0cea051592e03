package dev.weft.policy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.api.v1.Resource;
import dev.weft.resources.Kind;
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

/** A translator with a snapshot in YAML; identities are numbered by the label "n" of their Pods. */
final class PolicyWorld {
  private final Translator translator = translator();
  private final Map<String, Resource> resources = new HashMap<>();
  private final Map<ObjectRef, StatusFacts> facts = new HashMap<>();
  private Snapshot snapshot = Snapshot.empty();

  PolicyWorld(String... yamls) {
    apply(yamls);
  }

  private static Translator translator() {
    return new Translator(
        labels -> Integer.parseInt(Objects.requireNonNull(labels.labels().get("n"))));
  }

  static String namespace(String name, String labels) {
    return """
    apiVersion: v1
    kind: Namespace
    metadata: {name: %s, labels: {%s}}
    """
        .formatted(name, labels);
  }

  /** A running Pod with ports "http" and "dns" (UDP). */
  static String pod(String namespace, int number, String labels, int httpPort) {
    return """
    apiVersion: v1
    kind: Pod
    metadata: {name: p%d, namespace: %s, labels: {n: "%d", %s}}
    spec:
      nodeName: n1
      containers:
      - name: c
        ports:
        - {name: http, containerPort: %d}
        - {name: dns, containerPort: 5353, protocol: UDP}
    """
        .formatted(number, namespace, number, labels, httpPort);
  }

  PolicyWorld apply(String... yamls) {
    for (String yaml : yamls) {
      ResourceParser.Parsed parsed = ResourceParser.strict().parse("test.yaml", yaml);
      assertThat(parsed.refusals()).isEmpty();
      snapshot = snapshot.with(parsed.objects(), List.of());
    }
    Translation<Resource> changes = translator.translate(snapshot);
    changes.resources().forEach((name, now) -> resources.compute(name, (_, _) -> now));
    changes.facts().forEach((object, now) -> facts.compute(object, (_, _) -> now));
    Translation<Resource> fresh = translator().translate(snapshot);
    assertThat(resources)
        .as("incremental and fresh translation agree")
        .isEqualTo(fresh.resources());
    assertThat(facts).isEqualTo(fresh.facts());
    return this;
  }

  Map<String, Resource> resources() {
    return new HashMap<>(resources);
  }

  int computed() {
    return translator.computed();
  }

  Resource resource(String name) {
    assertThat(resources).containsKey(name);
    return Objects.requireNonNull(resources.get(name));
  }

  ObjectStatus.OfPolicy status(String namespace, String name, Programmed programmed) {
    ObjectRef ref = new ObjectRef(Kind.AUTHORIZATION_POLICY, namespace, name);
    return (ObjectStatus.OfPolicy) Objects.requireNonNull(facts.get(ref)).render(programmed);
  }
}
