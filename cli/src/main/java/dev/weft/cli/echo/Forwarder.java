package dev.weft.cli.echo;

import dev.weft.cli.Json;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.timeout.ReadTimeoutHandler;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Calls the next service over HTTP/1.1, one connection a call, and hands on the headers that tie a
 * request's parts together. Runs on the caller's event loop.
 */
final class Forwarder {
  /** Copied from the request to every call it causes (W3C Trace Context §3, Baggage §3). */
  private static final List<String> PROPAGATED =
      List.of("traceparent", "tracestate", "baggage", "x-request-id");

  private static final int MAX_ANSWER = 1 << 20;
  private static final int CONNECT_TIMEOUT_MS = 3_000;
  private static final int READ_TIMEOUT_SECONDS = 15;

  /** Calls every URL in order; each becomes one hop, also where it failed. */
  CompletableFuture<List<EchoAnswer.Hop>> callAll(
      List<URI> urls, EchoRequest cause, EventLoop loop) {
    CompletableFuture<List<EchoAnswer.Hop>> all =
        CompletableFuture.completedFuture(new ArrayList<>());
    for (URI url : urls) {
      all =
          all.thenCompose(
              hops ->
                  call(url, cause, loop)
                      .thenApply(
                          hop -> {
                            hops.add(hop);
                            return hops;
                          }));
    }
    return all;
  }

  private CompletableFuture<EchoAnswer.Hop> call(URI url, EchoRequest cause, EventLoop loop) {
    CompletableFuture<EchoAnswer.Hop> hop = new CompletableFuture<>();
    FullHttpRequest request;
    try {
      request = request(url, cause);
    } catch (URISyntaxException e) {
      hop.complete(failed(url, e));
      return hop;
    }
    int port = url.getPort() < 0 ? 80 : url.getPort();
    new Bootstrap()
        .group(loop)
        .channel(NioSocketChannel.class)
        .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_TIMEOUT_MS)
        .handler(pipeline(url, hop))
        .connect(InetSocketAddress.createUnresolved(url.getHost(), port))
        .addListener(
            future -> {
              if (future.isSuccess()) {
                ((io.netty.channel.ChannelFuture) future).channel().writeAndFlush(request);
              } else {
                request.release();
                hop.complete(failed(url, future.cause()));
              }
            });
    return hop;
  }

  private static FullHttpRequest request(URI url, EchoRequest cause) throws URISyntaxException {
    String path = url.getRawPath() == null || url.getRawPath().isEmpty() ? "/" : url.getRawPath();
    String target = url.getRawQuery() == null ? path : path + "?" + url.getRawQuery();
    FullHttpRequest request =
        new DefaultFullHttpRequest(
            HttpVersion.HTTP_1_1, HttpMethod.GET, target, Unpooled.EMPTY_BUFFER);
    request.headers().set(HttpHeaderNames.HOST, EchoRequest.authority(url));
    request.headers().set(HttpHeaderNames.CONNECTION, "close");
    for (String name : PROPAGATED) {
      List<String> values = cause.headers().get(name);
      if (values != null) {
        request.headers().set(name, values);
      }
    }
    return request;
  }

  private static ChannelInitializer<Channel> pipeline(
      URI url, CompletableFuture<EchoAnswer.Hop> hop) {
    return new ChannelInitializer<>() {
      @Override
      protected void initChannel(Channel channel) {
        channel
            .pipeline()
            .addLast(new ReadTimeoutHandler(READ_TIMEOUT_SECONDS, TimeUnit.SECONDS))
            .addLast(new HttpClientCodec())
            .addLast(new HttpObjectAggregator(MAX_ANSWER))
            .addLast(new AnswerHandler(url, hop));
      }
    };
  }

  private static EchoAnswer.Hop failed(URI url, Throwable cause) {
    String why = cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
    return new EchoAnswer.Hop(url.toString(), 0, Json.of(why));
  }

  /** Confined to the event loop of its connection. */
  private static final class AnswerHandler extends SimpleChannelInboundHandler<FullHttpResponse> {
    private final URI url;
    private final CompletableFuture<EchoAnswer.Hop> hop;

    AnswerHandler(URI url, CompletableFuture<EchoAnswer.Hop> hop) {
      this.url = url;
      this.hop = hop;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, FullHttpResponse response) {
      String text = response.content().toString(StandardCharsets.UTF_8);
      String type = response.headers().get(HttpHeaderNames.CONTENT_TYPE, "");
      String json = type.startsWith("application/json") ? text : Json.of(text);
      hop.complete(new EchoAnswer.Hop(url.toString(), response.status().code(), json));
      ctx.close();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
      hop.complete(failed(url, new java.io.IOException("closed before an answer")));
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      hop.complete(failed(url, cause));
      ctx.close();
    }
  }
}
