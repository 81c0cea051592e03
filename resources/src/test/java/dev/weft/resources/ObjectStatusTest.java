package dev.weft.resources;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class ObjectStatusTest {
  private static final Instant THEN = Instant.parse("2026-01-01T00:00:00Z");
  private static final Instant NOW = Instant.parse("2026-01-02T00:00:00Z");

  private static ObjectStatus gateway(Condition accepted, Condition listener) {
    return new ObjectStatus.OfGateway(
        List.of(new ObjectStatus.Address("IPAddress", "10.0.0.1", "")),
        List.of(accepted),
        List.of(
            new ObjectStatus.OfListener(
                "http",
                List.of(new Gateway.RouteKind("gateway.networking.k8s.io", "HTTPRoute")),
                0,
                List.of(listener))),
        2);
  }

  @Test
  void timesChangeWithTheStatusOnly() {
    Condition yes = Condition.yes("Accepted", "Accepted", "", 1);
    Condition no = Condition.no("Accepted", "Invalid", "broken", 1);
    ObjectStatus first = gateway(yes, yes).stamped(null, THEN);

    ObjectStatus.OfGateway second =
        (ObjectStatus.OfGateway)
            gateway(Condition.yes("Accepted", "Accepted", "", 2), no).stamped(first, NOW);

    assertThat(second.conditions().getFirst().lastTransitionTime()).isEqualTo(THEN);
    assertThat(second.conditions().getFirst().observedGeneration()).isEqualTo(2);
    assertThat(second.listeners().getFirst().conditions().getFirst().lastTransitionTime())
        .isEqualTo(NOW);
  }

  @Test
  void statusesReadBackAsTheyWereWritten() {
    ParentRef parent =
        new ParentRef("gateway.networking.k8s.io", "Gateway", null, "edge", "http", 80);
    ObjectStatus route =
        new ObjectStatus.OfRoute(
                List.of(
                    new ObjectStatus.OfParent(
                        ObjectStatus.StatusParent.of(parent),
                        GatewayClass.WEFT_CONTROLLER,
                        List.of(Condition.yes("Accepted", "Accepted", "", 3)))))
            .stamped(null, NOW);
    ObjectStatus policy =
        new ObjectStatus.OfPolicy(
                List.of(), List.of(Condition.unknown("Accepted", "Pending", "why: \"x\"", 1)))
            .stamped(null, NOW);
    ObjectStatus gateway =
        gateway(Condition.yes("A", "B", "", 1), Condition.no("C", "D", "e", 1)).stamped(null, NOW);

    assertThat(read(Kind.HTTP_ROUTE, route)).isEqualTo(route);
    assertThat(read(Kind.AUTHORIZATION_POLICY, policy)).isEqualTo(policy);
    assertThat(read(Kind.GATEWAY, gateway)).isEqualTo(gateway);
    assertThat(ResourceWriter.toYaml(new ObjectRef(Kind.GATEWAY, "a", "edge"), gateway))
        .contains("attachedRoutes: 0")
        .contains("kind: \"HTTPRoute\"")
        .contains("type: \"IPAddress\"");
    assertThat(ResourceWriter.toYaml(new ObjectRef(Kind.HTTP_ROUTE, "a", "r"), route))
        .as("the API demands group and kind of a parent in a status")
        .contains("group: \"gateway.networking.k8s.io\"")
        .contains("observedGeneration: 3");
    assertThat(ObjectStatus.read(Kind.GATEWAY, "{:")).isNull();
    assertThat(ObjectStatus.read(Kind.GATEWAY, "status: {listeners: 7}")).isNull();
  }

  private static ObjectStatus read(Kind kind, ObjectStatus status) {
    ObjectStatus read =
        ObjectStatus.read(kind, ResourceWriter.toYaml(new ObjectRef(kind, "a", "n"), status));
    assertThat(read).isNotNull();
    return read;
  }
}
