package dev.weft.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.weft.identity.PeerRejectedException.Reason;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandler;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.ReferenceCounted;
import io.spiffe.spiffeid.TrustDomain;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Real BoringSSL handshakes over an in-process channel. */
class HandshakeTest {
  private final ManualClock clock = new ManualClock();
  private final Mesh mesh = new Mesh(clock);
  private final SvidContexts web = mesh.contexts(mesh.svid("web"));
  private final SvidContexts orders = mesh.contexts(mesh.svid("orders"));
  private final Wire wire = new Wire();

  @AfterEach
  void everythingIsFreed() {
    wire.close();
    for (SvidContexts contexts : new SvidContexts[] {web, orders}) {
      Mesh.release(contexts);
      assertThat(((ReferenceCounted) contexts.server()).refCnt()).isZero();
      assertThat(((ReferenceCounted) contexts.client()).refCnt()).isZero();
    }
  }

  @Test
  void bothSidesKnowEachOther() throws Exception {
    Wire.Connection connection = wire.connect(() -> server(orders), web.client());

    assertThat(connection.clientFailure()).isNull();
    assertThat(connection.serverFailure()).isNull();
    var atServer = connection.serverTls().engine().getSession();
    var atClient = connection.clientTls().engine().getSession();
    assertThat(atServer.getProtocol()).isEqualTo("TLSv1.3");
    assertThat(connection.serverTls().applicationProtocol()).isEqualTo("h2");
    assertThat(connection.clientTls().applicationProtocol()).isEqualTo("h2");
    assertThat(PeerIdentity.of(atServer.getPeerCertificates()).workload())
        .isEqualTo(mesh.workload("web"));
    assertThat(
            PeerIdentity.of(atClient.getPeerCertificates())
                .requireOneOf(Set.of(mesh.workload("orders").spiffeId()))
                .workload())
        .isEqualTo(mesh.workload("orders"));
    connection.send("hello");
    await().until(() -> connection.received().get().equals("hello"));
    connection.close();
  }

  @Test
  void refusesAPeerOfAnotherTrustDomain() throws Exception {
    Mesh other = new Mesh(TrustDomain.parse("other.test"), clock);
    assertThat(serverRefusal(other.svid("web"))).isEqualTo(Reason.OTHER_TRUST_DOMAIN);
  }

  @Test
  void refusesAnExpiredPeer() throws Exception {
    Svid old =
        mesh.forge(
            leaf ->
                leaf.valid(
                    clock.instant().minus(Duration.ofHours(2)), clock.instant().minusSeconds(1)));
    assertThat(serverRefusal(old)).isEqualTo(Reason.EXPIRED);
  }

  @Test
  void aClientRefusesAServerOfAnotherMesh() throws Exception {
    Mesh other = new Mesh(clock);
    SvidContexts stranger = other.contexts(other.svid("orders"));
    Wire.Connection connection = wire.connect(() -> server(stranger), web.client());

    PeerRejectedException refusal = PeerRejectedException.in(connection.clientFailure());
    assertThat(refusal).isNotNull();
    assertThat(refusal.reason()).isEqualTo(Reason.NOT_TRUSTED);
    connection.close();
    Mesh.release(stranger);
  }

  @Test
  void refusesAPeerWithoutCertificate() throws Exception {
    SslContext anonymous =
        SslContextBuilder.forClient()
            .sslProvider(SslProvider.OPENSSL_REFCNT)
            .trustManager(InsecureTrustManagerFactory.INSTANCE)
            .endpointIdentificationAlgorithm(null)
            .build();
    Wire.Connection connection = wire.connect(() -> server(orders), anonymous);

    assertThat(connection.serverFailure()).hasMessageContaining("CERTIFICATE");
    connection.close();
    ReferenceCountUtil.release(anonymous);
  }

  @Test
  void refusesOldTls() throws Exception {
    SslContext old =
        SslContextBuilder.forClient()
            .sslProvider(SslProvider.OPENSSL_REFCNT)
            .protocols("TLSv1.2")
            .keyManager(web.svid().key(), web.svid().chain())
            .trustManager(InsecureTrustManagerFactory.INSTANCE)
            .endpointIdentificationAlgorithm(null)
            .build();
    Wire.Connection connection = wire.connect(() -> server(orders), old);

    assertThat(connection.serverFailure()).hasMessageContaining("UNSUPPORTED_PROTOCOL");
    connection.close();
    ReferenceCountUtil.release(old);
  }

  @Test
  void garbageEndsTheConnectionAndNothingElse() throws Exception {
    Wire.Connection connection = wire.connect(() -> server(orders), web.client());
    assertThat(connection.clientFailure()).isNull();
    connection.client().pipeline().remove(SslHandler.class);
    connection
        .client()
        .writeAndFlush(Unpooled.copiedBuffer("GET / HTTP/1.1\r\n\r\n", StandardCharsets.US_ASCII))
        .syncUninterruptibly();

    await().until(() -> !connection.server().get().isOpen());
    Wire.Connection next = wire.connect(() -> server(orders), web.client());
    assertThat(next.clientFailure()).isNull();
    next.close();
  }

  private Reason serverRefusal(Svid client) throws Exception {
    // The stranger believes our roots, so that the only refusal is ours.
    SslContext context =
        SslContextBuilder.forClient()
            .sslProvider(SslProvider.OPENSSL_REFCNT)
            .protocols("TLSv1.3")
            .keyManager(client.key(), client.chain())
            .trustManager(InsecureTrustManagerFactory.INSTANCE)
            .endpointIdentificationAlgorithm(null)
            .build();
    Wire.Connection connection = wire.connect(() -> server(orders), context);
    Throwable failure = connection.serverFailure();
    PeerRejectedException refusal = PeerRejectedException.in(failure);
    connection.close();
    ReferenceCountUtil.release(context);
    assertThat(refusal).as("%s", failure).isNotNull();
    return refusal.reason();
  }

  private static ChannelHandler server(SvidContexts contexts) {
    return contexts.server().newHandler(ByteBufAllocator.DEFAULT);
  }
}
