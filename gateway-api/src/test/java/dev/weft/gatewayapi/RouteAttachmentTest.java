package dev.weft.gatewayapi;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.api.v1.Attachment;
import dev.weft.resources.Kind;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RouteAttachmentTest {
  private static final String GATEWAY =
      """
      apiVersion: gateway.networking.k8s.io/v1
      kind: Gateway
      metadata: {name: edge, namespace: shop, generation: 3}
      spec:
        gatewayClassName: weft
        listeners:
        - {name: plain, port: 80, protocol: HTTP}
        - {name: bar, port: 80, protocol: HTTP, hostname: bar.com}
        - {name: wild, port: 8080, protocol: HTTP, hostname: "*.wild.com"}
        - name: all
          port: 8081
          protocol: HTTP
          allowedRoutes: {namespaces: {from: All}}
        - name: others
          port: 8082
          protocol: HTTP
          allowedRoutes: {namespaces: {from: Selector, selector: {matchLabels: {team: other}}}}
        - name: grpc
          port: 8083
          protocol: HTTP
          allowedRoutes: {kinds: [{kind: GRPCRoute}]}
        - name: nobody
          port: 8084
          protocol: HTTP
          allowedRoutes: {namespaces: {from: None}}
        - {name: clash-a, port: 8085, protocol: HTTP}
        - {name: clash-b, port: 8085, protocol: HTTPS, tls: {certificateRefs: [{name: none}]}}
        - {name: tcp, port: 8086, protocol: TCP}
      """;

  private static String route(String namespace, String parent, String hostnames) {
    return """
    apiVersion: gateway.networking.k8s.io/v1
    kind: HTTPRoute
    metadata: {name: r, namespace: %s, generation: 7}
    spec:
      parentRefs: [%s]
      hostnames: [%s]
      rules:
      - backendRefs: [{name: web, port: 80}]
    """
        .formatted(namespace, parent, hostnames);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      nullValues = "-",
      value = {
        // namespace | parent | hostnames | Accepted | listeners
        "shop  | {name: edge}                                    | -        | True/Accepted | plain bar wild all",
        "shop  | {name: edge, sectionName: plain}                | -        | True/Accepted | plain",
        "shop  | {name: edge, port: 80}                          | -        | True/Accepted | plain bar",
        "shop  | {name: edge, port: 80, sectionName: bar}        | -        | True/Accepted | bar",
        "shop  | {name: edge, port: 81, sectionName: bar}        | -        | False/NoMatchingParent | -",
        "shop  | {name: edge, sectionName: nope}                 | -        | False/NoMatchingParent | -",
        "shop  | {name: edge, port: 99}                          | -        | False/NoMatchingParent | -",
        "shop  | {name: nope}                                    | -        | False/NoMatchingParent | -",
        "shop  | {name: edge, sectionName: others}               | -        | False/NotAllowedByListeners | -",
        "shop  | {name: edge, sectionName: grpc}                 | -        | False/NotAllowedByListeners | -",
        "shop  | {name: edge, sectionName: nobody}               | -        | False/NotAllowedByListeners | -",
        "shop  | {name: edge, sectionName: tcp}                  | -        | False/NotAllowedByListeners | -",
        "shop  | {name: edge, sectionName: clash-a}              | -        | False/NoMatchingParent | -",
        "other | {name: edge, namespace: shop}                   | -        | True/Accepted | all others",
        "other | {name: edge, namespace: shop, sectionName: bar} | -        | False/NotAllowedByListeners | -",
        "other | {name: edge}                                    | -        | False/NoMatchingParent | -",
        "shop  | {name: edge, sectionName: bar}                  | foo.com  | False/NoMatchingListenerHostname | -",
        "shop  | {name: edge, sectionName: bar}                  | bar.com  | True/Accepted | bar",
        "shop  | {name: edge, sectionName: wild}                 | wild.com | False/NoMatchingListenerHostname | -",
        "shop  | {name: edge, port: 80}                          | foo.com  | True/Accepted | plain",
        "shop  | {group: '', kind: Service, name: web}           | -        | True/Accepted | :0",
        "shop  | {group: '', kind: Service, name: web, port: 80} | -        | True/Accepted | :80",
        "shop  | {group: '', kind: Service, name: web, sectionName: http} | - | True/Accepted | :80",
        "shop  | {group: '', kind: Service, name: web, sectionName: http, port: 9000} | - | False/NoMatchingParent | -",
        "shop  | {group: '', kind: Service, name: web, port: 9001} | -      | True/Accepted | :9001",
        "shop  | {group: '', kind: Service, name: web, port: 9000} | -      | False/UnsupportedValue | -",
        "shop  | {group: '', kind: Service, name: web, port: 99}   | -      | False/NoMatchingParent | -",
        "shop  | {group: '', kind: Service, name: nope}          | -        | False/NoMatchingParent | -",
        "other | {group: '', kind: Service, name: web, namespace: shop} | -  | True/Accepted | other:0",
      })
  void attachesAsTheSpecificationSays(
      String namespace, String parent, String hostnames, String accepted, String attached) {
    World world =
        new World(
            World.BASE, GATEWAY, route(namespace, parent, hostnames == null ? "" : hostnames));

    var parents = world.parents(Kind.HTTP_ROUTE, namespace, "r");

    assertThat(parents).hasSize(1);
    assertThat(World.condition(parents.getFirst().conditions(), "Accepted")).isEqualTo(accepted);
    assertThat(World.condition(parents.getFirst().conditions(), "ResolvedRefs"))
        .as("resolved whether accepted or not")
        .isEqualTo("True/ResolvedRefs");
    assertThat(parents.getFirst().conditions())
        .allSatisfy(condition -> assertThat(condition.observedGeneration()).isEqualTo(7));
    String name = "httproute/" + namespace + "/r";
    if (attached == null) {
      assertThat(world.resources()).doesNotContainKey(name);
    } else {
      assertThat(
              world.resource(name).getHttpRoute().getAttachmentsList().stream()
                  .map(RouteAttachmentTest::describe))
          .containsExactly(attached.split(" ", -1));
    }
  }

  private static String describe(Attachment attachment) {
    Attachment.ServicePort service = attachment.getService();
    return attachment.hasListener()
        ? attachment.getListener().getListener()
        : service.getConsumerNamespace() + ":" + service.getPort();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "-",
      value = {
        // listener | route | result
        "-             | -                   | ``",
        "a.com         | -                   | ``",
        "-             | a.com *.b.com       | a.com *.b.com",
        "a.com         | a.com b.com         | a.com",
        "a.com         | b.com               | -",
        "*.a.com       | x.a.com             | x.a.com",
        "*.a.com       | x.y.a.com           | x.y.a.com",
        "*.a.com       | a.com               | -",
        "*.a.com       | xa.com              | -",
        "x.a.com       | *.a.com             | *.a.com",
        "a.com         | *.a.com             | -",
        "*.a.com       | *.a.com             | *.a.com",
        "*.a.com       | *.x.a.com           | *.x.a.com",
        "*.x.a.com     | *.a.com             | *.a.com",
        "x.a.com       | *.com *.a.com x.a.com y.a.com | *.com *.a.com x.a.com",
        "*.a.com       | x.a.com x.a.com     | x.a.com",
        "*.a.com       | *.b.com             | -",
        "*.a.com       | *.com y.a.com b.com | *.com y.a.com",
      })
  void hostnamesIntersect(String listener, String route, String result) {
    List<String> hostnames = route == null ? List.of() : List.of(route.split(" ", -1));

    List<String> both = Hostnames.intersecting(listener == null ? "" : listener, hostnames);

    if (result == null) {
      assertThat(both).isNull();
    } else if (result.equals("``")) {
      assertThat(both).isEmpty();
    } else {
      assertThat(both).containsExactly(result.split(" ", -1));
    }
  }

  @Test
  void aGatewayOfAnotherControllerIsNotAnswered() {
    String foreign =
        """
        apiVersion: gateway.networking.k8s.io/v1
        kind: GatewayClass
        metadata: {name: weft}
        spec: {controllerName: example.com/other}
        """;
    World world = new World(World.BASE, GATEWAY, foreign, route("shop", "{name: edge}", ""));

    assertThat(world.statuses()).isEmpty();
    assertThat(world.resources().keySet()).noneMatch(name -> name.startsWith("gateway/"));
  }

  @Test
  void listenersCountAcceptedRoutesEvenWithUnresolvedReferences() {
    World world =
        new World(
            World.BASE,
            GATEWAY,
            route("shop", "{name: edge}, {name: edge, sectionName: plain}", "foo.com")
                .replace("name: web,", "name: gone,"));

    assertThat(world.listener("edge", "plain").attachedRoutes()).isEqualTo(1);
    assertThat(world.listener("edge", "bar").attachedRoutes()).isZero();
    assertThat(world.listener("edge", "all").attachedRoutes()).isEqualTo(1);
    assertThat(world.parents(Kind.HTTP_ROUTE, "shop", "r"))
        .hasSize(2)
        .allSatisfy(
            parent -> {
              assertThat(World.condition(parent.conditions(), "Accepted"))
                  .isEqualTo("True/Accepted");
              assertThat(World.condition(parent.conditions(), "ResolvedRefs"))
                  .isEqualTo("False/BackendNotFound");
            });

    world.remove(Kind.HTTP_ROUTE, "shop", "r");
    assertThat(world.listener("edge", "plain").attachedRoutes()).isZero();
  }
}
