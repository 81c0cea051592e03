package dev.weft.controlplane;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import dev.weft.resources.GatewayClass;
import dev.weft.resources.HttpRoute;
import dev.weft.resources.KubeObject;
import dev.weft.resources.Namespace;
import dev.weft.resources.Service;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** Against a real API server; the first test has it without the Gateway API's definitions. */
@EnabledIf("dev.weft.controlplane.RealApiServer#available")
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class KubernetesSourceTest {
  private static final KubernetesSource.Timing TIMING =
      new KubernetesSource.Timing(KubernetesSource.Timing.DEFAULT.intake(), Duration.ofMillis(200));

  @TempDir private static Path folder;
  private static RealApiServer server;
  private static KubernetesClient admin;

  private final ObservedStatuses observed = new ObservedStatuses();
  private final List<View> views = new CopyOnWriteArrayList<>();
  private CutLine line;
  private KubernetesClient client;
  private KubernetesSource source;

  @BeforeAll
  static void startServer() throws Exception {
    server = new RealApiServer(folder);
    admin = server.client();
  }

  @AfterAll
  static void stopServer() throws Exception {
    admin.close();
    server.close();
  }

  @BeforeEach
  void start() throws Exception {
    line = new CutLine(server.port());
    client = server.client(line.port(), Duration.ofSeconds(20));
    source = new KubernetesSource(client, TIMING, observed, views::add);
    source.scan();
    Thread.ofVirtual().start(source);
  }

  @AfterEach
  void stop() throws Exception {
    source.close();
    client.close();
    line.close();
  }

  @Test
  @Order(1)
  void kindsAreFollowedFromWhenTheyAreInstalled() throws Exception {
    assertThat(views).hasSize(1);
    assertThat(has(Namespace.class, "", "default")).isTrue();
    namespace("shop");
    await().until(() -> has(Namespace.class, "", "shop"));

    server.installDefinitions(admin);
    await().untilAsserted(() -> apply(gatewayClass("weft", "weft.dev/gateway-controller")));
    await().until(() -> has(GatewayClass.class, "", "weft"));
  }

  @Test
  @Order(2)
  void changesComeAndGo() {
    namespace("shop");
    HasMetadata service = service("web");
    admin.resource(service).create();
    await().until(() -> has(Service.class, "shop", "web"));
    admin.resource(service).delete();
    await().until(() -> !has(Service.class, "shop", "web"));
  }

  @Test
  @Order(2)
  void whatIsThereFromTheStartComesInTheFirstView() {
    assertThat(views.getFirst().snapshot().get(Namespace.class, "", "kube-system")).isNotNull();
    assertThat(views.getFirst().refusals()).isEmpty();
  }

  @Test
  @Order(2)
  void ownStatusesMakeNoView() {
    apply(gatewayClass("quiet", "weft.dev/gateway-controller"));
    await().until(() -> has(GatewayClass.class, "", "quiet"));
    int before = changes(GatewayClass.class, "quiet");
    HasMetadata made = admin.resource(gatewayClass("quiet", "weft.dev/gateway-controller")).get();
    ((io.fabric8.kubernetes.api.model.GenericKubernetesResource) made)
        .setAdditionalProperty("status", java.util.Map.of("conditions", List.of()));
    admin.resource(made).updateStatus();
    service("marker");
    admin.resource(service("marker")).create();
    await().until(() -> has(Service.class, "shop", "marker"));

    assertThat(changes(GatewayClass.class, "quiet")).isEqualTo(before);
  }

  @Test
  @Order(3)
  void aCutLineLosesNothing() {
    admin.resource(service("stays")).create();
    admin.resource(service("goes")).create();
    await().until(() -> has(Service.class, "shop", "stays") && has(Service.class, "shop", "goes"));
    line.cut();
    admin.resource(service("goes")).delete();
    admin.resource(service("comes")).create();
    line.mend();

    await().until(() -> has(Service.class, "shop", "comes"));
    await().until(() -> !has(Service.class, "shop", "goes"));
    assertThat(has(Service.class, "shop", "stays")).isTrue();
  }

  /** Some thirty kinds fail, and for a few reasons at most. */
  @Test
  @Order(3)
  void anApiServerThatGoesAwayIsToldInFewLines() {
    List<String> told = new CopyOnWriteArrayList<>();
    Logger log = (Logger) LoggerFactory.getLogger(KindWatch.class);
    AppenderBase<ILoggingEvent> listener =
        new AppenderBase<>() {
          @Override
          protected void append(ILoggingEvent event) {
            told.add(event.getFormattedMessage());
          }
        };
    listener.start();
    log.addAppender(listener);
    try {
      line.cut();
      await().until(() -> !told.isEmpty());
      line.mend();
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> told.contains("everything can be followed again"));
    } finally {
      log.detachAppender(listener);
    }
    assertThat(told).hasSizeLessThan(10);
    assertThat(told.getFirst()).contains("cannot be followed", "what was read stays in force");
  }

  @Test
  @Order(4)
  void anApiServerThatComesBackWithoutItsPastIsListedAgain() throws Exception {
    admin.resource(service("old")).create();
    await().until(() -> has(Service.class, "shop", "old"));
    int before = views.size();
    line.cut();
    admin.resource(service("old")).delete();
    admin.resource(service("new")).create();
    server.forgetThePast();
    server.stop();
    assertThat(has(Service.class, "shop", "old")).as("the last state stays").isTrue();
    server.startAgain();
    line.mend();

    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> has(Service.class, "shop", "new") && !has(Service.class, "shop", "old"));
    assertThat(views.subList(before, views.size()))
        .as("nothing else went meanwhile")
        .allMatch(view -> view.snapshot().get(Namespace.class, "", "default") != null);
  }

  @Test
  @Order(5)
  void aBurstMakesFewViews() {
    int before = views.size();
    for (int i = 0; i < 200; i++) {
      apply(route("r" + i));
    }
    await().until(() -> last().snapshot().all(HttpRoute.class).count() == 200);
    assertThat(views.size() - before).isLessThan(200);
  }

  private View last() {
    return views.getLast();
  }

  private <T extends KubeObject> boolean has(Class<T> type, String namespace, String name) {
    return last().snapshot().get(type, namespace, name) != null;
  }

  private int changes(Class<? extends KubeObject> type, String name) {
    return (int) views.stream().map(view -> view.snapshot().get(type, "", name)).distinct().count();
  }

  private static void namespace(String name) {
    admin
        .resource(new NamespaceBuilder().withNewMetadata().withName(name).endMetadata().build())
        .forceConflicts()
        .serverSideApply();
  }

  private static void apply(HasMetadata object) {
    admin.resource(object).forceConflicts().serverSideApply();
  }

  private static HasMetadata service(String name) {
    return new ServiceBuilder()
        .withNewMetadata()
        .withName(name)
        .withNamespace("shop")
        .endMetadata()
        .withNewSpec()
        .addNewPort()
        .withPort(80)
        .endPort()
        .endSpec()
        .build();
  }

  private static HasMetadata gatewayClass(String name, String controller) {
    return generic(
        """
        apiVersion: gateway.networking.k8s.io/v1
        kind: GatewayClass
        metadata: {name: %s}
        spec: {controllerName: %s}
        """
            .formatted(name, controller));
  }

  private static HasMetadata route(String name) {
    return generic(
        """
        apiVersion: gateway.networking.k8s.io/v1
        kind: HTTPRoute
        metadata: {name: %s, namespace: shop}
        spec: {rules: [{backendRefs: [{name: web, port: 80}]}]}
        """
            .formatted(name));
  }

  private static HasMetadata generic(String yaml) {
    return io.fabric8.kubernetes.client.utils.Serialization.unmarshal(
        yaml, io.fabric8.kubernetes.api.model.GenericKubernetesResource.class);
  }
}
