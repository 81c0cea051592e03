package dev.weft.identity;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.local.LocalAddress;
import io.netty.channel.local.LocalChannel;
import io.netty.channel.local.LocalIoHandler;
import io.netty.channel.local.LocalServerChannel;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Two ends of an in-process connection; the accepting end echoes. */
final class Wire implements AutoCloseable {
  private final EventLoopGroup group =
      new MultiThreadIoEventLoopGroup(1, LocalIoHandler.newFactory());
  private final LocalAddress address = new LocalAddress(Wire.class);

  /** One connection and how its handshakes ended: null is success. */
  record Connection(
      Channel client,
      CompletableFuture<Channel> server,
      CompletableFuture<@Nullable Throwable> clientHandshake,
      CompletableFuture<@Nullable Throwable> serverHandshake,
      AtomicReference<String> received) {

    @Nullable Throwable serverFailure() throws Exception {
      return serverHandshake.get(10, TimeUnit.SECONDS);
    }

    @Nullable Throwable clientFailure() throws Exception {
      return clientHandshake.get(10, TimeUnit.SECONDS);
    }

    void send(String text) {
      client
          .writeAndFlush(Unpooled.copiedBuffer(text, StandardCharsets.UTF_8))
          .syncUninterruptibly();
    }

    SslHandler clientTls() {
      return client.pipeline().get(SslHandler.class);
    }

    SslHandler serverTls() throws Exception {
      return server.get(10, TimeUnit.SECONDS).pipeline().get(SslHandler.class);
    }

    void close() throws Exception {
      client.close().syncUninterruptibly();
      server.get(10, TimeUnit.SECONDS).closeFuture().syncUninterruptibly();
    }
  }

  Connection connect(Supplier<ChannelHandler> serverTls, SslContext clientTls) {
    return connect(serverTls, clientTls, null);
  }

  Connection connect(
      Supplier<ChannelHandler> serverTls, SslContext clientTls, @Nullable String serverName) {
    CompletableFuture<Channel> server = new CompletableFuture<>();
    CompletableFuture<@Nullable Throwable> serverDone = new CompletableFuture<>();
    CompletableFuture<@Nullable Throwable> clientDone = new CompletableFuture<>();
    AtomicReference<String> received = new AtomicReference<>("");
    Channel listening =
        new ServerBootstrap()
            .group(group)
            .channel(LocalServerChannel.class)
            .childHandler(
                new ChannelInitializer<LocalChannel>() {
                  @Override
                  protected void initChannel(LocalChannel ch) {
                    ch.pipeline().addLast(serverTls.get(), new End(serverDone, null));
                    server.complete(ch);
                  }
                })
            .bind(address)
            .syncUninterruptibly()
            .channel();
    Channel client =
        new Bootstrap()
            .group(group)
            .channel(LocalChannel.class)
            .handler(
                new ChannelInitializer<LocalChannel>() {
                  @Override
                  protected void initChannel(LocalChannel ch) {
                    SslHandler tls =
                        serverName == null
                            ? clientTls.newHandler(ch.alloc())
                            : clientTls.newHandler(ch.alloc(), serverName, 443);
                    ch.pipeline().addLast(tls, new End(clientDone, received));
                  }
                })
            .connect(address)
            .syncUninterruptibly()
            .channel();
    listening.close().syncUninterruptibly();
    return new Connection(client, server, clientDone, serverDone, received);
  }

  @Override
  public void close() {
    group.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
  }

  private static final class End extends ChannelInboundHandlerAdapter {
    private final CompletableFuture<@Nullable Throwable> handshake;
    private final @Nullable AtomicReference<String> received;

    End(
        CompletableFuture<@Nullable Throwable> handshake,
        @Nullable AtomicReference<String> received) {
      this.handshake = handshake;
      this.received = received;
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
      if (event instanceof SslHandshakeCompletionEvent done) {
        handshake.complete(done.cause());
      }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      if (received == null) {
        ctx.writeAndFlush(message);
        return;
      }
      ByteBuf bytes = (ByteBuf) message;
      received.accumulateAndGet(bytes.toString(StandardCharsets.UTF_8), String::concat);
      bytes.release();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      handshake.complete(cause);
      ctx.close();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
      handshake.complete(new ClosedChannelException());
    }
  }
}
