package dev.weft.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.weft.api.v1.AppProtocol;
import dev.weft.api.v1.Attachment;
import dev.weft.api.v1.BackendTls;
import dev.weft.api.v1.Gateway;
import dev.weft.api.v1.HttpFilter;
import dev.weft.api.v1.HttpRoute;
import dev.weft.api.v1.HttpRule;
import dev.weft.api.v1.L4Route;
import dev.weft.api.v1.Mirror;
import dev.weft.api.v1.MtlsMode;
import dev.weft.api.v1.Resource;
import io.netty.handler.ssl.SslContext;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SNIMatcher;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.StandardConstants;
import org.bouncycastle.asn1.x509.GeneralName;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A Gateway that speaks TLS to its backends (BackendTLSPolicy). */
class BackendTlsTest {
  private static final String GATEWAY = "10.9.9.9";
  private static final String HOST = "web.example";
  private static final String OK = "HTTP/1.1 200";
  private static Pki authority;
  private static Pki stranger;

  @BeforeAll
  static void makeKeys() throws Exception {
    authority = new Pki("authority");
    stranger = new Pki("stranger");
  }

  /** A proxy with a Gateway whose one route leads to "web"; what is left out is as usual. */
  private static final class World implements AutoCloseable {
    private final Meshes mesh = new Meshes();
    private final TestProxy proxy;

    World(InetSocketAddress backend, AppProtocol protocol, Consumer<Meshes> more) throws Exception {
      mesh.service("web", TestProxy.VIP, 80, protocol, backend)
          .put("gateway/default/edge", gateway(""))
          .put("httproute/default/edge", route(Meshes.everything(Meshes.backend("web", 80))));
      more.accept(mesh);
      proxy = new TestProxy(mesh, options(), id -> null);
    }

    private static ProxyOptions options() {
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
  }

  private static Resource.Builder gateway(String certificate) {
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

  private static Resource.Builder route(HttpRule.Builder rule) {
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

  private static BackendTls.Validation.Builder validation(Pki whom) {
    try {
      return BackendTls.Validation.newBuilder().setHostname(HOST).addRoots(whom.root());
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private static Resource.Builder policy(BackendTls.Validation.Builder validation) {
    return policy(BackendTls.Port.newBuilder().setValidation(validation));
  }

  private static Resource.Builder policy(BackendTls.Port.Builder... ports) {
    BackendTls.Builder made = BackendTls.newBuilder().setNamespace("default").setService("web");
    for (BackendTls.Port.Builder port : ports) {
      made.addPorts(port);
    }
    return Resource.newBuilder().setBackendTls(made);
  }

  private static Consumer<Meshes> believing(Pki whom) {
    return mesh -> mesh.put("backendtls/default/web", policy(validation(whom)));
  }

  private static TestServer server(SslContext tls, boolean http2) {
    return TestServer.tls(
        tls, http2, (self, request) -> request.reply(200, "secret" + request.text()));
  }

  private static TestServer server() throws Exception {
    return server(authority.leaf("x", Pki.dns(HOST)).server(), false);
  }

  @Test
  void speaksHttp1OverTlsAndKeepsTheConnection() throws Exception {
    try (TestServer server = server();
        World world =
            new World(server.address(), AppProtocol.APP_PROTOCOL_HTTP, believing(authority))) {
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
    try (TestServer server = server(authority.leaf("x", Pki.dns(HOST)).server("h2"), true);
        World world = new World(server.address(), protocol, believing(authority));
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
    try (TestServer server = server(authority.leaf("x", Pki.dns(HOST)).server(), true);
        World world =
            new World(server.address(), AppProtocol.APP_PROTOCOL_HTTP2, believing(authority))) {
      assertThat(world.get()).startsWith("HTTP/1.1 503");
      assertThat(server.requests).hasValue(0);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        // names in the certificate | names that the policy wants | whether they will do
        "dns:web.example | `` | true",
        "dns:WEB.Example | `` | true",
        "dns:*.example | `` | false",
        "dns:other.example | `` | false",
        "dns:other.example,dns:web.example | `` | true",
        "uri:spiffe://mesh/web | `` | false",
        "`` | `` | false",
        "dns:web.example | dns:other.example | false",
        "dns:other.example | dns:other.example | true",
        "dns:*.b.example | dns:a.b.example | true",
        "dns:*.b.example | dns:c.a.b.example | false",
        "dns:*.b.example | dns:b.example | false",
        "dns:a*.b.example | dns:aa.b.example | false",
        "dns:a.b.example | dns:*.b.example | true",
        "dns:*.b.example | dns:*.b.example | true",
        "dns:c.a.b.example | dns:*.b.example | false",
        "uri:spiffe://mesh/web | uri:spiffe://mesh/web | true",
        "uri:spiffe://mesh/web | uri:spiffe://mesh/we | false",
        "uri:spiffe://mesh/Web | uri:spiffe://mesh/web | false",
        "dns:x.example,uri:spiffe://mesh/web | dns:y.example,uri:spiffe://mesh/web | true",
        "dns:x.example,uri:spiffe://mesh/web | dns:y.example,uri:spiffe://mesh/other | false",
      })
  void believesTheNamesThatThePolicyWants(String present, String wanted, boolean good)
      throws Exception {
    BackendTls.Validation.Builder validation = validation(authority);
    for (String name : wanted.isEmpty() ? new String[0] : wanted.split(",", -1)) {
      BackendTls.SubjectAltName.Builder alternative = BackendTls.SubjectAltName.newBuilder();
      validation.addNames(
          name.startsWith("dns:")
              ? alternative.setDns(name.substring(4))
              : alternative.setUri(name.substring(4)));
    }
    // The common name is what the policy asks for, and counts for nothing (RFC 9525).
    try (TestServer server = server(authority.leaf(HOST, names(present)).server(), false);
        World world =
            new World(
                server.address(),
                AppProtocol.APP_PROTOCOL_HTTP,
                mesh -> mesh.put("backendtls/default/web", policy(validation)))) {
      String answer = world.get();
      assertThat(answer.startsWith(OK)).isEqualTo(good);
      if (!good) {
        assertThat(answer).startsWith("HTTP/1.1 503").contains("x-weft-reason: UNTRUSTED_PEER");
        assertThat(server.requests).as("nothing was sent").hasValue(0);
      }
    }
  }

  private static GeneralName[] names(String list) {
    return list.isEmpty()
        ? new GeneralName[0]
        : List.of(list.split(",", -1)).stream()
            .map(
                name ->
                    name.startsWith("dns:")
                        ? Pki.dns(name.substring(4))
                        : Pki.uri(name.substring(4)))
            .toArray(GeneralName[]::new);
  }

  @Test
  void anAuthorityMayHaveTheServersOwnSubject() throws Exception {
    Pki same = new Pki("default");
    try (TestServer server = server(same.leaf("default", Pki.dns(HOST)).server(), false);
        World world = new World(server.address(), AppProtocol.APP_PROTOCOL_HTTP, believing(same))) {
      assertThat(world.get()).startsWith(OK);
    }
  }

  @Test
  void aServersOwnCertificateMayBeItsAuthority() throws Exception {
    Pki.Leaf leaf = new Pki("x").leaf("x", Pki.dns(HOST));
    BackendTls.Validation.Builder validation =
        BackendTls.Validation.newBuilder()
            .setHostname(HOST)
            .addRoots(ByteString.copyFrom(leaf.certificate().getEncoded()));
    try (TestServer server = server(leaf.server(), false);
        World world =
            new World(
                server.address(),
                AppProtocol.APP_PROTOCOL_HTTP,
                mesh -> mesh.put("backendtls/default/web", policy(validation)))) {
      assertThat(world.get()).startsWith(OK);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"stranger", "expired", "self-signed"})
  void whoCannotProveWhoTheyAreGetNothing(String who) throws Exception {
    Pki.Leaf leaf =
        switch (who) {
          case "stranger" -> stranger.leaf("x", Pki.dns(HOST));
          case "expired" ->
              authority.leaf(Instant.parse("2020-01-01T00:00:00Z"), "x", Pki.dns(HOST));
          default -> new Pki(HOST).leaf(HOST, Pki.dns(HOST));
        };
    try (TestServer server = server(leaf.server(), false);
        World world =
            new World(server.address(), AppProtocol.APP_PROTOCOL_HTTP, believing(authority))) {
      assertThat(world.get())
          .startsWith("HTTP/1.1 503")
          .contains("x-weft-reason: UNTRUSTED_PEER")
          .doesNotContain("secret");
      assertThat(server.requests).hasValue(0);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "garbage, UNTRUSTED_PEER",
    "plaintext, UNTRUSTED_PEER",
    "silent, CONNECT_FAILED",
    "closing, CONNECT_FAILED"
  })
  void whatIsNoTlsServerGetsNothing(String what, String reason) throws Exception {
    try (HostileServer server = new HostileServer(what);
        World world =
            new World(server.address(), AppProtocol.APP_PROTOCOL_HTTP, believing(authority))) {
      assertThat(world.get()).startsWith("HTTP/1.1 503").contains("x-weft-reason: " + reason);
      assertThat(server.heard()).doesNotContain("GET").doesNotContain("a.example");
    }
  }

  /** Says anything but what a TLS server says, and keeps what it hears. */
  private static final class HostileServer implements AutoCloseable {
    private final ServerSocket listener;
    private final ByteArrayOutputStream heard = new ByteArrayOutputStream();

    HostileServer(String what) throws IOException {
      listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
      Thread.ofVirtual().start(() -> serve(what));
    }

    private void serve(String what) {
      while (!listener.isClosed()) {
        try (Socket socket = listener.accept()) {
          if (what.equals("closing")) {
            continue;
          }
          byte[] bytes = new byte[4096];
          int first = socket.getInputStream().read(bytes);
          heard.write(bytes, 0, Math.max(first, 0));
          switch (what) {
            case "garbage" ->
                socket.getOutputStream().write(new byte[] {22, 3, 3, 0, 5, 9, 9, 9, 9, 9});
            case "plaintext" ->
                socket
                    .getOutputStream()
                    .write("HTTP/1.1 200 OK\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            default -> {}
          }
          for (int n = socket.getInputStream().read(bytes); n > 0; ) {
            heard.write(bytes, 0, n);
            n = socket.getInputStream().read(bytes);
          }
        } catch (IOException expected) {
          // A client that hangs up is what this server is for; the loop ends with the listener.
        }
      }
    }

    InetSocketAddress address() {
      return (InetSocketAddress) listener.getLocalSocketAddress();
    }

    String heard() {
      return heard.toString(StandardCharsets.ISO_8859_1);
    }

    @Override
    public void close() {
      try {
        listener.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  @Test
  void whereNobodyCanBeBelievedNothingIsSent() throws Exception {
    try (TestServer server = TestServer.http1((self, request) -> request.reply(200, "plaintext"));
        World world =
            new World(
                server.address(),
                AppProtocol.APP_PROTOCOL_HTTP,
                mesh ->
                    mesh.put(
                        "backendtls/default/web",
                        policy(BackendTls.Port.newBuilder().setInvalid("no authority"))))) {
      assertThat(world.get())
          .startsWith("HTTP/1.1 500")
          .contains("x-weft-reason: BACKEND_TLS_INVALID")
          .endsWith("no authority\n");
      assertThat(server.connections).hasValue(0);
    }
  }

  @Test
  void aPolicyThatThisNodeCannotReadSendsNothing() throws Exception {
    try (TestServer server = TestServer.http1((self, request) -> request.reply(200, "plaintext"));
        World world =
            new World(
                server.address(),
                AppProtocol.APP_PROTOCOL_HTTP,
                mesh ->
                    mesh.put(
                        "backendtls/default/web",
                        policy(BackendTls.Validation.newBuilder().setHostname(HOST))))) {
      assertThat(world.get()).startsWith("HTTP/1.1 500");
      assertThat(server.connections).hasValue(0);
      assertThat(world.proxy.proxy.tables().refusals()).containsKey("backendtls/default/web");
    }
  }

  @Test
  void rootsThatCannotBeReadAreNobodys() throws Exception {
    try (TestServer server = server();
        World world =
            new World(
                server.address(),
                AppProtocol.APP_PROTOCOL_HTTP,
                mesh ->
                    mesh.put(
                        "backendtls/default/web",
                        policy(
                            BackendTls.Validation.newBuilder()
                                .setHostname(HOST)
                                .addRoots(ByteString.copyFromUtf8("no DER")))))) {
      assertThat(world.get()).startsWith("HTTP/1.1 503").contains("UNTRUSTED_PEER");
      assertThat(world.get()).startsWith("HTTP/1.1 503");
    }
  }

  @Test
  void connectionsOfAnOlderPolicyAreNotUsedAgain() throws Exception {
    try (TestServer server = server();
        World world =
            new World(server.address(), AppProtocol.APP_PROTOCOL_HTTP, believing(authority))) {
      assertThat(world.get()).startsWith(OK);

      world.change(
          mesh ->
              mesh.put(
                  "backendtls/default/web",
                  policy(validation(authority).setHostname("no.example"))));
      assertThat(world.get()).startsWith("HTTP/1.1 503");

      world.change(believing(stranger));
      assertThat(world.get()).startsWith("HTTP/1.1 503");

      world.change(believing(authority));
      assertThat(world.get()).startsWith(OK);
      assertThat(server.requests).hasValue(2);
    }
  }

  @Test
  void whatHasNotChangedKeepsItsConnections() throws Exception {
    try (TestServer server = server();
        World world =
            new World(server.address(), AppProtocol.APP_PROTOCOL_HTTP, believing(authority))) {
      assertThat(world.get()).startsWith(OK);
      world.change(
          mesh ->
              mesh.put(
                  "backendtls/default/web",
                  policy(
                      BackendTls.Port.newBuilder().setValidation(validation(authority)),
                      BackendTls.Port.newBuilder().setPort(81).setInvalid("x"))));
      assertThat(world.get()).startsWith(OK);
      assertThat(server.connections).hasValue(1);
    }
  }

  @Test
  void aPortsOwnPolicyCountsThere() throws Exception {
    try (TestServer server = server();
        World world =
            new World(
                server.address(),
                AppProtocol.APP_PROTOCOL_HTTP,
                mesh ->
                    mesh.put(
                        "backendtls/default/web",
                        policy(
                            BackendTls.Port.newBuilder().setInvalid("not for this port"),
                            BackendTls.Port.newBuilder()
                                .setPort(80)
                                .setValidation(validation(authority)))))) {
      assertThat(world.get()).startsWith(OK);
    }
  }

  @Test
  void theGatewayShowsItsCertificateAndTheNewOneOnceItHasOne() throws Exception {
    SslContext tls = authority.leaf("x", Pki.dns(HOST)).server(authority, "http/1.1");
    try (TestServer server = server(tls, false);
        World world =
            new World(server.address(), AppProtocol.APP_PROTOCOL_HTTP, believing(authority))) {
      assertThat(world.get()).as("nothing to show").startsWith("HTTP/1.1 503");

      Pki.Leaf first = authority.leaf("first");
      world.change(
          mesh -> {
            put(mesh, first);
            mesh.put("gateway/default/edge", gateway("certificate/default/client"));
          });
      assertThat(world.get()).startsWith(OK);

      Pki.Leaf second = authority.leaf("second");
      world.change(mesh -> put(mesh, second));
      assertThat(world.get()).startsWith(OK);
      assertThat(server.shown).containsSubsequence("CN=first", "CN=second");

      Pki.Leaf third = stranger.leaf("third");
      world.change(mesh -> put(mesh, third));
      assertThat(world.get()).startsWith("HTTP/1.1 503");
      assertThat(server.requests).hasValue(2);
    }
  }

  private static void put(Meshes mesh, Pki.Leaf leaf) {
    try {
      mesh.put("certificate/default/client", leaf.resource());
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void aGatewayThatMissesItsCertificateSendsNothing() throws Exception {
    try (TestServer server = server();
        World world =
            new World(
                server.address(),
                AppProtocol.APP_PROTOCOL_HTTP,
                believing(authority)
                    .andThen(
                        mesh ->
                            mesh.put(
                                "gateway/default/edge", gateway("certificate/default/gone"))))) {
      assertThat(world.get())
          .startsWith("HTTP/1.1 503")
          .contains("x-weft-reason: BACKEND_CERTIFICATE_MISSING");
      assertThat(server.connections).hasValue(0);
    }
  }

  @Test
  void copiesGoOverTlsToo() throws Exception {
    try (TestServer web = TestServer.http1((self, request) -> request.reply(200, "plain"));
        TestServer copies = server();
        World world =
            new World(
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
                                                .setValidation(validation(authority)))))
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
                    .put("backendtls/default/web", policy(validation(authority))));
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
                                                validation(believed ? authority : stranger))))));
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
                authority.leaf("x", Pki.dns(HOST)).server("http/1.1"),
                false,
                (self, request) -> {
                  var head = dev.weft.proxy.http.ResponseHead.of(101);
                  head.set("upgrade", "websocket");
                  head.set("connection", "upgrade");
                  request.answer().head(head, true);
                });
        World world =
            new World(server.address(), AppProtocol.APP_PROTOCOL_TLS, believing(authority));
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
    SslContext tls = authority.leaf("x", Pki.dns(HOST)).server(http2 ? "h2" : "http/1.1");
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
      believing(authority).accept(mesh);
      ProxyOptions.Listen hbone =
          new ProxyOptions.Listen(ProxyOptions.Kind.HBONE, Meshes.at(pod, 15008), false, null);
      try (TestProxy edge = new TestProxy(mesh, World.options(), here);
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
    Pki.Leaf leaf = (believed ? authority : stranger).leaf("x", Pki.dns(HOST));
    Resource.Builder gateway =
        L4Meshes.gateway(
            L4Meshes.listener("ends", Gateway.Protocol.PROTOCOL_TLS, 443, "ends.example"));
    try (TlsEcho echo = new TlsEcho(leaf)) {
      Meshes mesh =
          L4Meshes.tcp(new Meshes(), "web", echo.address())
              .put(
                  "certificate/default/ends",
                  authority.leaf("y", Pki.dns("ends.example")).resource())
              .put("gateway/default/edge", gateway)
              .put(
                  "tlsroute/default/ends",
                  L4Meshes.route(
                      L4Route.Kind.KIND_TLS, "ends", List.of(), Meshes.backend("web", 80)));
      believing(authority).accept(mesh);
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
