package dev.weft.cli.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.weft.resources.Kind;
import dev.weft.resources.ObjectRef;
import dev.weft.resources.ObjectStatus;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pods without a Service behind a Gateway, on two nodes: requests, a session, the status. */
@Tag("netns")
class XBackendNetnsTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int MANY = 40;
  private static final Pattern POD = Pattern.compile("\"name\":\\s*\"([^\"]+)\"");

  private static final String MANIFESTS =
      """
      apiVersion: v1
      kind: Namespace
      metadata: {name: shop}
      ---
      apiVersion: apps/v1
      kind: Deployment
      metadata: {name: web, namespace: shop}
      spec:
        replicas: 3
        selector: {matchLabels: {app: web}}
        template:
          metadata: {labels: {app: web}}
          spec:
            containers:
              - name: web
                image: weft/echo
                args: [--http, "8080"]
                ports: [{containerPort: 8080}]
      ---
      apiVersion: gateway.networking.x-k8s.io/v1alpha1
      kind: XBackend
      metadata: {name: web, namespace: shop}
      spec:
        type: EndpointSelector
        endpointSelector: {matchLabels: {app: web}}
        port: {number: 8080}
        protocol: HTTP
        sessionPersistence: {type: Header, header: {name: X-Place}}
      ---
      apiVersion: gateway.networking.k8s.io/v1
      kind: Gateway
      metadata: {name: edge, namespace: shop}
      spec:
        gatewayClassName: weft
        listeners: [{name: http, protocol: HTTP, port: 80}]
      ---
      apiVersion: gateway.networking.k8s.io/v1
      kind: HTTPRoute
      metadata: {name: web, namespace: shop}
      spec:
        parentRefs: [{name: edge}]
        rules: [{backendRefs: [{group: gateway.networking.x-k8s.io, kind: XBackend, name: web}]}]
      """;

  private final LabDiary diary = new LabDiary();
  private final HttpClient client = HttpClient.newHttpClient();

  @Test
  void podsAreReachedAndClientsStay(@TempDir Path folder) throws Exception {
    Files.writeString(folder.resolve("all.yaml"), MANIFESTS);
    try (Lab lab = Lab.up(new LabOptions(folder, 2, LabOptions.DEFAULT_RUN), diary)) {
      assertThat(lab.awaitReady(PATIENCE)).as("%s", diary.entries()).isEmpty();
      assertThat(diary.refusals()).isEmpty();
      await().atMost(PATIENCE).until(() -> !address(lab).isEmpty());
      URI web = URI.create("http://" + address(lab) + "/");
      await().atMost(PATIENCE).ignoreExceptions().until(() -> get(web, "").statusCode() == 200);

      Set<String> pods = new HashSet<>();
      await()
          .atMost(PATIENCE)
          .until(
              () -> {
                pods.add(pod(get(web, "")));
                return pods.size() == 3;
              });
      HttpResponse<String> first = get(web, "");
      String place = first.headers().firstValue("x-place").orElseThrow();
      for (int i = 0; i < MANY; i++) {
        assertThat(pod(get(web, place))).isEqualTo(pod(first));
      }
      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () ->
                  assertThat(said(lab))
                      .containsExactly("Gateway shop/edge Accepted=True weft.dev/Programmed=True"));
    }
  }

  private static String address(Lab lab) {
    return lab.status(new ObjectRef(Kind.GATEWAY, "shop", "edge"))
                instanceof ObjectStatus.OfGateway gateway
            && !gateway.addresses().isEmpty()
        ? gateway.addresses().getFirst().value()
        : "";
  }

  private static List<String> said(Lab lab) {
    return lab.status(new ObjectRef(Kind.X_BACKEND, "shop", "web"))
            instanceof ObjectStatus.OfPolicy status
        ? status.ancestors().stream()
            .map(
                entry -> {
                  StringBuilder text = new StringBuilder(entry.ancestorRef().kind());
                  text.append(' ').append(entry.ancestorRef().namespace());
                  text.append('/').append(entry.ancestorRef().name());
                  entry
                      .conditions()
                      .forEach(each -> text.append(' ' + each.type() + '=' + each.status()));
                  return text.toString();
                })
            .toList()
        : List.of();
  }

  private HttpResponse<String> get(URI uri, String place) throws IOException, InterruptedException {
    HttpRequest.Builder request = HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(5));
    if (!place.isEmpty()) {
      request.header("X-Place", place);
    }
    return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  private static String pod(HttpResponse<String> answer) {
    Matcher matcher = POD.matcher(answer.body());
    assertThat(matcher.find()).as(answer.body()).isTrue();
    return matcher.group(1);
  }
}
