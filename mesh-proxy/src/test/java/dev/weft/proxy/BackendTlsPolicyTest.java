package dev.weft.proxy;

import static dev.weft.proxy.BackendTlsWorld.AUTHORITY;
import static dev.weft.proxy.BackendTlsWorld.HOST;
import static dev.weft.proxy.BackendTlsWorld.OK;
import static dev.weft.proxy.BackendTlsWorld.STRANGER;
import static dev.weft.proxy.BackendTlsWorld.believing;
import static dev.weft.proxy.BackendTlsWorld.gateway;
import static dev.weft.proxy.BackendTlsWorld.policy;
import static dev.weft.proxy.BackendTlsWorld.server;
import static dev.weft.proxy.BackendTlsWorld.validation;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.weft.api.v1.AppProtocol;
import dev.weft.api.v1.BackendTls;
import io.netty.handler.ssl.SslContext;
import org.junit.jupiter.api.Test;

/** What of a BackendTLSPolicy counts: where it cannot be followed, and when it changes. */
class BackendTlsPolicyTest {
  @Test
  void whereNobodyCanBeBelievedNothingIsSent() throws Exception {
    try (TestServer server = TestServer.http1((self, request) -> request.reply(200, "plaintext"));
        BackendTlsWorld world =
            new BackendTlsWorld(
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
        BackendTlsWorld world =
            new BackendTlsWorld(
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
        BackendTlsWorld world =
            new BackendTlsWorld(
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
        BackendTlsWorld world =
            new BackendTlsWorld(
                server.address(), AppProtocol.APP_PROTOCOL_HTTP, believing(AUTHORITY))) {
      assertThat(world.get()).startsWith(OK);

      world.change(
          mesh ->
              mesh.put(
                  "backendtls/default/web",
                  policy(validation(AUTHORITY).setHostname("no.example"))));
      assertThat(world.get()).startsWith("HTTP/1.1 503");

      world.change(believing(STRANGER));
      assertThat(world.get()).startsWith("HTTP/1.1 503");

      world.change(believing(AUTHORITY));
      assertThat(world.get()).startsWith(OK);
      assertThat(server.requests).hasValue(2);
    }
  }

  @Test
  void whatHasNotChangedKeepsItsConnections() throws Exception {
    try (TestServer server = server();
        BackendTlsWorld world =
            new BackendTlsWorld(
                server.address(), AppProtocol.APP_PROTOCOL_HTTP, believing(AUTHORITY))) {
      assertThat(world.get()).startsWith(OK);
      world.change(
          mesh ->
              mesh.put(
                  "backendtls/default/web",
                  policy(
                      BackendTls.Port.newBuilder().setValidation(validation(AUTHORITY)),
                      BackendTls.Port.newBuilder().setPort(81).setInvalid("x"))));
      assertThat(world.get()).startsWith(OK);
      assertThat(server.connections).hasValue(1);
    }
  }

  @Test
  void aPortsOwnPolicyCountsThere() throws Exception {
    try (TestServer server = server();
        BackendTlsWorld world =
            new BackendTlsWorld(
                server.address(),
                AppProtocol.APP_PROTOCOL_HTTP,
                mesh ->
                    mesh.put(
                        "backendtls/default/web",
                        policy(
                            BackendTls.Port.newBuilder().setInvalid("not for this port"),
                            BackendTls.Port.newBuilder()
                                .setPort(80)
                                .setValidation(validation(AUTHORITY)))))) {
      assertThat(world.get()).startsWith(OK);
    }
  }

  @Test
  void theGatewayShowsItsCertificateAndTheNewOneOnceItHasOne() throws Exception {
    SslContext tls = AUTHORITY.leaf("x", Pki.dns(HOST)).server(AUTHORITY, "http/1.1");
    try (TestServer server = server(tls, false);
        BackendTlsWorld world =
            new BackendTlsWorld(
                server.address(), AppProtocol.APP_PROTOCOL_HTTP, believing(AUTHORITY))) {
      assertThat(world.get()).as("nothing to show").startsWith("HTTP/1.1 503");

      Pki.Leaf first = AUTHORITY.leaf("first");
      world.change(
          mesh -> {
            put(mesh, first);
            mesh.put("gateway/default/edge", gateway("certificate/default/client"));
          });
      assertThat(world.get()).startsWith(OK);

      Pki.Leaf second = AUTHORITY.leaf("second");
      world.change(mesh -> put(mesh, second));
      assertThat(world.get()).startsWith(OK);
      assertThat(server.shown).containsSubsequence("CN=first", "CN=second");

      Pki.Leaf third = STRANGER.leaf("third");
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
        BackendTlsWorld world =
            new BackendTlsWorld(
                server.address(),
                AppProtocol.APP_PROTOCOL_HTTP,
                believing(AUTHORITY)
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
}
