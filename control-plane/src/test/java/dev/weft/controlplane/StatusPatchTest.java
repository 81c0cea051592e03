package dev.weft.controlplane;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.weft.resources.Condition;
import dev.weft.resources.GatewayClass;
import dev.weft.resources.Kind;
import dev.weft.resources.ObjectStatus;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class StatusPatchTest {
  private static final Instant NOW = Instant.parse("2026-05-01T10:00:00.123Z");
  private static final String THEN = "2026-04-01T10:00:00Z";

  private static final String FOREIGN =
      """
      - controllerName: example.com/other
        parentRef: {group: gateway.networking.k8s.io, kind: Gateway, name: edge}
        conditions:
        - {type: Accepted, status: "False", reason: No, message: theirs, lastTransitionTime: x}
      """;

  private static final String OURS =
      """
      - controllerName: weft.dev/gateway-controller
        parentRef: {group: gateway.networking.k8s.io, kind: Gateway, name: edge}
        conditions:
        - {type: Accepted, status: "True", reason: Accepted, message: "", observedGeneration: 1,
           lastTransitionTime: "2026-04-01T10:00:00Z"}
      """;

  @Test
  void entriesOfOthersAreWrittenAlong() {
    StatusPatch patch = Objects.requireNonNull(route(accepted(1), seen("parents", FOREIGN)));

    assertThat(patch.exact()).isTrue();
    assertThat(patch.status().path("parents")).hasSize(2);
    assertThat(patch.status().at("/parents/0")).isEqualTo(yaml(FOREIGN).get(0));
    assertThat(patch.status().at("/parents/1/controllerName").asText())
        .isEqualTo(GatewayClass.WEFT_CONTROLLER);
    assertThat(patch.status().at("/parents/1/conditions/0/lastTransitionTime").asText())
        .isEqualTo("2026-05-01T10:00:00Z");
  }

  @Test
  void whatIsThereIsNotWrittenAgain() {
    assertThat(route(accepted(1), seen("parents", OURS))).isNull();
    assertThat(route(accepted(1), seen("parents", FOREIGN + OURS))).isNull();
  }

  @Test
  void theTimeMovesWithTheStatusOnly() {
    StatusPatch newer = Objects.requireNonNull(route(accepted(2), seen("parents", OURS)));
    assertThat(newer.status().at("/parents/0/conditions/0/observedGeneration").asInt())
        .isEqualTo(2);
    assertThat(newer.status().at("/parents/0/conditions/0/lastTransitionTime").asText())
        .isEqualTo(THEN);

    // The same parent of another controller is no past of ours.
    StatusPatch flipped =
        Objects.requireNonNull(
            route(Condition.no("Accepted", "No", "", 1), seen("parents", FOREIGN + OURS)));
    assertThat(flipped.status().at("/parents/1/conditions/0/lastTransitionTime").asText())
        .isEqualTo("2026-05-01T10:00:00Z");
  }

  @Test
  void entriesAreTakenBackWhenThereIsNothingToSay() {
    StatusPatch patch =
        Objects.requireNonNull(
            StatusPatch.of(Kind.HTTP_ROUTE, null, seen("parents", OURS + FOREIGN), null, NOW));
    assertThat(patch.status().path("parents")).containsExactly(yaml(FOREIGN).get(0));
    assertThat(patch.exact()).isTrue();

    assertThat(StatusPatch.of(Kind.HTTP_ROUTE, null, seen("parents", FOREIGN), null, NOW)).isNull();
    assertThat(StatusPatch.of(Kind.GATEWAY, null, seen("conditions", "[]"), null, NOW)).isNull();
  }

  @Test
  void aGatewaysConditionsAreAppliedAloneAndOnceAtLeast() {
    ObjectNode seen =
        object(
            """
            conditions:
            - {type: Accepted, status: "True", reason: Accepted, message: "", observedGeneration: 1,
               lastTransitionTime: "2026-04-01T10:00:00Z"}
            - {type: example.com/Foreign, status: "True", reason: Theirs, message: ""}
            listeners:
            - name: http
              attachedRoutes: 1
              supportedKinds: []
              conditions: []
            attachedListenerSets: 0
            """);
    ObjectStatus wanted = gateway("http", accepted(1));

    StatusPatch first =
        Objects.requireNonNull(StatusPatch.of(Kind.GATEWAY, wanted, seen, null, NOW));
    assertThat(first.exact()).isFalse();
    assertThat(first.status().path("conditions")).hasSize(1);
    assertThat(first.status().at("/conditions/0/lastTransitionTime").asText()).isEqualTo(THEN);

    assertThat(StatusPatch.of(Kind.GATEWAY, wanted, seen, first.status(), NOW)).isNull();
    assertThat(
            StatusPatch.of(Kind.GATEWAY, gateway("http", accepted(2)), seen, first.status(), NOW))
        .isNotNull();
    assertThat(
            StatusPatch.of(Kind.GATEWAY, gateway("https", accepted(1)), seen, first.status(), NOW))
        .isNotNull();
  }

  @Test
  void aConditionThatIsNoLongerSaidIsTakenBack() {
    ObjectNode seen = object("{}");
    ObjectStatus two =
        new ObjectStatus.OfClass(
            List.of(accepted(1), Condition.yes("Extra", "Is", "", 1)), List.of());
    StatusPatch both =
        Objects.requireNonNull(StatusPatch.of(Kind.GATEWAY_CLASS, two, seen, null, NOW));
    ObjectStatus one = new ObjectStatus.OfClass(List.of(accepted(1)), List.of());

    StatusPatch patch =
        Objects.requireNonNull(
            StatusPatch.of(Kind.GATEWAY_CLASS, one, both.status(), both.status(), NOW));
    assertThat(patch.status().path("conditions")).hasSize(1);
    assertThat(StatusPatch.of(Kind.GATEWAY_CLASS, two, both.status(), both.status(), NOW)).isNull();
  }

  @Test
  void policiesKeepOthersAncestors() {
    ObjectStatus wanted =
        new ObjectStatus.OfPolicy(
            List.of(
                new ObjectStatus.OfAncestor(
                    parent(), GatewayClass.WEFT_CONTROLLER, List.of(accepted(1)))),
            List.of());
    ObjectNode seen = seen("ancestors", FOREIGN.replace("parentRef", "ancestorRef"));

    StatusPatch patch =
        Objects.requireNonNull(StatusPatch.of(Kind.BACKEND_TLS_POLICY, wanted, seen, null, NOW));

    assertThat(patch.status().path("ancestors")).hasSize(2);
    assertThat(StatusPatch.of(Kind.BACKEND_TLS_POLICY, wanted, patch.status(), null, NOW)).isNull();
  }

  private static ObjectStatus gateway(String listener, Condition condition) {
    return new ObjectStatus.OfGateway(
        List.of(),
        List.of(condition),
        List.of(new ObjectStatus.OfListener(listener, List.of(), 1, List.of())),
        0);
  }

  private static @Nullable StatusPatch route(Condition condition, ObjectNode seen) {
    ObjectStatus wanted =
        new ObjectStatus.OfRoute(
            List.of(
                new ObjectStatus.OfParent(
                    parent(), GatewayClass.WEFT_CONTROLLER, List.of(condition))));
    return StatusPatch.of(Kind.HTTP_ROUTE, wanted, seen, null, NOW);
  }

  private static ObjectStatus.StatusParent parent() {
    return new ObjectStatus.StatusParent(
        "gateway.networking.k8s.io", "Gateway", null, "edge", null, null);
  }

  private static Condition accepted(long generation) {
    return Condition.yes("Accepted", "Accepted", "", generation);
  }

  private static ObjectNode seen(String list, String entries) {
    return object(list + ":\n" + entries.indent(2));
  }

  private static ObjectNode object(String yaml) {
    return (ObjectNode) yaml(yaml);
  }

  private static JsonNode yaml(String yaml) {
    return Serialization.unmarshal(yaml, JsonNode.class);
  }
}
