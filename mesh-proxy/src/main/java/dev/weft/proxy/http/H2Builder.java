package dev.weft.proxy.http;

import io.netty.handler.codec.http2.AbstractHttp2ConnectionHandlerBuilder;
import io.netty.handler.codec.http2.DefaultHttp2Connection;
import io.netty.handler.codec.http2.DefaultHttp2RemoteFlowController;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2ConnectionDecoder;
import io.netty.handler.codec.http2.Http2ConnectionEncoder;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.UniformStreamByteDistributor;

/** Netty's builder with the limits in force. */
final class H2Builder extends AbstractHttp2ConnectionHandlerBuilder<H2Connection, H2Builder> {
  private final LoopTools tools;
  private final H2Connection.Role role;

  H2Builder(boolean server, LoopTools tools, H2Connection.Role role) {
    this.tools = tools;
    this.role = role;
    HttpLimits limits = tools.limits();
    Http2Settings settings =
        new Http2Settings()
            .initialWindowSize(limits.streamWindow())
            .maxHeaderListSize(limits.maxHead());
    if (server) {
      settings.maxConcurrentStreams(limits.maxStreams());
    } else {
      settings.pushEnabled(false);
    }
    connection(connection(server));
    initialSettings(settings);
    validateHeaders(true);
    validateRequiredPseudoHeaders(true);
    flushPreface(false);
  }

  /** All streams alike: priorities are deprecated (RFC 9113 §5.3), and their tree costs. */
  private static Http2Connection connection(boolean server) {
    Http2Connection connection = new DefaultHttp2Connection(server);
    connection
        .remote()
        .flowController(
            new DefaultHttp2RemoteFlowController(
                connection, new UniformStreamByteDistributor(connection)));
    return connection;
  }

  @Override
  protected H2Connection build() {
    return super.build();
  }

  @Override
  protected H2Connection build(
      Http2ConnectionDecoder decoder, Http2ConnectionEncoder encoder, Http2Settings settings) {
    return new H2Connection(decoder, encoder, settings, new H2Connection.Parts(tools, role));
  }
}
