package dev.weft.proxy;

import dev.weft.proxy.http.ClientConnection;
import dev.weft.proxy.http.ClientStream;
import dev.weft.proxy.http.Failure;
import dev.weft.proxy.http.Flusher;
import dev.weft.proxy.http.H2ClientConnection;
import dev.weft.proxy.http.HttpLimits;
import dev.weft.proxy.http.LoopTools;
import dev.weft.proxy.http.RequestHead;
import dev.weft.proxy.http.ResponseHead;
import dev.weft.proxy.http.ResponseReceiver;
import dev.weft.proxy.http.TestHeads;
import dev.weft.proxy.http.Ticker;
import dev.weft.proxy.http.Trailers;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import java.io.ByteArrayOutputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** An HTTP/2 client of the proxy. */
final class TestClient implements AutoCloseable {

  /** A complete answer; its bytes as Latin-1. */
  record Response(
      int status, Map<String, String> headers, String text, Map<String, String> trailers) {}

  private final MultiThreadIoEventLoopGroup group =
      new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
  private final Channel channel;
  private final ClientConnection connection;

  TestClient(InetSocketAddress proxy) {
    this(proxy, null);
  }

  TestClient(InetSocketAddress proxy, @Nullable InetSocketAddress from) {
    EventLoop loop = group.next();
    LoopTools tools =
        new LoopTools(
            new Flusher(loop), new Ticker(MonotonicClock.INSTANCE), HttpLimits.defaults());
    CompletableFuture<ClientConnection> ready = new CompletableFuture<>();
    channel =
        new Bootstrap()
            .group(loop)
            .channel(EpollSocketChannel.class)
            .handler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel fresh) {
                    ready.complete(
                        H2ClientConnection.install(fresh.pipeline(), tools, new NoPool(), "http"));
                  }
                })
            .connect(proxy, from)
            .syncUninterruptibly()
            .channel();
    connection = ready.join();
  }

  private static final class NoPool implements ClientConnection.Owner {
    @Override
    public void available(ClientConnection free) {}

    @Override
    public void gone(ClientConnection lost) {}
  }

  Channel channel() {
    return channel;
  }

  CompletableFuture<Response> get(String path, String... headers) {
    return send("GET", path, null, null, headers);
  }

  /** Sends a request; {@code headers} are names and values. */
  CompletableFuture<Response> send(
      String method,
      String path,
      byte @Nullable [] body,
      @Nullable Map<String, String> trailers,
      String... headers) {
    Answer answer = new Answer();
    RequestHead head = TestHeads.http2(method, "web.default", path, headers);
    channel
        .eventLoop()
        .execute(
            () -> {
              ClientStream stream = connection.open(head, body == null, answer);
              answer.stream = stream;
              if (body != null) {
                stream.data(Unpooled.copiedBuffer(body), trailers == null);
              }
              if (trailers != null) {
                stream.trailers(TestHeads.trailers(trailers));
              }
            });
    return answer.done;
  }

  /** Collects. */
  private static final class Answer implements ResponseReceiver {
    private final CompletableFuture<Response> done = new CompletableFuture<>();
    private final ByteArrayOutputStream body = new ByteArrayOutputStream();
    private @Nullable ClientStream stream;
    private int status;
    private Map<String, String> headers = Map.of();

    @Override
    public void informational(ResponseHead head) {}

    @Override
    public void head(ResponseHead head, boolean end) {
      status = head.status();
      headers = new TreeMap<>();
      head.http2()
          .forEach(field -> headers.put(field.getKey().toString(), field.getValue().toString()));
      if (end) {
        finish(Map.of());
      }
    }

    @Override
    public void data(ByteBuf data, boolean end) {
      int length = data.readableBytes();
      body.writeBytes(ByteBufUtil.getBytes(data));
      data.release();
      if (stream != null) {
        stream.consumed(length);
      }
      if (end) {
        finish(Map.of());
      }
    }

    @Override
    public void trailers(Trailers trailers) {
      Map<String, String> fields = new TreeMap<>();
      trailers
          .http2()
          .forEach(field -> fields.put(field.getKey().toString(), field.getValue().toString()));
      finish(fields);
    }

    private void finish(Map<String, String> trailers) {
      done.complete(
          new Response(status, headers, body.toString(StandardCharsets.ISO_8859_1), trailers));
    }

    @Override
    public void failed(Failure failure) {
      done.completeExceptionally(new IllegalStateException(failure.name()));
    }

    @Override
    public void writable() {}
  }

  @Override
  public void close() {
    channel.close().syncUninterruptibly();
    group.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
  }
}
