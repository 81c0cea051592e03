package dev.weft.proxy;

import static dev.weft.proxy.BackendTlsWorld.AUTHORITY;
import static dev.weft.proxy.BackendTlsWorld.HOST;
import static dev.weft.proxy.BackendTlsWorld.OK;
import static dev.weft.proxy.BackendTlsWorld.STRANGER;
import static dev.weft.proxy.BackendTlsWorld.believing;
import static dev.weft.proxy.BackendTlsWorld.gateway;
import static dev.weft.proxy.BackendTlsWorld.policy;
import static dev.weft.proxy.BackendTlsWorld.route;
import static dev.weft.proxy.BackendTlsWorld.server;
import static dev.weft.proxy.BackendTlsWorld.validation;
import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.api.v1.AppProtocol;
import dev.weft.api.v1.BackendTls;
import dev.weft.api.v1.Gateway;
import dev.weft.api.v1.HttpFilter;
import dev.weft.api.v1.L4Route;
import dev.weft.api.v1.Mirror;
import dev.weft.api.v1.MtlsMode;
import dev.weft.api.v1.Resource;
import io.netty.handler.ssl.SslContext;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SNIMatcher;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.StandardConstants;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How a Gateway speaks TLS to its backends (BackendTLSPolicy), and who else does. */
class BackendTlsTest {
  @Test
  void speaksHttp1OverTlsAndKeepsTheConnection() throws Exception {
    try (TestServer server = server();
        BackendTlsWorld world =
            new BackendTlsWorld(
                server.address(), AppProtocol.APP_PROTOCOL_HTTP, believing(AUTHORITY))) {
      for (int i = 0; i < 3; i++) {
        assertThat(world.get()).startsWith(OK).endsWith("secret");
      }
      assertThat(server.asked).containsExactly(HOST);
      assertThat(server.shown).containsExactly("");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"APP_PROTOCOL_HTTP2", "APP_PROTOCOL_TLS"})
  void speaksHttp2WhereTheServiceOrGrpcDemandsIt(AppProtocol protocol) throws Exception {
    try (TestServer server = server(AUTHORITY.leaf("x", Pki.dns(HOST)).server("h2"), true);
        BackendTlsWorld world =
            new BackendTlsWorld(server.address(), protocol, believing(AUTHORITY));
        TestClient client = new TestClient(world.proxy.address())) {
      TestClient.Response response =
          client
              .send(
                  "POST",
                  "/a.B/C",
                  "body".getBytes(StandardCharsets.US_ASCII),
                  null,
                  "content-type",
                  "application/grpc")
              .get(10, TimeUnit.SECONDS);
      assertThat(response.status()).isEqualTo(200);
      assertThat(response.text()).isEqualTo("secretbody");
      assertThat(server.asked).containsExactly(HOST);
    }
  }

  @Test
  void aServerThatAgreesToNoHttp2GetsNone() throws Exception {
    try (TestServer server = server(AUTHORITY.leaf("x", Pki.dns(HOST)).server(), true);
        BackendTlsWorld world =
            new BackendTlsWorld(
                server.address(), AppProtocol.APP_PROTOCOL_HTTP2, believing(AUTHORITY))) {
      assertThat(world.get()).startsWith("HTTP/1.1 503");
      assertThat(server.requests).hasValue(0);
    }
  }

  @Test
  void copiesGoOverTlsToo() throws Exception {
    try (TestServer web = TestServer.http1((self, request) -> request.reply(200, "plain"));
        TestServer copies = server();
        BackendTlsWorld world =
            new BackendTlsWorld(
                web.address(),
                AppProtocol.APP_PROTOCOL_HTTP,
                mesh ->
                    mesh.service(
                            "copies",
                            "10.96.0.2",
                            80,
                            AppProtocol.APP_PROTOCOL_HTTP,
                            copies.address())
                        .put(
                            "backendtls/default/copies",
                            Resource.newBuilder()
                                .setBackendTls(
                                    BackendTls.newBuilder()
                                        .setNamespace("default")
                                        .setService("copies")
                                        .addPorts(
                                            BackendTls.Port.newBuilder()
                                                .setValidation(validation(AUTHORITY)))))
                        .put(
                            "httproute/default/edge",
                            route(
                                Meshes.everything(Meshes.backend("web", 80))
                                    .addFilters(
                                        HttpFilter.newBuilder()
                                            .setMirror(
                                                Mirror.newBuilder()
                                                    .setBackend(Meshes.backend("copies", 80))
                                                    .setNumerator(1)
                                                    .setDenominator(1))))))) {
      assertThat(world.get()).startsWith(OK).endsWith("plain");
      org.awaitility.Awaitility.await().until(() -> copies.requests.get() == 1);
      assertThat(copies.asked).containsExactly(HOST);
    }
  }

  @Test
  void clientsInTheMeshSpeakForThemselves() throws Exception {
    try (TestServer server = TestServer.http1((self, request) -> request.reply(200, "plain"));
        TestProxy proxy =
            new TestProxy(
                new Meshes()
                    .service(
                        "web", TestProxy.VIP, 80, AppProtocol.APP_PROTOCOL_HTTP, server.address())
                    .put("backendtls/default/web", policy(validation(AUTHORITY))));
        RawClient client = proxy.client()) {
      assertThat(client.send("GET / HTTP/1.1\r\nHost: web\r\n\r\n").answer()).startsWith(OK);
    }
  }

  /** An XBackend's TLS is the wish of those who send there, whoever they are (GEP-4894). */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void clientsInTheMeshSpeakTlsToAnXBackend(boolean believed) throws Exception {
    try (TestServer server = server();
        TestProxy proxy =
            new TestProxy(
                new Meshes()
                    .service("web", TestProxy.VIP, 80, AppProtocol.APP_PROTOCOL_HTTP)
                    .service(
                        "x.xbackend",
                        "10.96.0.9",
                        8080,
                        AppProtocol.APP_PROTOCOL_HTTP,
                        server.address())
                    .route("r", "web", Meshes.everything(Meshes.backend("x.xbackend", 8080)))
                    .put(
                        "backendtls/default/x.xbackend",
                        Resource.newBuilder()
                            .setBackendTls(
                                BackendTls.newBuilder()
                                    .setNamespace("default")
                                    .setService("x.xbackend")
                                    .setMesh(true)
                                    .addPorts(
                                        BackendTls.Port.newBuilder()
                                            .setValidation(
                                                validation(believed ? AUTHORITY : STRANGER))))));
        RawClient client = proxy.client()) {
      String answer = client.send("GET / HTTP/1.1\r\nHost: web\r\n\r\n").answer();

      assertThat(answer.startsWith(OK)).as(answer).isEqualTo(believed);
      assertThat(answer.contains("secret")).isEqualTo(believed);
    }
  }

  @Test
  void webSocketsGoOverTls() throws Exception {
    try (TestServer server =
            TestServer.tls(
                AUTHORITY.leaf("x", Pki.dns(HOST)).server("http/1.1"),
                false,
                (self, request) -> {
                  var head = dev.weft.proxy.http.ResponseHead.of(101);
                  head.set("upgrade", "websocket");
                  head.set("connection", "upgrade");
                  request.answer().head(head, true);
                });
        BackendTlsWorld world =
            new BackendTlsWorld(
                server.address(), AppProtocol.APP_PROTOCOL_TLS, believing(AUTHORITY));
        RawClient client = world.proxy.client()) {
      assertThat(
              client
                  .send(
                      "GET / HTTP/1.1\r\nHost: a.example\r\nConnection: Upgrade\r\nUpgrade:"
                          + " websocket\r\nSec-WebSocket-Key: a\r\nSec-WebSocket-Version: 13\r\n\r\n")
                  .head())
          .startsWith("HTTP/1.1 101");
    }
  }

  /** What is inside of the tunnel is TLS, and nobody on the way takes it for HTTP. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void goesThroughATunnelToAPodOfAnotherNode(boolean http2) throws Exception {
    String pod = "127.77.2.2";
    TestIdentities.Ca ca = TestIdentities.Ca.of("cluster.local", InstantSource.system());
    SslContext tls = AUTHORITY.leaf("x", Pki.dns(HOST)).server(http2 ? "h2" : "http/1.1");
    try (TestServer server =
            TestServer.tls(
                pod, tls, http2, (self, request) -> request.reply(200, "secret" + request.text()));
        TestIdentities here = new TestIdentities(ca, InstantSource.system(), "edge");
        TestIdentities there = new TestIdentities(ca, InstantSource.system(), "b")) {
      Meshes mesh =
          new Meshes()
              .pod("b", "there", pod, 400, MtlsMode.MTLS_MODE_STRICT)
              .service(
                  "web",
                  TestProxy.VIP,
                  80,
                  http2 ? AppProtocol.APP_PROTOCOL_HTTP2 : AppProtocol.APP_PROTOCOL_HTTP,
                  server.address())
              .put("gateway/default/edge", gateway(""))
              .put("httproute/default/edge", route(Meshes.everything(Meshes.backend("web", 80))));
      believing(AUTHORITY).accept(mesh);
      ProxyOptions.Listen hbone =
          new ProxyOptions.Listen(ProxyOptions.Kind.HBONE, Meshes.at(pod, 15008), false, null);
      try (TestProxy edge = new TestProxy(mesh, BackendTlsWorld.options(), here);
          TestProxy inbound =
              new TestProxy(mesh, ProxyOptions.plain("there", List.of(hbone)), there);
          RawClient client = edge.client()) {
        for (int i = 0; i < 3; i++) {
          assertThat(
                  client
                      .send("POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 4\r\n\r\nbody")
                      .answer())
              .startsWith(OK)
              .endsWith("secretbody");
        }
        assertThat(server.asked).containsExactly(HOST);
        assertThat(inbound.seen).as("nothing of it is read on the way").isEmpty();
      }
    }
  }

  /** What comes out of a client's TLS goes into another one; the server may speak first. */
  @ParameterizedTest
  @CsvSource({"true, true", "false, false"})
  void aTlsRouteThatEndsTlsEncryptsAgain(boolean believed, boolean served) throws Exception {
    Pki.Leaf leaf = (believed ? AUTHORITY : STRANGER).leaf("x", Pki.dns(HOST));
    Resource.Builder gateway =
        L4Meshes.gateway(
            L4Meshes.listener("ends", Gateway.Protocol.PROTOCOL_TLS, 443, "ends.example"));
    try (TlsEcho echo = new TlsEcho(leaf)) {
      Meshes mesh =
          L4Meshes.tcp(new Meshes(), "web", echo.address())
              .put(
                  "certificate/default/ends",
                  AUTHORITY.leaf("y", Pki.dns("ends.example")).resource())
              .put("gateway/default/edge", gateway)
              .put(
                  "tlsroute/default/ends",
                  L4Meshes.route(
                      L4Route.Kind.KIND_TLS, "ends", List.of(), Meshes.backend("web", 80)));
      believing(AUTHORITY).accept(mesh);
      try (TestProxy proxy =
              new TestProxy(mesh, L4Meshes.options(ProxyOptions.Kind.OUTBOUND, 443), id -> null);
          SSLSocket client = GatewayProxyTest.handshake(proxy.address(), "ends.example")) {
        String heard;
        try {
          heard = new String(client.getInputStream().readNBytes(6), StandardCharsets.US_ASCII);
          client.getOutputStream().write("ping".getBytes(StandardCharsets.US_ASCII));
          heard += new String(client.getInputStream().readNBytes(4), StandardCharsets.US_ASCII);
        } catch (IOException refused) {
          heard = "";
        }
        assertThat(heard).isEqualTo(served ? "hello ping" : "");
        assertThat(echo.asked).containsOnly(HOST);
      }
    }
  }

  /** Greets in TLS, then says what it hears; notes the server names it was asked for. */
  private static final class TlsEcho implements AutoCloseable {
    private final SSLServerSocket listener;
    private final List<String> asked = new CopyOnWriteArrayList<>();

    TlsEcho(Pki.Leaf leaf) throws Exception {
      KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
      store.load(null, null);
      store.setKeyEntry("x", leaf.key(), new char[0], new X509Certificate[] {leaf.certificate()});
      KeyManagerFactory keys =
          KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      keys.init(store, new char[0]);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(keys.getKeyManagers(), null, null);
      listener =
          (SSLServerSocket)
              context
                  .getServerSocketFactory()
                  .createServerSocket(0, 50, InetAddress.getLoopbackAddress());
      SSLParameters parameters = listener.getSSLParameters();
      parameters.setSNIMatchers(
          List.of(
              new SNIMatcher(StandardConstants.SNI_HOST_NAME) {
                @Override
                public boolean matches(SNIServerName name) {
                  asked.add(new String(name.getEncoded(), StandardCharsets.US_ASCII));
                  return true;
                }
              }));
      listener.setSSLParameters(parameters);
      Thread.ofVirtual().start(this::serve);
    }

    private void serve() {
      while (!listener.isClosed()) {
        try (Socket socket = listener.accept()) {
          socket.getOutputStream().write("hello ".getBytes(StandardCharsets.US_ASCII));
          socket.getInputStream().transferTo(socket.getOutputStream());
        } catch (IOException over) {
          // The client has gone, or did not believe us.
        }
      }
    }

    InetSocketAddress address() {
      return (InetSocketAddress) listener.getLocalSocketAddress();
    }

    @Override
    public void close() throws IOException {
      listener.close();
    }
  }
}
