package dev.weft.proxy;

import static dev.weft.proxy.BackendTlsWorld.AUTHORITY;
import static dev.weft.proxy.BackendTlsWorld.HOST;
import static dev.weft.proxy.BackendTlsWorld.OK;
import static dev.weft.proxy.BackendTlsWorld.STRANGER;
import static dev.weft.proxy.BackendTlsWorld.believing;
import static dev.weft.proxy.BackendTlsWorld.policy;
import static dev.weft.proxy.BackendTlsWorld.server;
import static dev.weft.proxy.BackendTlsWorld.validation;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.weft.api.v1.AppProtocol;
import dev.weft.api.v1.BackendTls;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import org.bouncycastle.asn1.x509.GeneralName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which backends a Gateway believes (BackendTLSPolicy); nobody else gets a byte of a request. */
class BackendTrustTest {
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
    BackendTls.Validation.Builder validation = validation(AUTHORITY);
    for (String name : wanted.isEmpty() ? new String[0] : wanted.split(",", -1)) {
      BackendTls.SubjectAltName.Builder alternative = BackendTls.SubjectAltName.newBuilder();
      validation.addNames(
          name.startsWith("dns:")
              ? alternative.setDns(name.substring(4))
              : alternative.setUri(name.substring(4)));
    }
    // The common name is what the policy asks for, and counts for nothing (RFC 9525).
    try (TestServer server = server(AUTHORITY.leaf(HOST, names(present)).server(), false);
        BackendTlsWorld world =
            new BackendTlsWorld(
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
        BackendTlsWorld world =
            new BackendTlsWorld(server.address(), AppProtocol.APP_PROTOCOL_HTTP, believing(same))) {
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
        BackendTlsWorld world =
            new BackendTlsWorld(
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
          case "stranger" -> STRANGER.leaf("x", Pki.dns(HOST));
          case "expired" ->
              AUTHORITY.leaf(Instant.parse("2020-01-01T00:00:00Z"), "x", Pki.dns(HOST));
          default -> new Pki(HOST).leaf(HOST, Pki.dns(HOST));
        };
    try (TestServer server = server(leaf.server(), false);
        BackendTlsWorld world =
            new BackendTlsWorld(
                server.address(), AppProtocol.APP_PROTOCOL_HTTP, believing(AUTHORITY))) {
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
        BackendTlsWorld world =
            new BackendTlsWorld(
                server.address(), AppProtocol.APP_PROTOCOL_HTTP, believing(AUTHORITY))) {
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
}
