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
  private final Deque<Pending> waiting = new ArrayDeque<>();
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
    Pending pending = new Pending(done);
    pending.timeout =
        loop.schedule(() -> expire(pending), request.timeoutMs, TimeUnit.MILLISECONDS);
    Connection connection = idle.pollFirst();
    if (connection != null) {
      connection.exchange(pending);
    } else if (hasRoom()) {
      connect(pending);
    } else {
      waiting.addLast(pending);
    }
  }

  private boolean hasRoom() {
    return open.size() + connecting < maxConnections;
  }

  /** A request on its way, from the moment it was due. */
  private static final class Pending {
    private final Done done;
    private @Nullable ScheduledFuture<?> timeout;
    private @Nullable Channel channel;
    private boolean over;

    Pending(Done done) {
      this.done = done;
    }

    void finish(boolean ok, String answer, String servedBy) {
      if (over) {
        return;
      }
      over = true;
      if (timeout != null) {
        timeout.cancel(false);
      }
      done.done(ok, answer, servedBy);
    }
  }

  private void expire(Pending pending) {
    waiting.remove(pending);
    pending.finish(false, "timed out", "");
    if (pending.channel != null) {
      pending.channel.close();
    }
  }

  /** Lets those that wait go on, where a connection has ended or did not come about. */
  private void next() {
    while (!waiting.isEmpty() && hasRoom()) {
      connect(waiting.removeFirst());
    }
  }

  private void connect(Pending pending) {
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
                    connection.exchange(pending);
                  } else {
                    pending.finish(false, "connect: " + reason(future.cause()), "");
                    next();
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
    private @Nullable Pending pending;
    private String status = "";
    private String servedBy = "";
    private boolean keepAlive;

    void exchange(Pending next) {
      Channel target = channel;
      if (target == null || !target.isActive()) {
        next.finish(false, "closed before the request", "");
        return;
      }
      pending = next;
      next.channel = target;
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
        finish(status);
        if (!keepAlive || !ctx.channel().isActive()) {
          ctx.close();
        } else if (waiting.isEmpty()) {
          idle.addFirst(this);
        } else {
          exchange(waiting.removeFirst());
        }
      }
    }

    private void finish(String answer) {
      Pending done = pending;
      pending = null;
      if (done != null) {
        done.finish(answer.startsWith("2"), answer, servedBy);
      }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
      idle.remove(this);
      open.remove(ctx.channel());
      finish("closed without an answer");
      next();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      finish(reason(cause));
      ctx.close();
    }
  }
}
