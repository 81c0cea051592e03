package dev.weft.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.weft.api.v1.AppProtocol;
import dev.weft.api.v1.Attachment;
import dev.weft.api.v1.Certificate;
import dev.weft.api.v1.Gateway;
import dev.weft.api.v1.HttpRoute;
import dev.weft.api.v1.Resource;
import dev.weft.api.v1.SessionPersistence;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.junit.jupiter.api.Test;

/** A Gateway's listeners. */
@SuppressWarnings("StringConcatToTextBlock") // line ends are part of the protocol
class GatewayProxyTest {
  private static final String ADDRESS = "10.9.9.9";

  private static Resource.Builder gateway() {
    return Resource.newBuilder()
        .setGateway(
            Gateway.newBuilder()
                .setNamespace("default")
                .setName("edge")
                .addAddresses(Meshes.bytes(ADDRESS))
                .addListeners(
                    Gateway.Listener.newBuilder()
                        .setName("http")
                        .setProtocol(Gateway.Protocol.PROTOCOL_HTTP)
                        .setPort(80))
                .addListeners(tls("shop", "shop.example.com"))
                .addListeners(tls("bank", "bank.example.com")));
  }

  private static Gateway.Listener.Builder tls(String name, String host) {
    return Gateway.Listener.newBuilder()
        .setName(name)
        .setProtocol(Gateway.Protocol.PROTOCOL_HTTPS)
        .setPort(443)
        .setHostname(host)
        .addCertificates("certificate/default/" + name);
  }

  static Resource.Builder certificate(String host) throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(256);
    KeyPair keys = generator.generateKeyPair();
    X500Name name = new X500Name("CN=" + host);
    X509Certificate leaf =
        new JcaX509CertificateConverter()
            .getCertificate(
                new JcaX509v3CertificateBuilder(
                        name,
                        BigInteger.ONE,
                        Date.from(Instant.EPOCH),
                        Date.from(Instant.parse("2100-01-01T00:00:00Z")),
                        name,
                        keys.getPublic())
                    .addExtension(
                        Extension.subjectAlternativeName,
                        false,
                        new GeneralNames(new GeneralName(GeneralName.dNSName, host)))
                    .build(
                        new JcaContentSignerBuilder("SHA256withECDSA").build(keys.getPrivate())));
    return Resource.newBuilder()
        .setCertificate(
            Certificate.newBuilder()
                .addChain(ByteString.copyFrom(leaf.getEncoded()))
                .setKey(ByteString.copyFrom(keys.getPrivate().getEncoded())));
  }

  private static Resource.Builder route() {
    HttpRoute.Builder route =
        HttpRoute.newBuilder()
            .setNamespace("default")
            .setName("edge")
            .addRules(
                Meshes.everything(Meshes.backend("web", 80))
                    .setSession(SessionPersistence.getDefaultInstance()));
    for (String listener : List.of("http", "shop", "bank")) {
      route.addAttachments(
          Attachment.newBuilder()
              .setListener(
                  Attachment.GatewayListener.newBuilder()
                      .setNamespace("default")
                      .setGateway("edge")
                      .setListener(listener)));
    }
    return Resource.newBuilder().setHttpRoute(route);
  }

  private interface Act {
    void on(TestProxy proxy) throws Exception;
  }

  private static void with(int port, Act act) throws Exception {
    try (TestServer server =
            TestServer.http1(
                (self, request) ->
                    request.reply(
                        200,
                        request.head().authority()
                            + " "
                            + request.head().get("x-forwarded-for")
                            + " "
                            + request.head().get("x-forwarded-proto")));
        TestProxy proxy =
            new TestProxy(
                new Meshes()
                    .service(
                        "web", TestProxy.VIP, 80, AppProtocol.APP_PROTOCOL_HTTP, server.address())
                    .put("certificate/default/shop", certificate("shop.example.com"))
                    .put("certificate/default/bank", certificate("bank.example.com"))
                    .put("gateway/default/edge", gateway())
                    .put("httproute/default/edge", route()),
                ProxyOptions.plain(
                    "here",
                    List.of(
                        ProxyOptions.Listen.plain(
                            ProxyOptions.Kind.OUTBOUND,
                            Meshes.at("127.0.0.1", 0),
                            Meshes.at(ADDRESS, port)))),
                id -> null)) {
      act.on(proxy);
    }
  }

  @Test
  void servesHttp() throws Exception {
    with(
        80,
        proxy -> {
          try (RawClient client = proxy.client()) {
            assertThat(
                    client
                        .send(
                            "GET / HTTP/1.1\r\nHost: a.example\r\nX-Forwarded-For: 1.2.3.4\r\n\r\n")
                        .answer())
                .contains("; Path=/; HttpOnly; SameSite=Strict\r\n")
                .endsWith("a.example 1.2.3.4, 127.0.0.1 http");
          }
        });
  }

  @Test
  void servesHttpsByServerName() throws Exception {
    with(
        443,
        proxy -> {
          try (SSLSocket shop = handshake(proxy.address(), "shop.example.com")) {
            assertThat(shop.getSession().getPeerPrincipal().getName())
                .isEqualTo("CN=shop.example.com");
            assertThat(ask(shop, "shop.example.com"))
                .startsWith("HTTP/1.1 200")
                .contains("et-cookie: weft-")
                .contains("; Path=/; HttpOnly; SameSite=Strict; Secure\r\n")
                .endsWith("shop.example.com 127.0.0.1 https");
          }
          try (SSLSocket bank = handshake(proxy.address(), "bank.example.com")) {
            assertThat(bank.getSession().getPeerPrincipal().getName())
                .isEqualTo("CN=bank.example.com");
          }
        });
  }

  @Test
  void misdirectedRequestsAreRefused() throws Exception {
    with(
        443,
        proxy -> {
          try (SSLSocket shop = handshake(proxy.address(), "shop.example.com")) {
            assertThat(ask(shop, "bank.example.com")).startsWith("HTTP/1.1 421");
          }
        });
  }

  @Test
  void unknownServerNamesEndTheHandshake() throws Exception {
    with(
        443,
        proxy ->
            assertThatThrownBy(() -> handshake(proxy.address(), "other.example.com"))
                .isInstanceOfAny(SSLHandshakeException.class, IOException.class));
  }

  static SSLSocket handshake(InetSocketAddress proxy, String name) throws Exception {
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, InsecureTrustManagerFactory.INSTANCE.getTrustManagers(), null);
    Socket tcp = new Socket(proxy.getAddress(), proxy.getPort());
    tcp.setSoTimeout(10_000);
    SSLSocket socket =
        (SSLSocket) context.getSocketFactory().createSocket(tcp, name, proxy.getPort(), true);
    SSLParameters parameters = socket.getSSLParameters();
    parameters.setServerNames(List.of(new SNIHostName(name)));
    socket.setSSLParameters(parameters);
    socket.startHandshake();
    return socket;
  }

  static String ask(SSLSocket socket, String host) throws IOException {
    socket
        .getOutputStream()
        .write(
            ("GET / HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII));
    InputStream in = socket.getInputStream();
    return new String(in.readAllBytes(), StandardCharsets.US_ASCII);
  }
}
