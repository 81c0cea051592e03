package dev.weft.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.weft.api.v1.AppProtocol;
import dev.weft.api.v1.Attachment;
import dev.weft.api.v1.Gateway;
import dev.weft.api.v1.HttpRoute;
import dev.weft.api.v1.Resource;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.KeyStore;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509KeyManager;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Certificates on the clients' side of a Gateway: rotation under load, and GEP-91. */
class GatewayCertificatesTest {
  private static final String ADDRESS = "10.9.9.9";
  private static final String HOST = "shop.example";
  private static Pki servers;
  private static Pki clients;
  private static Pki strangers;

  @BeforeAll
  static void makeKeys() throws Exception {
    servers = new Pki("servers");
    clients = new Pki("clients");
    strangers = new Pki("strangers");
  }

  private static Resource.Builder gateway(boolean optional, ByteString... roots) {
    return Resource.newBuilder()
        .setGateway(
            Gateway.newBuilder()
                .setNamespace("default")
                .setName("edge")
                .addAddresses(Meshes.bytes(ADDRESS))
                .addListeners(
                    Gateway.Listener.newBuilder()
                        .setName("https")
                        .setProtocol(Gateway.Protocol.PROTOCOL_HTTPS)
                        .setPort(443)
                        .addCertificates("certificate/default/shop")
                        .addAllClientRoots(Arrays.asList(roots))
                        .setClientOptional(optional)));
  }

  private static Meshes mesh(TestServer server, Resource.Builder gateway) throws Exception {
    return new Meshes()
        .service("web", TestProxy.VIP, 80, AppProtocol.APP_PROTOCOL_HTTP, server.address())
        .put("certificate/default/shop", servers.leaf("0", Pki.dns(HOST)).resource())
        .put("gateway/default/edge", gateway)
        .put(
            "httproute/default/edge",
            Resource.newBuilder()
                .setHttpRoute(
                    HttpRoute.newBuilder()
                        .setNamespace("default")
                        .setName("edge")
                        .addRules(Meshes.everything(Meshes.backend("web", 80)))
                        .addAttachments(
                            Attachment.newBuilder()
                                .setListener(
                                    Attachment.GatewayListener.newBuilder()
                                        .setNamespace("default")
                                        .setGateway("edge")
                                        .setListener("https")))));
  }

  private static TestProxy proxy(Meshes mesh) throws IOException {
    return new TestProxy(
        mesh,
        ProxyOptions.plain(
            "here",
            List.of(
                ProxyOptions.Listen.plain(
                    ProxyOptions.Kind.OUTBOUND,
                    Meshes.at("127.0.0.1", 0),
                    Meshes.at(ADDRESS, 443)))),
        id -> null);
  }

  /** Shows one certificate to whoever asks, and notes that somebody asked. */
  private static final class Shows implements X509KeyManager {
    private final Pki.@Nullable Leaf leaf;
    private final AtomicBoolean asked = new AtomicBoolean();

    Shows(Pki.@Nullable Leaf leaf) {
      this.leaf = leaf;
    }

    @Override
    public @Nullable String chooseClientAlias(
        String[] types, Principal[] issuers, java.net.Socket socket) {
      asked.set(true);
      return leaf == null ? null : "leaf";
    }

    @Override
    public X509Certificate @Nullable [] getCertificateChain(String alias) {
      return leaf == null ? null : new X509Certificate[] {leaf.certificate()};
    }

    @Override
    public @Nullable PrivateKey getPrivateKey(String alias) {
      return leaf == null ? null : leaf.key();
    }

    @Override
    public String[] getClientAliases(String type, Principal[] issuers) {
      return new String[] {"leaf"};
    }

    @Override
    public String[] getServerAliases(String type, Principal[] issuers) {
      return new String[0];
    }

    @Override
    public @Nullable String chooseServerAlias(
        String type, Principal[] issuers, java.net.Socket socket) {
      return null;
    }
  }

  private static SSLSocket connect(TestProxy proxy, @Nullable Shows shows) throws Exception {
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(
        shows == null ? null : new KeyManager[] {shows},
        InsecureTrustManagerFactory.INSTANCE.getTrustManagers(),
        null);
    return open(context, proxy);
  }

  private static SSLSocket open(SSLContext context, TestProxy proxy) throws IOException {
    SSLSocket socket =
        (SSLSocket)
            context
                .getSocketFactory()
                .createSocket(proxy.address().getAddress(), proxy.address().getPort());
    socket.setSoTimeout(10_000);
    return socket;
  }

  private static String ask(SSLSocket socket) throws IOException {
    socket
        .getOutputStream()
        .write(
            ("GET / HTTP/1.1\r\nHost: " + HOST + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
    byte[] answer = new byte[8192];
    int length = 0;
    while (!new String(answer, 0, length, StandardCharsets.US_ASCII).endsWith("fine")) {
      int read = socket.getInputStream().read(answer, length, answer.length - length);
      if (read < 0) {
        throw new IOException("closed");
      }
      length += read;
    }
    return new String(answer, 0, length, StandardCharsets.US_ASCII);
  }

  @ParameterizedTest
  @CsvSource({
    // AllowInsecureFallback | what is shown | whether it is served
    "false, right, true",
    "false, strange, false",
    "false, nothing, false",
    "true, right, true",
    "true, strange, true",
    "true, nothing, true",
  })
  void clientsAreAskedForACertificate(boolean optional, String what, boolean served)
      throws Exception {
    Pki.Leaf leaf =
        switch (what) {
          case "right" -> clients.leaf("client");
          case "strange" -> strangers.leaf("client");
          default -> null;
        };
    Shows shows = new Shows(leaf);
    try (TestServer server = TestServer.http1((self, request) -> request.reply(200, "fine"));
        TestProxy proxy = proxy(mesh(server, gateway(optional, clients.root())));
        SSLSocket socket = connect(proxy, shows)) {
      String answer;
      try {
        answer = ask(socket);
      } catch (IOException refused) {
        answer = "refused";
      }
      assertThat(answer.startsWith("HTTP/1.1 200")).isEqualTo(served);
      assertThat(shows.asked).as("the server asks in either mode").isTrue();
      assertThat(server.requests).hasValue(served ? 1 : 0);
    }
  }

  @Test
  void manyAuthoritiesMayVouchForClients() throws Exception {
    List<ByteString> roots = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      roots.add(new Pki("authority" + i).root());
    }
    roots.add(clients.root());
    try (TestServer server = TestServer.http1((self, request) -> request.reply(200, "fine"));
        TestProxy proxy = proxy(mesh(server, gateway(false, roots.toArray(ByteString[]::new))));
        SSLSocket socket = connect(proxy, new Shows(clients.leaf("client")))) {
      assertThat(ask(socket)).startsWith("HTTP/1.1 200");
    }
  }

  /** Some connections go on through every rotation, others come new all the time. */
  @Test
  void noRequestIsLostWhileASecretIsRotated() throws Exception {
    AtomicInteger answered = new AtomicInteger();
    AtomicBoolean rotating = new AtomicBoolean(true);
    try (TestServer server = TestServer.http1((self, request) -> request.reply(200, "fine"));
        TestProxy proxy = proxy(mesh(server, gateway(false)));
        ExecutorService load = Executors.newVirtualThreadPerTaskExecutor()) {
      SSLContext context = trusting(servers);
      List<Future<?>> clientsOfIt = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        boolean keeps = i % 2 == 0;
        clientsOfIt.add(load.submit(() -> keepAsking(context, proxy, keeps, rotating, answered)));
      }
      Meshes mesh = mesh(server, gateway(false));
      for (int i = 1; i <= 20; i++) {
        mesh.put("certificate/default/shop", servers.leaf("rotated" + i, Pki.dns(HOST)).resource());
        int before = answered.get();
        proxy.proxy.apply(mesh.tables(proxy.proxy.tables()));
        org.awaitility.Awaitility.await().until(() -> answered.get() > before + 20);
      }
      rotating.set(false);
      for (Future<?> client : clientsOfIt) {
        client.get();
      }
      try (SSLSocket last = open(context, proxy)) {
        last.startHandshake();
        assertThat(last.getSession().getPeerPrincipal().getName()).isEqualTo("CN=rotated20");
      }
    }
  }

  private static SSLContext trusting(Pki authority) throws Exception {
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    store.setCertificateEntry("root", authority.certificate());
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(store);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    return context;
  }

  private static Void keepAsking(
      SSLContext context,
      TestProxy proxy,
      boolean keeps,
      AtomicBoolean rotating,
      AtomicInteger answered)
      throws Exception {
    while (rotating.get()) {
      try (SSLSocket socket = open(context, proxy)) {
        do {
          assertThat(ask(socket)).startsWith("HTTP/1.1 200");
          answered.incrementAndGet();
        } while (keeps && rotating.get());
      }
    }
    return null;
  }
}
