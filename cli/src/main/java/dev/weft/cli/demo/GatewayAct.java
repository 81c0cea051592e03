package dev.weft.cli.demo;

import dev.weft.resources.Kind;
import dev.weft.resources.ObjectRef;
import dev.weft.resources.ObjectStatus;
import java.nio.file.Path;
import java.time.Duration;

/**
 * Act 8: a Gateway's address, reached with plain curl from outside of the nodes: HTTP, and HTTPS by
 * SNI.
 */
final class GatewayAct implements Act {
  private static final ObjectRef GATEWAY = new ObjectRef(Kind.GATEWAY, "shop", "public");

  @Override
  public String name() {
    return "gateway";
  }

  @Override
  public Evidence play(Stage stage) throws InterruptedException {
    stage.await(Duration.ofSeconds(5), () -> !address(stage).isEmpty());
    String address = address(stage);
    if (address.isEmpty()) {
      throw new StageException("the Gateway has no address; 'weft lab status' says why");
    }
    stage.await(
        Duration.ofSeconds(5),
        () ->
            stage
                    .curlFromOutside("-H", "host: shop.example.com", "http://" + address + "/")
                    .status()
                == 200);
    HttpAnswer http =
        stage.curlFromOutside("-H", "host: shop.example.com", "http://" + address + "/");
    HttpAnswer shop = https(stage, address, "shop.example.com", "shop.example.com");
    HttpAnswer admin = https(stage, address, "admin.example.com", "admin.example.com");
    HttpAnswer wrong = https(stage, address, "admin.example.com", "shop.example.com");
    HttpAnswer unknown =
        stage.curlFromOutside("-H", "host: nobody.example.com", "http://" + address + "/");
    Evidence.Notes notes = new Evidence.Notes();
    notes
        .figure("address", address)
        .figure("http", http.status())
        .figure("https_shop", shop.status())
        .figure("https_shop_version", shop.header("x-version"))
        .figure("https_admin", admin.status())
        .figure("https_admin_version", admin.header("x-version"))
        .figure("unknown_host", unknown.status());
    notes.expect(http.status() == 200, "HTTP got " + http.brief());
    notes.expect(
        shop.status() == 200 && shop.header("x-version").equals("v1"),
        "https://shop.example.com got " + shop.brief());
    notes.expect(
        admin.status() == 200 && admin.header("x-version").equals("v2"),
        "https://admin.example.com got " + admin.brief());
    notes.expect(wrong.status() == 0, "a name got another name's certificate");
    notes.expect(unknown.status() == 404, "an unknown host got " + unknown.brief());
    return notes.evidence(
        "curl from outside to %s: HTTP %s, HTTPS shop.example.com %s (%s), admin.example.com %s (%s), unknown host %s"
            .formatted(
                address,
                http.brief(),
                shop.brief(),
                shop.header("x-version"),
                admin.brief(),
                admin.header("x-version"),
                unknown.brief()));
  }

  private static HttpAnswer https(Stage stage, String address, String host, String trusted) {
    Path certificate = DemoFolder.certificate(stage.scratch(), trusted);
    return stage.curlFromOutside(
        "--cacert",
        certificate.toString(),
        "--resolve",
        host + ":443:" + address,
        "https://" + host + "/");
  }

  private static String address(Stage stage) {
    return stage.lab().status(GATEWAY) instanceof ObjectStatus.OfGateway status
            && !status.addresses().isEmpty()
        ? status.addresses().getFirst().value()
        : "";
  }
}
