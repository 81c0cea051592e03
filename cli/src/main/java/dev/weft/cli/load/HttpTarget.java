package dev.weft.cli.load;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * HTTP/1.1 over kept-alive connections. Nothing is tried twice: a request that a client library
 * would quietly repeat counts as failed here. Confined to its event loop.
 */
final class HttpTarget implements LoadTarget {
  private static final int CONNECT_TIMEOUT_MS = 3_000;

  private final EventLoop loop;
  private final Request request;
  private final InetSocketAddress address;
  private final int maxConnections;
  private final Deque<Connection> idle = new ArrayDeque<>();
  private final Set<Channel> open = new HashSet<>();
  private final Deque<Done> waiting = new ArrayDeque<>();
  private int connecting;

  /**
   * What is asked.
   *
   * @param timeoutMs after which an exchange has failed
   */
  record Request(HttpMethod method, URI url, Map<String, String> headers, long timeoutMs) {
    Request {
      headers = Map.copyOf(headers);
    }
  }

  HttpTarget(EventLoop loop, Request request, InetSocketAddress address, int maxConnections) {
    this.loop = loop;
    this.request = request;
    this.address = address;
    this.maxConnections = maxConnections;
  }

  @Override
  public void send(Done done) {
    Connection connection = idle.pollFirst();
    if (connection != null) {
      connection.exchange(done);
    } else if (open.size() + connecting < maxConnections) {
      connect(done);
    } else {
      waiting.addLast(done);
    }
  }

  private void connect(Done done) {
    connecting++;
    Connection connection = new Connection();
    new Bootstrap()
        .group(loop)
        .channel(NioSocketChannel.class)
        .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_TIMEOUT_MS)
        .option(ChannelOption.TCP_NODELAY, true)
        .handler(
            new ChannelInitializer<Channel>() {
              @Override
              protected void initChannel(Channel channel) {
                channel.pipeline().addLast(new HttpClientCodec()).addLast(connection);
              }
            })
        .connect(address)
        .addListener(
            (ChannelFutureListener)
                future -> {
                  connecting--;
                  if (future.isSuccess()) {
                    open.add(future.channel());
                    connection.channel = future.channel();
                    connection.exchange(done);
                  } else {
                    done.done(false, "connect: " + reason(future.cause()), "");
                  }
                });
  }

  private FullHttpRequest message() {
    String path = request.url.getRawPath();
    String target = path == null || path.isEmpty() ? "/" : path;
    String query = request.url.getRawQuery();
    FullHttpRequest message =
        new DefaultFullHttpRequest(
            HttpVersion.HTTP_1_1,
            request.method,
            query == null ? target : target + "?" + query,
            Unpooled.EMPTY_BUFFER);
    message.headers().set(HttpHeaderNames.HOST, request.url.getRawAuthority());
    request.headers.forEach((name, value) -> message.headers().set(name, value));
    return message;
  }

  static String reason(Throwable cause) {
    String message = cause.getMessage();
    return message == null ? cause.getClass().getSimpleName() : message;
  }

  @Override
  public void close() {
    Set.copyOf(open).forEach(Channel::close);
  }

  /** One connection with at most one request on its way. */
  private final class Connection extends SimpleChannelInboundHandler<HttpObject> {
    private @Nullable Channel channel;
    private @Nullable Done pending;
    private @Nullable ScheduledFuture<?> timeout;
    private String status = "";
    private String servedBy = "";
    private boolean keepAlive;

    void exchange(Done done) {
      Channel target = channel;
      if (target == null || !target.isActive()) {
        done.done(false, "closed before the request", "");
        return;
      }
      pending = done;
      timeout =
          loop.schedule(
              () -> {
                finish(false, "timed out");
                target.close();
              },
              request.timeoutMs,
              TimeUnit.MILLISECONDS);
      target.writeAndFlush(message());
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, HttpObject message) {
      if (message instanceof HttpResponse response) {
        status = Integer.toString(response.status().code());
        servedBy = response.headers().get("x-version", "");
        keepAlive = HttpUtil.isKeepAlive(response);
      }
      if (message instanceof LastHttpContent) {
        boolean reusable = keepAlive && ctx.channel().isActive();
        finish(true, status);
        if (!reusable) {
          ctx.close();
        } else if (waiting.isEmpty()) {
          idle.addFirst(this);
        } else {
          exchange(waiting.removeFirst());
        }
      }
    }

    private void finish(boolean answered, String text) {
      Done done = pending;
      pending = null;
      if (timeout != null) {
        timeout.cancel(false);
      }
      if (done != null) {
        done.done(answered && text.startsWith("2"), text, servedBy);
      }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
      idle.remove(this);
      open.remove(ctx.channel());
      finish(false, "closed without an answer");
      if (!waiting.isEmpty() && open.size() + connecting < maxConnections) {
        connect(waiting.removeFirst());
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      finish(false, reason(cause));
      ctx.close();
    }
  }
}
