package dev.weft.proxy;

import dev.weft.api.v1.AppProtocol;
import dev.weft.api.v1.Attachment;
import dev.weft.api.v1.BackendTls;
import dev.weft.api.v1.Gateway;
import dev.weft.api.v1.HttpRoute;
import dev.weft.api.v1.HttpRule;
import dev.weft.api.v1.Resource;
import io.netty.handler.ssl.SslContext;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;

/**
 * A proxy with a Gateway whose one route leads to "web", for tests of TLS to backends; what is left
 * out is as usual.
 */
final class BackendTlsWorld implements AutoCloseable {
  static final String HOST = "web.example";
  static final String OK = "HTTP/1.1 200";
  static final Pki AUTHORITY = pki("authority");
  static final Pki STRANGER = pki("stranger");
  private static final String GATEWAY = "10.9.9.9";

  private final Meshes mesh = new Meshes();
  final TestProxy proxy;

  BackendTlsWorld(InetSocketAddress backend, AppProtocol protocol, Consumer<Meshes> more)
      throws Exception {
    mesh.service("web", TestProxy.VIP, 80, protocol, backend)
        .put("gateway/default/edge", gateway(""))
        .put("httproute/default/edge", route(Meshes.everything(Meshes.backend("web", 80))));
    more.accept(mesh);
    proxy = new TestProxy(mesh, options(), id -> null);
  }

  static ProxyOptions options() {
    ProxyOptions options =
        ProxyOptions.plain(
                "here",
                List.of(
                    ProxyOptions.Listen.plain(
                        ProxyOptions.Kind.OUTBOUND,
                        Meshes.at("127.0.0.1", 0),
                        Meshes.at(GATEWAY, 80))))
            .withLoops(1);
    ProxyOptions.Upstream usual = options.upstream();
    return options.withUpstream(
        new ProxyOptions.Upstream(
            false,
            false,
            Duration.ofSeconds(1),
            usual.idleTimeout(),
            usual.maxConnections(),
            usual.maxWaiting(),
            usual.authTimeout()));
  }

  void change(Consumer<Meshes> how) {
    how.accept(mesh);
    proxy.proxy.apply(mesh.tables(proxy.proxy.tables()));
  }

  String get() throws IOException {
    try (RawClient client = proxy.client()) {
      return client.send("GET / HTTP/1.1\r\nHost: a.example\r\n\r\n").answer();
    }
  }

  @Override
  public void close() {
    proxy.close();
  }

  private static Pki pki(String name) {
    try {
      return new Pki(name);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  static Resource.Builder gateway(String certificate) {
    return Resource.newBuilder()
        .setGateway(
            Gateway.newBuilder()
                .setNamespace("default")
                .setName("edge")
                .addAddresses(Meshes.bytes(GATEWAY))
                .setBackendCertificate(certificate)
                .addListeners(
                    Gateway.Listener.newBuilder()
                        .setName("http")
                        .setProtocol(Gateway.Protocol.PROTOCOL_HTTP)
                        .setPort(80)));
  }

  static Resource.Builder route(HttpRule.Builder rule) {
    return Resource.newBuilder()
        .setHttpRoute(
            HttpRoute.newBuilder()
                .setNamespace("default")
                .setName("edge")
                .addAttachments(
                    Attachment.newBuilder()
                        .setListener(
                            Attachment.GatewayListener.newBuilder()
                                .setNamespace("default")
                                .setGateway("edge")
                                .setListener("http")))
                .addRules(rule));
  }

  static BackendTls.Validation.Builder validation(Pki whom) {
    try {
      return BackendTls.Validation.newBuilder().setHostname(HOST).addRoots(whom.root());
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  static Resource.Builder policy(BackendTls.Validation.Builder validation) {
    return policy(BackendTls.Port.newBuilder().setValidation(validation));
  }

  static Resource.Builder policy(BackendTls.Port.Builder... ports) {
    BackendTls.Builder made = BackendTls.newBuilder().setNamespace("default").setService("web");
    for (BackendTls.Port.Builder port : ports) {
      made.addPorts(port);
    }
    return Resource.newBuilder().setBackendTls(made);
  }

  static Consumer<Meshes> believing(Pki whom) {
    return mesh -> mesh.put("backendtls/default/web", policy(validation(whom)));
  }

  static TestServer server(SslContext tls, boolean http2) {
    return TestServer.tls(
        tls, http2, (self, request) -> request.reply(200, "secret" + request.text()));
  }

  static TestServer server() throws Exception {
    return server(AUTHORITY.leaf("x", Pki.dns(HOST)).server(), false);
  }
}
