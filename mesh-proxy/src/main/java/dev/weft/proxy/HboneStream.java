package dev.weft.proxy;

import dev.weft.identity.PeerIdentity;
import dev.weft.proxy.http.Failure;
import dev.weft.proxy.http.Names;
import dev.weft.proxy.upstream.Connector;
import dev.weft.proxy.upstream.Hop;
import dev.weft.proxy.upstream.TunnelCodec;
import dev.weft.routing.Authorization;
import dev.weft.routing.Authorizer;
import dev.weft.routing.Endpoint;
import dev.weft.routing.Ipv4;
import dev.weft.routing.LocalReply;
import dev.weft.routing.Target;
import dev.weft.routing.WorkloadInfo;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.DefaultHttp2ResetFrame;
import io.netty.handler.codec.http2.Http2DataFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayList;
import java.util.List;

/**
 * One CONNECT request: checked, authorised, connected to the pod, and only then answered with 200.
 * Confined to its event loop.
 */
final class HboneStream extends ChannelInboundHandlerAdapter {
  private final Accepted connection;
  private final PeerIdentity peer;

  /** What came before our answer; the stream's window bounds it. */
  private final List<Object> early = new ArrayList<>(0);

  private boolean asked;

  HboneStream(Accepted connection, PeerIdentity peer) {
    this.connection = connection;
    this.peer = peer;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (asked && message instanceof Http2DataFrame) {
      early.add(message); // a client that did not wait
      return;
    }
    if (!asked && message instanceof Http2HeadersFrame request) {
      asked = true;
      ctx.channel().config().setAutoRead(false);
      int port = port(request.headers(), request.isEndStream());
      if (port < 0) {
        answer(ctx, 400, true);
      } else if (port == 0 || reserved(port)) {
        answer(ctx, 503, true);
      } else {
        authorise(ctx, port, saysHttp(request.headers()));
      }
    }
    ReferenceCountUtil.release(message);
  }

  /** The port of a CONNECT to this very pod; -1: malformed, or meant for somebody else. */
  private int port(Http2Headers headers, boolean end) {
    CharSequence authority = headers.authority();
    boolean connect =
        "CONNECT".contentEquals(String.valueOf(headers.method()))
            && headers.path() == null
            && headers.scheme() == null;
    if (!connect || authority == null || end) {
      return -1;
    }
    return portOf(authority.toString(), connection.ends().address());
  }

  /** The port of "address:port" if the address is the expected one; -1 otherwise. Pure. */
  static int portOf(String authority, int address) {
    int colon = authority.lastIndexOf(':');
    try {
      if (colon < 0 || Ipv4.parse(authority.substring(0, colon)) != address) {
        return -1;
      }
      int port = Integer.parseInt(authority, colon + 1, authority.length(), 10);
      return port >= 0 && port <= 65535 && authority.charAt(colon + 1) != '+' ? port : -1;
    } catch (IllegalArgumentException e) {
      return -1;
    }
  }

  /** Our own ports: a request for one would go in circles. */
  private static boolean reserved(int port) {
    return port == 15001 || port == 15006 || port == 15008;
  }

  /**
   * What our own kind says of the stream's content. Believed for telemetry only: where a policy
   * needs HTTP it is read whatever the peer says.
   */
  private static boolean saysHttp(Http2Headers headers) {
    return Names.HTTP.contentEquals(headers.get(Names.WEFT_CONTENT, ""));
  }

  private void authorise(ChannelHandlerContext ctx, int port, boolean http) {
    ProxyLoop loop = connection.loop();
    Origin inside = new Origin(loop, connection.proven(peer, port), connection.origin().usage());
    if (!(inside.target() instanceof Target.PodTarget(WorkloadInfo pod, int ignored))
        || !inside.local(pod)) {
      answer(ctx, 503, true);
      return;
    }
    Authorizer authorizer = inside.tables().authorizer(pod);
    Endpoint endpoint = inside.pod(new Target.PodTarget(pod, port)).get(0);
    if (!(inside.way(endpoint, false) instanceof Way.Open way)) {
      refuse(ctx, LocalReply.NETWORK_POLICY.reason());
    } else if (authorizer.needsHttp() || (http && inside.tables().settings().traces())) {
      List<Object> held = established(ctx);
      Accepted.inside(loop, ctx.channel(), inside.ends());
      deliver(ctx.channel(), held);
      ctx.channel().config().setAutoRead(true);
    } else if (!authorizer.isUnrestricted()
        && authorizer.authorize(inside) instanceof Authorization.Denied) {
      refuse(ctx, "POLICY_DENIED");
    } else {
      connect(ctx, inside, way);
    }
  }

  private void connect(ChannelHandlerContext ctx, Origin inside, Way.Open way) {
    inside
        .loop()
        .upstreams()
        .raw(
            way.hop(),
            new Connector.Opened() {
              @Override
              public void opened(Channel server) {
                if (!ctx.channel().isActive()) {
                  server.close();
                  return;
                }
                List<Object> held = established(ctx);
                Relay.join(ctx.channel(), server, Relay.NOTHING);
                deliver(ctx.channel(), held);
                watch(ctx.channel(), inside, way.hop());
              }

              @Override
              public void failed(Failure failure) {
                answer(ctx, 503, true);
              }
            });
  }

  /** Ends the stream when the tables no longer let it in. */
  private static void watch(Channel stream, Origin inside, Hop hop) {
    ProxyLoop loop = inside.loop();
    ProxyLoop.Drainable watched =
        new ProxyLoop.Drainable() {
          @Override
          public void drain() {
            // The connection around it tells the client.
          }

          @Override
          public void close() {
            stream.close();
          }

          @Override
          public void reconsider() {
            if (!stillAllowed(inside, hop.port())) {
              stream
                  .writeAndFlush(new DefaultHttp2ResetFrame(Http2Error.REFUSED_STREAM))
                  .addListener(written -> stream.close());
            }
          }
        };
    loop.add(watched);
    stream.closeFuture().addListener(closed -> loop.remove(watched));
  }

  private static boolean stillAllowed(Origin inside, int port) {
    inside.refresh();
    if (!(inside.target() instanceof Target.PodTarget(WorkloadInfo pod, int ignored))) {
      return true; // the pod has gone, and ends its connections itself
    }
    Authorizer authorizer = inside.tables().authorizer(pod);
    Endpoint endpoint = inside.pod(new Target.PodTarget(pod, port)).get(0);
    return inside.way(endpoint, false) instanceof Way.Open
        && (authorizer.isUnrestricted()
            || !(authorizer.authorize(inside) instanceof Authorization.Denied));
  }

  /** Answers, and turns the stream into a connection; what came too early is the caller's. */
  private List<Object> established(ChannelHandlerContext ctx) {
    List<Object> held = List.copyOf(early);
    early.clear();
    answer(ctx, 200, false);
    ctx.pipeline().replace(this, "tunnel", new TunnelCodec());
    return held;
  }

  private static void deliver(Channel stream, List<Object> held) {
    if (!held.isEmpty()) {
      held.forEach(stream.pipeline()::fireChannelRead);
      stream.pipeline().fireChannelReadComplete();
    }
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    early.forEach(ReferenceCountUtil::release);
    early.clear();
  }

  private void refuse(ChannelHandlerContext ctx, String reason) {
    connection.refusedInside(reason);
    answer(ctx, 401, true);
  }

  private static void answer(ChannelHandlerContext ctx, int status, boolean end) {
    ctx.writeAndFlush(
            new DefaultHttp2HeadersFrame(
                new DefaultHttp2Headers().status(Integer.toString(status)), end))
        .addListener(
            written -> {
              if (end) {
                ctx.close();
              }
            });
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    ctx.close();
  }
}
