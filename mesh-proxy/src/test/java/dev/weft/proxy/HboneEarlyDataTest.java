package dev.weft.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.api.v1.AuthorizationRules;
import dev.weft.api.v1.AuthorizationRules.Operation;
import dev.weft.api.v1.MtlsMode;
import dev.weft.api.v1.Resource;
import dev.weft.proxy.upstream.Hop;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2StreamChannel;
import io.netty.handler.codec.http2.Http2StreamChannelBootstrap;
import io.netty.handler.ssl.SslHandler;
import io.spiffe.spiffeid.SpiffeId;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A client that sends with its CONNECT, before it knows whether it may. */
class HboneEarlyDataTest {
  private static final String SERVER = "127.77.3.2";

  private final MultiThreadIoEventLoopGroup group =
      new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());

  /** Makes the proxy read what is spoken inside. */
  private static Resource.Builder reading() {
    return Resource.newBuilder()
        .setAuthorization(
            AuthorizationRules.newBuilder()
                .setNamespace("default")
                .setName("p")
                .setAction(AuthorizationRules.Action.ACTION_AUDIT)
                .addRules(
                    AuthorizationRules.Rule.newBuilder()
                        .addTo(Operation.newBuilder().addMethods("BREW"))));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void nothingIsLost(boolean read) throws Exception {
    TestIdentities.Ca ca = TestIdentities.Ca.of("cluster.local", InstantSource.system());
    Meshes mesh = new Meshes().pod("b", "there", SERVER, 400, MtlsMode.MTLS_MODE_STRICT);
    if (read) {
      mesh.put("authorization/default/p", reading());
    }
    ProxyOptions options =
        ProxyOptions.plain(
            "there",
            List.of(
                new ProxyOptions.Listen(
                    ProxyOptions.Kind.HBONE, Meshes.at(SERVER, Hop.HBONE_PORT), false, null)));
    try (TestIdentities identities = new TestIdentities(ca, InstantSource.system(), "a", "b");
        ServerSocket server = new ServerSocket(0, 5, Meshes.at(SERVER, 0).getAddress());
        TestProxy proxy = new TestProxy(mesh, options, identities)) {
      server.setSoTimeout(10_000);
      Channel tunnel = tunnel(identities, proxy.address());
      request(tunnel, SERVER + ":" + server.getLocalPort(), "\0early\0", true);
      try (Socket accepted = server.accept()) {
        accepted.setSoTimeout(10_000);
        assertThat(new String(accepted.getInputStream().readAllBytes(), StandardCharsets.US_ASCII))
            .isEqualTo("\0early\0");
      }
    } finally {
      group.shutdownGracefully();
    }
  }

  @Test
  void aPolicyEndsStreamsFromBeforeIt() throws Exception {
    TestIdentities.Ca ca = TestIdentities.Ca.of("cluster.local", InstantSource.system());
    Meshes mesh = new Meshes().pod("b", "there", SERVER, 400, MtlsMode.MTLS_MODE_STRICT);
    ProxyOptions options =
        ProxyOptions.plain(
            "there",
            List.of(
                new ProxyOptions.Listen(
                    ProxyOptions.Kind.HBONE, Meshes.at(SERVER, Hop.HBONE_PORT), false, null)));
    try (TestIdentities identities = new TestIdentities(ca, InstantSource.system(), "a", "b");
        ServerSocket server = new ServerSocket(0, 5, Meshes.at(SERVER, 0).getAddress());
        TestProxy proxy = new TestProxy(mesh, options, identities)) {
      server.setSoTimeout(10_000);
      String authority = SERVER + ":" + server.getLocalPort();
      Http2StreamChannel stream =
          request(tunnel(identities, proxy.address()), authority, "hi", false);
      try (Socket accepted = server.accept()) {
        accepted.setSoTimeout(10_000);
        assertThat(accepted.getInputStream().readNBytes(2)).hasSize(2);
        mesh.put("authorization/default/p", denying("other"));
        proxy.proxy.apply(mesh.tables());
        mesh.put("authorization/default/p", denying("a"));
        proxy.proxy.apply(mesh.tables());
        assertThat(accepted.getInputStream().read()).isEqualTo(-1);
        assertThat(stream.closeFuture().await(10_000)).isTrue();
      }
    } finally {
      group.shutdownGracefully();
    }
  }

  private static Resource.Builder denying(String account) {
    return Resource.newBuilder()
        .setAuthorization(
            AuthorizationRules.newBuilder()
                .setNamespace("default")
                .setName("p")
                .setAction(AuthorizationRules.Action.ACTION_DENY)
                .addRules(
                    AuthorizationRules.Rule.newBuilder()
                        .addFrom(
                            AuthorizationRules.Source.newBuilder()
                                .addServiceAccounts("default/" + account))));
  }

  private Channel tunnel(TestIdentities identities, InetSocketAddress to) throws Exception {
    SpiffeId id = SpiffeId.parse("spiffe://cluster.local/ns/default/sa/a");
    Channel channel =
        new Bootstrap()
            .group(group)
            .channel(EpollSocketChannel.class)
            .handler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel tcp) {
                    tcp.pipeline()
                        .addLast(
                            Objects.requireNonNull(identities.current(id))
                                .client()
                                .newHandler(tcp.alloc()))
                        .addLast(Http2FrameCodecBuilder.forClient().build())
                        .addLast(new Http2MultiplexHandler(new ChannelInboundHandlerAdapter()));
                  }
                })
            .connect(to)
            .sync()
            .channel();
    channel.pipeline().get(SslHandler.class).handshakeFuture().sync();
    return channel;
  }

  private static Http2StreamChannel request(
      Channel tunnel, String authority, String text, boolean end) throws Exception {
    Http2StreamChannel stream =
        new Http2StreamChannelBootstrap(tunnel)
            .handler(new ChannelInboundHandlerAdapter())
            .open()
            .sync()
            .getNow();
    stream.write(
        new DefaultHttp2HeadersFrame(
            new DefaultHttp2Headers().method("CONNECT").authority(authority), false));
    stream
        .writeAndFlush(
            new DefaultHttp2DataFrame(Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII), end))
        .sync();
    return stream;
  }
}
