package dev.weft.cli.echo;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.ApplicationProtocolNegotiationHandler;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIHostName;
import org.jspecify.annotations.Nullable;

/** TLS of the echo workload: the JDK's engine, since nobody measures an echo's handshakes. */
final class EchoTls {
  private final SslContext context;

  private EchoTls(SslContext context) {
    this.context = context;
  }

  static EchoTls load(EchoOptions options) throws IOException {
    EchoOptions.TlsFiles files = options.tls();
    SslContextBuilder builder;
    if (files == null) {
      SelfSigned own = SelfSigned.create(List.of("localhost", options.name()));
      builder = SslContextBuilder.forServer(own.key(), own.certificate());
    } else {
      try {
        builder = SslContextBuilder.forServer(files.chain().toFile(), files.key().toFile());
      } catch (IllegalArgumentException e) {
        throw new IOException(
            "cannot use " + files.chain() + " and " + files.key() + ": " + e.getMessage(), e);
      }
    }
    return new EchoTls(
        builder
            .sslProvider(SslProvider.JDK)
            .applicationProtocolConfig(
                new ApplicationProtocolConfig(
                    ApplicationProtocolConfig.Protocol.ALPN,
                    ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
                    ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
                    ApplicationProtocolNames.HTTP_2,
                    ApplicationProtocolNames.HTTP_1_1))
            .build());
  }

  ChannelHandler handler(EchoService service) {
    return new ChannelInitializer<Channel>() {
      @Override
      protected void initChannel(Channel channel) {
        channel
            .pipeline()
            .addLast(context.newHandler(channel.alloc()))
            .addLast(new ByProtocol(service));
      }
    };
  }

  /** Address of the peer, and the server name it asked for. */
  static EchoRequest.Peer peer(Channel connection, boolean tls) {
    String address =
        connection.remoteAddress() instanceof InetSocketAddress inet
            ? inet.getAddress().getHostAddress() + ":" + inet.getPort()
            : String.valueOf(connection.remoteAddress());
    return new EchoRequest.Peer(address, tls, tls ? serverName(connection) : null);
  }

  private static @Nullable String serverName(Channel connection) {
    SslHandler handler = connection.pipeline().get(SslHandler.class);
    if (handler != null
        && handler.engine().getSession() instanceof ExtendedSSLSession session
        && !session.getRequestedServerNames().isEmpty()
        && session.getRequestedServerNames().getFirst() instanceof SNIHostName name) {
      return name.getAsciiName();
    }
    return null;
  }

  private static final class ByProtocol extends ApplicationProtocolNegotiationHandler {
    private final EchoService service;

    ByProtocol(EchoService service) {
      super(ApplicationProtocolNames.HTTP_1_1);
      this.service = service;
    }

    @Override
    protected void configurePipeline(ChannelHandlerContext ctx, String protocol) {
      if (protocol.equals(ApplicationProtocolNames.HTTP_2)) {
        ProtocolSniffer.http2(ctx.pipeline(), service, true);
      } else {
        ProtocolSniffer.http1(ctx.pipeline(), service, true);
      }
    }

    @Override
    protected void handshakeFailure(ChannelHandlerContext ctx, Throwable cause) {
      ctx.close();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      ctx.close();
    }
  }
}
