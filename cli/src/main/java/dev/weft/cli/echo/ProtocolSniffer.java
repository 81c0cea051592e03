package dev.weft.cli.echo;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Tells HTTP/2 with prior knowledge (RFC 9113 §3.3) from HTTP/1.1 by the first bytes. */
final class ProtocolSniffer extends ByteToMessageDecoder {
  /** First line of the client preface, RFC 9113 §3.4; no HTTP/1.1 request can begin like it. */
  private static final byte[] PREFACE = "PRI * HTTP/2.0\r\n".getBytes(StandardCharsets.US_ASCII);

  static final int MAX_BODY = 4 << 20;

  private final EchoService service;
  private final boolean tls;

  ProtocolSniffer(EchoService service, boolean tls) {
    this.service = service;
    this.tls = tls;
  }

  @Override
  protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
    int seen = Math.min(in.readableBytes(), PREFACE.length);
    for (int i = 0; i < seen; i++) {
      if (in.getByte(in.readerIndex() + i) != PREFACE[i]) {
        http1(ctx.pipeline(), service, tls);
        ctx.pipeline().remove(this);
        return;
      }
    }
    if (seen == PREFACE.length) {
      http2(ctx.pipeline(), service, tls);
      ctx.pipeline().remove(this);
    }
  }

  static void http1(ChannelPipeline pipeline, EchoService service, boolean tls) {
    pipeline.addLast(new HttpServerCodec()).addLast(new Http1EchoHandler(service, tls));
  }

  static void http2(ChannelPipeline pipeline, EchoService service, boolean tls) {
    pipeline
        .addLast(Http2FrameCodecBuilder.forServer().build())
        .addLast(
            new Http2MultiplexHandler(
                new ChannelInitializer<io.netty.channel.Channel>() {
                  @Override
                  protected void initChannel(io.netty.channel.Channel stream) {
                    stream.pipeline().addLast(new Http2EchoHandler(service, tls));
                  }
                }));
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    ctx.close();
  }
}
