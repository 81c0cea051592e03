package dev.weft.cli.lab;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.resources.HttpRoute;
import dev.weft.resources.Namespace;
import dev.weft.resources.ObjectMeta;
import dev.weft.resources.Refusal;
import dev.weft.resources.Service;
import dev.weft.resources.ServiceAccount;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ApiServerTest {
  private static final String SHOP =
      """
      apiVersion: v1
      kind: Namespace
      metadata: {name: shop}
      ---
      apiVersion: v1
      kind: Service
      metadata: {name: web, namespace: shop}
      spec:
        selector: {app: web}
        ports: [{port: 80}]
      """;

  @TempDir private Path root;
  private ManifestFolder folder = new ManifestFolder(Path.of("."));
  private ApiServer api =
      new ApiServer(
          new ObjectFiles(Path.of("."), Path.of(".")),
          InstantSource.fixed(Instant.EPOCH),
          () -> "",
          List.of());

  @BeforeEach
  void start() throws IOException {
    Path objects = Files.createDirectories(root.resolve("objects"));
    Path drafts = Files.createDirectories(root.resolve("drafts"));
    folder = new ManifestFolder(Files.createDirectories(root.resolve("manifests")));
    AtomicInteger uids = new AtomicInteger();
    api =
        new ApiServer(
            new ObjectFiles(objects, drafts),
            InstantSource.fixed(Instant.parse("2026-01-01T00:00:00Z")),
            () -> "uid-" + uids.incrementAndGet(),
            Implied.objects("172.31.0.1:4317"));
  }

  private List<Refusal> write(String file, String yaml) throws IOException {
    Files.writeString(folder.path().resolve(file), yaml);
    return api.take(folder.read());
  }

  @Test
  void completesObjectsAndWritesThem() throws IOException {
    assertThat(write("shop.yaml", SHOP)).isEmpty();
    Service web = api.snapshot().get(Service.class, "shop", "web");
    assertThat(web).isNotNull();
    assertThat(web.spec().clusterIP()).isEqualTo("10.96.0.10");
    assertThat(web.metadata().generation()).isEqualTo(1);
    assertThat(web.metadata().uid()).startsWith("uid-");
    assertThat(api.snapshot().get(Namespace.class, "", "default")).isNotNull();
    assertThat(api.snapshot().get(ServiceAccount.class, "shop", "default")).isNotNull();
    Namespace shop = api.snapshot().get(Namespace.class, "", "shop");
    assertThat(shop).isNotNull();
    assertThat(shop.metadata().labels()).containsEntry(Namespace.NAME_LABEL, "shop");
    assertThat(root.resolve("objects/service.shop.web.yaml")).content().contains("10.96.0.10");
    assertThat(root.resolve("objects/namespace..shop.yaml")).exists();
  }

  @Test
  void countsAGenerationWhenTheSpecChangesAndKeepsTheRest() throws IOException {
    write("shop.yaml", SHOP);
    write("shop.yaml", SHOP.replace("port: 80", "port: 81"));
    Service web = api.snapshot().get(Service.class, "shop", "web");
    assertThat(web).isNotNull();
    assertThat(web.metadata().generation()).isEqualTo(2);
    assertThat(web.spec().clusterIP()).isEqualTo("10.96.0.10");
    write(
        "shop.yaml",
        SHOP.replace("port: 80", "port: 81").replace("name: shop}", "name: shop, labels: {a: b}}"));
    Service same = api.snapshot().get(Service.class, "shop", "web");
    assertThat(same).isNotNull();
    assertThat(same.metadata().generation()).isEqualTo(2);
  }

  @Test
  void refusesAllOfItWithFileLineAndFieldAndKeepsTheLastGoodState() throws IOException {
    write("shop.yaml", SHOP);
    List<Refusal> refusals =
        write(
            "route.yaml",
            """
            apiVersion: gateway.networking.k8s.io/v1
            kind: HTTPRoute
            metadata: {name: web, namespace: shop}
            spec:
              ruls: []
            """);
    assertThat(refusals).singleElement().asString().startsWith("route.yaml:5: spec.ruls");
    assertThat(api.snapshot().all(HttpRoute.class)).isEmpty();
    assertThat(api.snapshot().get(Service.class, "shop", "web")).isNotNull();
  }

  @Test
  void refusesWhatWouldHangInTheAir() throws IOException {
    assertThat(
            write(
                "a.yaml",
                """
                apiVersion: v1
                kind: Service
                metadata: {name: web, namespace: nowhere}
                spec: {selector: {app: web}, ports: [{port: 80}]}
                """))
        .singleElement()
        .asString()
        .contains("a.yaml")
        .contains("no Namespace 'nowhere'");
  }

  @Test
  void refusesTheSameObjectInTwoFiles() throws IOException {
    write("a.yaml", SHOP);
    assertThat(write("b.yaml", SHOP)).hasSize(2).allMatch(r -> r.toString().contains("a.yaml"));
  }

  @Test
  void removesWhatTheUserRemoved() throws IOException {
    write("shop.yaml", SHOP);
    Files.delete(folder.path().resolve("shop.yaml"));
    assertThat(api.take(folder.read())).isEmpty();
    assertThat(api.snapshot().get(Service.class, "shop", "web")).isNull();
    assertThat(root.resolve("objects/service.shop.web.yaml")).doesNotExist();
  }

  @Test
  void takesAnEmptiedFileForAnEditorsFirstHalf() throws IOException {
    write("shop.yaml", SHOP);
    Files.writeString(folder.path().resolve("shop.yaml"), "");
    assertThat(folder.read().suspicious()).containsExactly("shop.yaml");
  }

  @Test
  void keepsItsOwnObjectsIdentity() {
    Namespace own = new Namespace(ObjectMeta.of("", "own"), java.util.Map.of());
    String uid = api.put(own).metadata().uid();
    assertThat(api.put(own).metadata().uid()).isEqualTo(uid);
  }
}
