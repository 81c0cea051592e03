package dev.weft.gatewayapi;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.api.v1.ExternalAuth;
import dev.weft.api.v1.HttpRule;
import dev.weft.resources.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** HTTPRoute filters that ask somebody (GEP-1494). */
class ExternalAuthTest {
  private static final String GRANT =
      """
      apiVersion: gateway.networking.k8s.io/v1
      kind: ReferenceGrant
      metadata: {name: g, namespace: other}
      spec:
        from: [{group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: shop}]
        to: [{group: "", kind: Service}]
      """;

  private static final String GATEWAY =
      """
      apiVersion: gateway.networking.k8s.io/v1
      kind: Gateway
      metadata: {name: gw, namespace: shop}
      spec:
        gatewayClassName: weft
        listeners: [{name: http, port: 80, protocol: HTTP}]
      """;

  private static String route(String parent, String filter) {
    return """
    apiVersion: gateway.networking.k8s.io/v1
    kind: HTTPRoute
    metadata: {name: r, namespace: shop}
    spec:
      parentRefs: [%s]
      rules:
      - filters: [{type: ExternalAuth, externalAuth: %s}]
        backendRefs: [{name: web, port: 80}]
    """
        .formatted(parent, filter);
  }

  private static World mesh(String filter) {
    return new World(World.BASE, route("{group: '', kind: Service, name: web}", filter));
  }

  private static HttpRule rule(World world) {
    return world.resource("httproute/shop/r").getHttpRoute().getRules(0);
  }

  private static String condition(World world, String type) {
    return World.condition(
        world.parents(Kind.HTTP_ROUTE, "shop", "r").getFirst().conditions(), type);
  }

  private static String message(World world, String type) {
    return world.parents(Kind.HTTP_ROUTE, "shop", "r").getFirst().conditions().stream()
        .filter(each -> each.type().equals(type))
        .findFirst()
        .orElseThrow()
        .message();
  }

  @Test
  void grpcGoesToNodes() {
    World world =
        mesh(
            "{protocol: GRPC, backendRef: {name: web, port: 9001},"
                + " grpc: {allowedHeaders: [X-A, x-a, Cookie]}, forwardBody: {maxSize: 7}}");
    ExternalAuth auth = rule(world).getFilters(0).getExternalAuth();

    assertThat(auth.getGrpc().getHeadersList()).containsExactly("x-a", "cookie");
    assertThat(auth.getMaxBody()).isEqualTo(7);
    assertThat(auth.getBackend().getService().getNamespace()).isEqualTo("shop");
    assertThat(auth.getBackend().getService().getPort()).isEqualTo(9001);
    assertThat(condition(world, "Accepted")).isEqualTo("True/Accepted");
    assertThat(condition(world, "ResolvedRefs")).isEqualTo("True/ResolvedRefs");
  }

  @ParameterizedTest
  @CsvSource({"'', ''", "/check/, /check", "check, /check", "/, ''", "//, ''"})
  void httpGoesToNodes(String path, String prefix) {
    World world =
        mesh(
            "{protocol: HTTP, backendRef: {name: web, port: 80}, http: {path: '%s',".formatted(path)
                + " allowedHeaders: [X-A], allowedResponseHeaders: [X-User]}}");
    ExternalAuth.Http http = rule(world).getFilters(0).getExternalAuth().getHttp();

    assertThat(http.getPathPrefix()).isEqualTo(prefix);
    assertThat(http.getRequestHeadersList()).containsExactly("x-a");
    assertThat(http.getResponseHeadersList()).containsExactly("x-user");
    assertThat(rule(world).getFilters(0).getExternalAuth().getMaxBody()).isZero();
  }

  @Test
  void nodesHoldNoMoreOfABodyThanTheySay() {
    World world =
        mesh(
            "{protocol: HTTP, backendRef: {name: web, port: 80}, http: {},"
                + " forwardBody: {maxSize: 1048577}}");

    assertThat(rule(world).getFilters(0).getExternalAuth().getMaxBody()).isEqualTo(1 << 20);
    assertThat(message(world, "Accepted")).contains("forwardBody.maxSize is 1048576 at most");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{name: gone, port: 80} | False/BackendNotFound",
        "{name: web, port: 81} | False/BackendNotFound",
        "{name: web} | False/BackendNotFound",
        "{group: x.io, kind: Y, name: web, port: 80} | False/InvalidKind",
        "{name: web, namespace: other, port: 80} | False/RefNotPermitted",
      })
  void referencesThatDoNotResolveLetNothingThrough(String ref, String resolved) {
    String port = ref.equals("{name: web}") ? "{name: web, port: 99}" : ref;
    World world = mesh("{protocol: GRPC, grpc: {}, backendRef: " + port + "}");

    assertThat(condition(world, "ResolvedRefs")).isEqualTo(resolved);
    assertThat(condition(world, "Accepted")).isEqualTo("True/Accepted");
    assertThat(rule(world).getFilters(0).getExternalAuth().getBackend().getInvalid())
        .startsWith(resolved.substring("False/".length()));
    assertThat(rule(world).getBackends(0).hasService()).isTrue();
  }

  @Test
  void aGrantOpensOtherNamespaces() {
    World world =
        new World(
            World.BASE,
            GRANT,
            GATEWAY,
            route(
                "{name: gw}",
                "{protocol: GRPC, grpc: {}, backendRef: {name: web, namespace: other, port: 80}}"));

    assertThat(condition(world, "ResolvedRefs")).isEqualTo("True/ResolvedRefs");
    assertThat(rule(world).getFilters(0).getExternalAuth().getBackend().getService())
        .satisfies(service -> assertThat(service.getNamespace()).isEqualTo("other"));
  }

  @Test
  void theExampleIsServed() throws IOException {
    World world =
        new World(World.BASE, Files.readString(Path.of("../examples/external-auth.yaml")));
    var conditions = world.parents(Kind.HTTP_ROUTE, "shop", "guarded").getFirst().conditions();

    assertThat(World.condition(conditions, "Accepted")).isEqualTo("True/Accepted");
    assertThat(World.condition(conditions, "ResolvedRefs")).isEqualTo("True/ResolvedRefs");
  }

  // ---- filters of listeners (GEP-5224)

  private static World listener(String filters, String... more) {
    String gateway =
        """
        apiVersion: gateway.networking.k8s.io/v1
        kind: Gateway
        metadata: {name: gw, namespace: shop}
        spec:
          gatewayClassName: weft
          listeners: [{name: http, port: 80, protocol: HTTP, filters: {requests: [%s]}}]
        """
            .formatted(filters);
    return new World(
        Stream.concat(Stream.of(World.BASE, gateway), Stream.of(more)).toArray(String[]::new));
  }

  private static String listenerCondition(World world, String type) {
    return World.condition(world.listener("gw", "http").conditions(), type);
  }

  @Test
  void listenersAskInTheirOrder() {
    World world =
        listener(
            "{type: ExternalAuth, externalAuth: {protocol: GRPC, grpc: {}, backendRef: {name: web,"
                + " port: 80}}}, {type: ExternalAuth, externalAuth: {protocol: HTTP, http: {path:"
                + " /x}, backendRef: {name: web, port: 9001}}}");
    List<ExternalAuth> auths =
        world.resource("gateway/shop/gw").getGateway().getListeners(0).getAuthsList();

    assertThat(auths)
        .extracting(auth -> auth.getBackend().getService().getPort() + " " + auth.hasGrpc())
        .containsExactly("80 true", "9001 false");
    assertThat(listenerCondition(world, "Accepted")).isEqualTo("True/Accepted");
    assertThat(listenerCondition(world, "ResolvedRefs")).isEqualTo("True/ResolvedRefs");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{name: gone, port: 80} | InvalidListenerFilterRef",
        "{name: web, port: 81} | InvalidListenerFilterRef",
        "{group: x.io, kind: Y, name: web, port: 80} | InvalidListenerFilterRef",
        "{name: web, namespace: other, port: 80} | RefNotPermitted",
      })
  void aListenersReferencesThatDoNotResolveLetNothingThrough(String ref, String reason) {
    World world =
        listener(
            "{type: ExternalAuth, externalAuth: {protocol: GRPC, grpc: {}, backendRef: "
                + ref
                + "}}",
            GRANT); // it is for HTTPRoutes

    assertThat(listenerCondition(world, "ResolvedRefs")).isEqualTo("False/" + reason);
    assertThat(
            world.listener("gw", "http").conditions().stream()
                .filter(each -> each.type().equals("ResolvedRefs"))
                .findFirst()
                .orElseThrow()
                .message())
        .startsWith("filters.requests[0]: ExternalAuth.backendRef");
    assertThat(
            world
                .resource("gateway/shop/gw")
                .getGateway()
                .getListeners(0)
                .getAuths(0)
                .getBackend()
                .hasInvalid())
        .isTrue();
  }
}
