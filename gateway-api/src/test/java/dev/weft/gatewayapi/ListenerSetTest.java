package dev.weft.gatewayapi;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.api.v1.Attachment;
import dev.weft.api.v1.Gateway;
import dev.weft.api.v1.Resource;
import dev.weft.resources.Kind;
import dev.weft.resources.ObjectStatus;
import dev.weft.resources.Programmed;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** GEP-1713, as the conformance suite's ListenerSet tests ask. */
class ListenerSetTest {
  private static final Programmed ACKED = new Programmed("gateway/shop/edge"::equals, _ -> null);
  private static Pem pem;

  @BeforeAll
  static void makeKeys() throws Exception {
    pem = Pem.of("EC");
  }

  private static String gateway(String allowedListeners, String listeners) {
    return """
    apiVersion: gateway.networking.k8s.io/v1
    kind: Gateway
    metadata: {name: edge, namespace: shop, generation: 5}
    spec:
      gatewayClassName: weft
      allowedListeners: {namespaces: {%s}}
      listeners: [%s]
    """
        .formatted(allowedListeners, listeners);
  }

  private static String own(String allowedListeners) {
    return gateway(allowedListeners, "{name: http, port: 80, protocol: HTTP, hostname: own.com}");
  }

  private static String set(String namespace, String name, String created, String listeners) {
    return """
    apiVersion: gateway.networking.k8s.io/v1
    kind: ListenerSet
    metadata: {name: %s, namespace: %s, generation: 3, creationTimestamp: "2026-01-01T00:00:%sZ"}
    spec:
      parentRef: {name: edge, namespace: shop}
      listeners: [%s]
    """
        .formatted(name, namespace, created, listeners);
  }

  private static String http(String name, String hostname) {
    return "{name: %s, port: 80, protocol: HTTP, hostname: %s, allowedRoutes: {namespaces: {from: All}}}"
        .formatted(name, hostname);
  }

  private static String route(String namespace, String name, String parents) {
    return """
    apiVersion: gateway.networking.k8s.io/v1
    kind: HTTPRoute
    metadata: {name: %s, namespace: %s, generation: 7}
    spec: {parentRefs: [%s], rules: [{backendRefs: [{name: web, port: 80}]}]}
    """
        .formatted(name, namespace, parents);
  }

  private static String toSet(String name, String more) {
    return "{group: gateway.networking.k8s.io, kind: ListenerSet, name: %s, namespace: shop%s}"
        .formatted(name, more);
  }

  private static ObjectStatus.OfListenerSet status(World world, String namespace, String name) {
    return (ObjectStatus.OfListenerSet) world.status(Kind.LISTENER_SET, namespace, name, ACKED);
  }

  private static String conditions(ObjectStatus.OfListenerSet status) {
    assertThat(status.conditions())
        .allSatisfy(condition -> assertThat(condition.observedGeneration()).isEqualTo(3));
    return World.condition(status.conditions(), "Accepted")
        + " "
        + World.condition(status.conditions(), "Programmed");
  }

  private static String listener(World world, String set, String name, String type) {
    return status(world, "shop", set).listeners().stream()
        .filter(listener -> listener.name().equals(name))
        .map(listener -> World.condition(listener.conditions(), type))
        .findFirst()
        .orElse("no listener");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        // allowedListeners | in the Gateway's namespace | in another | attached
        "`` | False/NotAllowed False/NotAllowed | False/NotAllowed False/NotAllowed | 0",
        "from: None | False/NotAllowed False/NotAllowed | False/NotAllowed False/NotAllowed | 0",
        "from: Same | True/Accepted True/Programmed | False/NotAllowed False/NotAllowed | 1",
        "from: All | True/Accepted True/Programmed | True/Accepted True/Programmed | 2",
        "from: Selector, selector: {matchLabels: {team: other}} | False/NotAllowed False/NotAllowed | True/Accepted True/Programmed | 1",
        "from: Selector, selector: {matchLabels: {kubernetes.io/metadata.name: shop}} | True/Accepted True/Programmed | False/NotAllowed False/NotAllowed | 1",
        "from: Selector | False/NotAllowed False/NotAllowed | False/NotAllowed False/NotAllowed | 0",
      })
  void theGatewayDecidesWhoMayAddListeners(
      String allowed, String same, String other, int attached) {
    World world =
        new World(
            World.BASE,
            own(allowed),
            set("shop", "near", "01", http("near", "near.com")),
            set("other", "far", "02", http("far", "far.com")));

    assertThat(conditions(status(world, "shop", "near"))).isEqualTo(same);
    assertThat(conditions(status(world, "other", "far"))).isEqualTo(other);
    assertThat(world.gateway("edge", ACKED).attachedListenerSets()).isEqualTo(attached);
    assertThat(World.condition(world.gateway("edge", ACKED).conditions(), "Accepted"))
        .isEqualTo("True/Accepted");
    assertThat(world.gateway("edge", ACKED).listeners()).hasSize(1);
    assertThat(world.resource("gateway/shop/edge").getGateway().getListenersCount())
        .isEqualTo(1 + attached);
  }

  @Test
  void listenersOfSetsFollowTheGatewaysUnderNamesOfTheirOwn() {
    World world =
        new World(
            World.BASE,
            own("from: All"),
            set("shop", "younger", "02", http("http", "b.com")),
            set("other", "older", "01", http("http", "a.com")));

    assertThat(world.resource("gateway/shop/edge").getGateway().getListenersList())
        .extracting(Gateway.Listener::getName)
        .containsExactly("http", "other/older/http", "shop/younger/http");
  }

  @Test
  void whoCameFirstKeepsAPlace() {
    World world =
        new World(
            World.BASE,
            own("from: Same"),
            set("shop", "one", "01", http("a", "a.com") + "," + http("clash", "own.com")),
            set("shop", "two", "02", http("clash", "own.com")),
            set("shop", "three", "03", http("b", "b.com") + "," + http("clash", "a.com")),
            set("shop", "four", "04", http("clash", "b.com")));

    assertThat(conditions(status(world, "shop", "one")))
        .isEqualTo("True/ListenersNotValid True/Programmed");
    assertThat(conditions(status(world, "shop", "two")))
        .isEqualTo("False/ListenersNotValid False/ListenersNotValid");
    assertThat(conditions(status(world, "shop", "three")))
        .isEqualTo("True/ListenersNotValid True/Programmed");
    assertThat(conditions(status(world, "shop", "four")))
        .isEqualTo("False/ListenersNotValid False/ListenersNotValid");
    for (String set : List.of("one", "two", "three", "four")) {
      for (String type : List.of("Accepted", "Programmed")) {
        assertThat(listener(world, set, "clash", type)).isEqualTo("False/HostnameConflict");
      }
      assertThat(listener(world, set, "clash", "Conflicted")).isEqualTo("True/HostnameConflict");
    }
    for (String type : List.of("Accepted", "ResolvedRefs", "Programmed")) {
      assertThat(listener(world, "one", "a", type)).startsWith("True/");
      assertThat(listener(world, "three", "b", type)).startsWith("True/");
      assertThat(
              World.condition(
                  world.gateway("edge", ACKED).listeners().getFirst().conditions(), type))
          .startsWith("True/");
    }
    assertThat(world.gateway("edge", ACKED).attachedListenerSets()).isEqualTo(2);

    world.remove(Kind.LISTENER_SET, "shop", "one");
    assertThat(listener(world, "three", "clash", "Accepted")).isEqualTo("True/Accepted");
  }

  @Test
  void setsOfOneSecondGoByName() {
    World world =
        new World(
            World.BASE,
            own("from: All"),
            set("shop", "a", "01", http("x", "x.com")),
            set("other", "z", "01", http("x", "x.com")));

    assertThat(conditions(status(world, "other", "z"))).isEqualTo("True/Accepted True/Programmed");
    assertThat(listener(world, "a", "x", "Conflicted")).isEqualTo("True/HostnameConflict");
  }

  @Test
  void grantsAreTheSetsOwn() {
    String https =
        "{name: %s, port: 443, protocol: HTTPS, hostname: %s,"
            + " tls: {certificateRefs: [{name: cert, namespace: vault}]}}";
    String grant =
        """
        apiVersion: gateway.networking.k8s.io/v1
        kind: ReferenceGrant
        metadata: {name: %s, namespace: vault}
        spec:
          from: [{group: gateway.networking.k8s.io, kind: %s, namespace: shop}]
          to: [{group: "", kind: Secret}]
        """;
    World world =
        new World(
            World.BASE,
            Pem.secret("vault", "cert", pem.certificate(), pem.pkcs8()),
            gateway("from: All", https.formatted("own", "own.com")),
            set("shop", "near", "01", https.formatted("near", "near.com")),
            set("other", "far", "02", https.formatted("far", "far.com")),
            grant.formatted("g", "Gateway"));

    assertThat(World.condition(world.listener("edge", "own").conditions(), "ResolvedRefs"))
        .isEqualTo("True/ResolvedRefs");
    assertThat(listener(world, "near", "near", "ResolvedRefs")).isEqualTo("False/RefNotPermitted");
    assertThat(conditions(status(world, "shop", "near")))
        .isEqualTo("False/ListenersNotValid False/ListenersNotValid");

    world.apply(grant.formatted("s", "ListenerSet")).remove(Kind.REFERENCE_GRANT, "vault", "g");
    assertThat(World.condition(world.listener("edge", "own").conditions(), "ResolvedRefs"))
        .isEqualTo("False/RefNotPermitted");
    assertThat(conditions(status(world, "shop", "near")))
        .isEqualTo("True/Accepted True/Programmed");
    assertThat(conditions(status(world, "other", "far")))
        .isEqualTo("False/ListenersNotValid False/ListenersNotValid");
    assertThat(World.condition(world.gateway("edge", ACKED).conditions(), "Accepted"))
        .as("the Gateway lives from its set")
        .isEqualTo("True/Accepted");
  }

  @Test
  void aSecretBesideTheSetNeedsNoGrant() {
    World world =
        new World(
            World.BASE,
            Pem.secret("other", "cert", pem.certificate(), pem.pkcs8()),
            own("from: All"),
            set(
                "other",
                "far",
                "01",
                "{name: tls, port: 443, protocol: HTTPS, tls: {certificateRefs: [{name: cert}]}}"));

    assertThat(conditions(status(world, "other", "far")))
        .isEqualTo("True/Accepted True/Programmed");
    assertThat(
            world.resource("gateway/shop/edge").getGateway().getListeners(1).getCertificatesList())
        .containsExactly("certificate/other/cert");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        // namespace | parent | Accepted | listeners
        "shop | {group: gateway.networking.k8s.io, kind: ListenerSet, name: extra} | True/Accepted | shop/extra/all shop/extra/same",
        "shop | {group: gateway.networking.k8s.io, kind: ListenerSet, name: extra, sectionName: same} | True/Accepted | shop/extra/same",
        "shop | {group: gateway.networking.k8s.io, kind: ListenerSet, name: extra, port: 81} | True/Accepted | shop/extra/same",
        "shop | {group: gateway.networking.k8s.io, kind: ListenerSet, name: extra, port: 82} | False/NoMatchingParent | ``",
        "shop | {group: gateway.networking.k8s.io, kind: ListenerSet, name: extra, sectionName: http} | False/NoMatchingParent | ``",
        "shop | {name: edge, sectionName: all} | False/NoMatchingParent | ``",
        "shop | {name: edge} | True/Accepted | http",
        "other | {group: gateway.networking.k8s.io, kind: ListenerSet, name: extra, namespace: shop} | True/Accepted | shop/extra/all",
        "other | {group: gateway.networking.k8s.io, kind: ListenerSet, name: extra, namespace: shop, sectionName: same} | False/NotAllowedByListeners | ``",
        "other | {group: gateway.networking.k8s.io, kind: ListenerSet, name: far} | True/Accepted | other/far/x",
        "shop | {group: gateway.networking.k8s.io, kind: ListenerSet, name: far, namespace: other} | False/NotAllowedByListeners | ``",
        "shop | {group: gateway.networking.k8s.io, kind: ListenerSet, name: none} | False/NoMatchingParent | ``",
      })
  void routesAttachToTheParentTheyNameAlone(
      String namespace, String parent, String accepted, String listeners) {
    World world =
        new World(
            World.BASE,
            own("from: All"),
            set(
                "shop",
                "extra",
                "01",
                http("all", "a.com") + ", {name: same, port: 81, protocol: HTTP}"),
            set("other", "far", "02", "{name: x, port: 83, protocol: HTTP}"),
            route(namespace, "r", parent));

    var parents = world.parents(Kind.HTTP_ROUTE, namespace, "r");
    assertThat(parents).hasSize(1);
    assertThat(World.condition(parents.getFirst().conditions(), "Accepted")).isEqualTo(accepted);
    assertThat(attached(world, "httproute/" + namespace + "/r"))
        .containsExactlyInAnyOrder(listeners.isEmpty() ? new String[0] : listeners.split(" ", -1));
  }

  private static List<String> attached(World world, String route) {
    Resource resource = world.resources().get(route);
    return resource == null
        ? List.of()
        : resource.getHttpRoute().getAttachmentsList().stream()
            .map(Attachment::getListener)
            .map(Attachment.GatewayListener::getListener)
            .toList();
  }

  @Test
  void eachParentIsJudgedAndCountedAlone() {
    World world =
        new World(
            World.BASE,
            own("from: Same"),
            set("shop", "extra", "01", http("all", "a.com")),
            route("shop", "both", "{name: edge}, " + toSet("extra", "")),
            route(
                "shop",
                "one",
                "{name: edge, sectionName: all}, " + toSet("extra", ", sectionName: all")),
            route("shop", "gw", "{name: edge}"));

    var parents = world.parents(Kind.HTTP_ROUTE, "shop", "one");
    assertThat(parents)
        .extracting(parent -> World.condition(parent.conditions(), "Accepted"))
        .containsExactly("False/NoMatchingParent", "True/Accepted");
    assertThat(parents.get(1).parentRef().kind()).isEqualTo("ListenerSet");
    assertThat(attached(world, "httproute/shop/one")).containsExactly("shop/extra/all");
    assertThat(status(world, "shop", "extra").listeners().getFirst().attachedRoutes()).isEqualTo(2);
    assertThat(world.listener("edge", "http").attachedRoutes()).isEqualTo(2);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "infrastructure: {parametersRef: {group: '', kind: ConfigMap, name: x}} | False/ParentNotAccepted False/ParentNotProgrammed",
        "addresses: [{value: 192.0.2.1}] | True/Accepted False/ParentNotProgrammed",
      })
  void aSetIsNoBetterThanItsGateway(String spec, String conditions) {
    World world =
        new World(
            World.BASE,
            own("from: Same").stripTrailing() + "\n  " + spec + "\n",
            set("shop", "extra", "01", http("all", "a.com")));

    assertThat(conditions(status(world, "shop", "extra"))).isEqualTo(conditions);
  }

  @Test
  void programmedIsWhatNodesSayOfTheGateway() {
    World world =
        new World(World.BASE, own("from: Same"), set("shop", "extra", "01", http("a", "a.com")));
    var waiting =
        (ObjectStatus.OfListenerSet)
            world.status(Kind.LISTENER_SET, "shop", "extra", Programmed.NOTHING);

    assertThat(conditions(waiting)).isEqualTo("True/Accepted Unknown/Pending");
    assertThat(World.condition(waiting.listeners().getFirst().conditions(), "Programmed"))
        .isEqualTo("Unknown/Pending");
    assertThat(listener(world, "extra", "a", "Programmed")).isEqualTo("True/Programmed");
  }

  @Test
  void setsOfNoGatewayOfOursAreNotAnswered() {
    String stray =
        set("shop", "stray", "01", http("a", "a.com")).replace("name: edge,", "name: nobody,");
    String service =
        set("shop", "service", "01", http("a", "a.com"))
            .replace("{name: edge,", "{group: '', kind: Service, name: edge,");
    World world = new World(World.BASE, own("from: All"), stray, service);

    assertThat(world.statuses().keySet()).noneMatch(ref -> ref.kind() == Kind.LISTENER_SET);
    world.apply(route("shop", "r", toSet("stray", "")));
    assertThat(world.statuses().keySet()).noneMatch(ref -> ref.kind() == Kind.HTTP_ROUTE);
  }
}
