package dev.weft.proxy.http;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayDeque;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * A client's HTTP/1.1 connection: one request at a time, pipelined ones wait in order. Confined to
 * its event loop.
 */
public final class H1ServerConnection extends ChannelInboundHandlerAdapter
    implements H1Answer.Connection, Ticker.Timed {
  /** A client that was idle for so long is not about to send a request that our FIN would cross. */
  private static final long DRAIN_NANOS = 1_000_000_000L;

  private final LoopTools tools;
  private final RequestAcceptor acceptor;
  private final RequestDecoder decoder;
  private final ReadGate gate = new ReadGate();
  private final Stall stall = new Stall();
  private final Queue<Object> waiting = new ArrayDeque<>(2);

  private @Nullable H1Answer current;
  private @Nullable Channel channel;
  private @Nullable RequestReceiver receiver;
  private boolean requestOpen;
  private boolean emptyEnd;
  private boolean closing;
  private boolean draining;
  private boolean headSeen;
  private boolean upgrading;
  private int discarded;
  private long since;
  private int tickIndex = -1;

  private H1ServerConnection(LoopTools tools, RequestAcceptor acceptor) {
    this.tools = tools;
    this.acceptor = acceptor;
    this.decoder = new RequestDecoder(tools.limits());
  }

  /** Makes the end of a pipeline speak HTTP/1.1. */
  public static H1ServerConnection install(
      ChannelPipeline pipeline, LoopTools tools, RequestAcceptor acceptor) {
    H1ServerConnection connection = new H1ServerConnection(tools, acceptor);
    pipeline.addLast("h1-decode", connection.decoder);
    pipeline.addLast("h1", connection);
    return connection;
  }

  private H1Answer answer() {
    H1Answer answer = current;
    if (answer == null) {
      throw new IllegalStateException("not in a pipeline");
    }
    return answer;
  }

  private Channel channel() {
    Channel own = channel;
    if (own == null) {
      throw new IllegalStateException("not in a pipeline");
    }
    return own;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    channel = ctx.channel();
    current = new H1Answer(ctx, this, tools, gate);
    since = tools.ticker().coarse();
    tools.ticker().add(this);
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    tools.ticker().remove(this);
    releaseWaiting();
  }

  /** The next answer is the last one; a connection that stays idle is closed. */
  public void drain() {
    draining = true;
  }

  // ---- from the client

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (closing) {
      ReferenceCountUtil.release(message);
    } else if (emptyEnd && waiting.isEmpty() && message instanceof LastHttpContent end) {
      emptyEnd = false; // the head said already that there is no body
      end.release();
    } else if (!waiting.isEmpty() || (receiver != null && !requestOpen)) {
      waiting.add(message);
      hold();
    } else {
      handle(message);
    }
  }

  private void handle(Object message) {
    if (message instanceof HttpRequest request) {
      head(request);
    }
    if (message instanceof HttpContent content) {
      body(content);
    }
  }

  private void head(HttpRequest request) {
    int refusal =
        request.decoderResult().isFailure()
            ? H1Rules.refusal(request.decoderResult().cause())
            : H1Rules.check(request);
    HttpHeaders fields = request.headers();
    boolean oldVersion = request.protocolVersion().minorVersion() == 0;
    boolean head = request.method().name().equals("HEAD");
    answer().begin(head, oldVersion, H1Rules.keepAlive(fields, oldVersion));
    if (refusal != 0) {
      refuse(refusal);
      return;
    }
    upgrading = !oldVersion && H1Rules.upgrade(fields);
    boolean end = !fields.contains(Names.TRANSFER_ENCODING) && H1Rules.lengthIsZero(fields);
    requestOpen = !end;
    emptyEnd = end;
    headSeen = false;
    discarded = 0;
    stall.moved(tools.ticker().coarse());
    RequestReceiver accepted =
        acceptor.accept(H1Rules.normalise(request, upgrading), end, answer());
    // The answer may be complete already.
    if (answer().open()) {
      receiver = accepted;
      hold();
    }
  }

  private void body(HttpContent content) {
    RequestReceiver to = receiver;
    boolean last = content instanceof LastHttpContent;
    if (content.decoderResult().isFailure()) {
      content.release();
      acceptor.malformed(400, String.valueOf(content.decoderResult().cause().getMessage()));
      giveUp(400);
    } else if (!requestOpen) {
      emptyEnd = false;
      content.release(); // the empty end of a request without a body
    } else if (to == null || !answer().open()) {
      discard(content, last);
    } else if (last && !((LastHttpContent) content).trailingHeaders().isEmpty()) {
      passTrailers(to, (LastHttpContent) content);
    } else {
      requestOpen = !last;
      stall.moved(tools.ticker().coarse());
      gate.passed(channel(), content.content().readableBytes());
      to.data(content.content(), last);
    }
  }

  private void passTrailers(RequestReceiver to, LastHttpContent last) {
    if (last.content().isReadable()) {
      gate.passed(channel(), last.content().readableBytes());
      to.data(last.content(), false);
    } else {
      last.release();
    }
    requestOpen = false;
    H1Rules.cleanTrailers(last.trailingHeaders());
    to.trailers(new Trailers.H1(last.trailingHeaders()));
  }

  /** The request will not be completed: says so if that is still possible. */
  private void giveUp(int status) {
    RequestReceiver to = receiver;
    receiver = null;
    boolean mayAnswer = !answer().begun() && answer().open();
    requestOpen = false;
    answer().forget();
    if (to != null) {
      to.cancelled();
    }
    if (mayAnswer) {
      refuse(status);
    } else {
      close();
    }
  }

  /**
   * The answer is complete and the client still sends: it may finish, within limits, so that it
   * reads.
   */
  private void discard(HttpContent content, boolean last) {
    discarded += content.content().readableBytes();
    content.release();
    requestOpen = !last;
    if (last) {
      finished();
    } else if (discarded > tools.limits().maxDiscard()) {
      close();
    }
  }

  private void refuse(int status) {
    acceptor.malformed(status, "refused by HTTP/1.1's rules");
    requestOpen = false;
    answer().refuse(status);
    if (!closing) {
      closing = true;
      releaseWaiting();
      answer().flushNow();
      Lingering.close(channel(), tools);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    RequestReceiver to = receiver;
    receiver = null;
    closing = true;
    releaseWaiting();
    tools.ticker().remove(this);
    if (to != null && (requestOpen || answer().open())) {
      to.cancelled();
    }
    ctx.fireChannelInactive();
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    if (answer().becameWritable() && receiver != null) {
      receiver.writable();
    }
    ctx.fireChannelWritabilityChanged();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    ctx.close();
  }

  // ---- from the answer

  @Override
  public void answered() {
    receiver = null;
    if (requestOpen) {
      since = tools.ticker().coarse();
    } else {
      finished();
    }
  }

  @Override
  public void aborted() {
    receiver = null;
    requestOpen = false;
    close();
  }

  @Override
  public boolean draining() {
    return draining;
  }

  @Override
  public boolean requestOpen() {
    return requestOpen;
  }

  @Override
  public void upgraded(ChannelHandler next) {
    receiver = null;
    requestOpen = false;
    ChannelPipeline pipeline = channel().pipeline();
    // First the next one: the decoder leaves what it has read to its successor.
    pipeline.addLast(next);
    pipeline.remove(this);
    pipeline.remove(decoder);
  }

  /** Both directions of a request are over. */
  private void finished() {
    since = tools.ticker().coarse();
    if (!answer().keepAlive() || draining) {
      close();
    } else if (waiting.isEmpty()) {
      hold();
    } else {
      // Not now: the caller is in the middle of the last request.
      channel().eventLoop().execute(this::next);
    }
  }

  private void next() {
    while (!closing && !waiting.isEmpty() && (receiver == null || requestOpen)) {
      handle(waiting.remove());
    }
    hold();
  }

  /** Reads on, unless a pipelined request waits or the connection may be about to leave HTTP. */
  private void hold() {
    boolean leaving = upgrading && answer().open() && !requestOpen;
    gate.hold(channel(), !waiting.isEmpty() || leaving);
  }

  private void close() {
    if (!closing) {
      closing = true;
      releaseWaiting();
      answer().flushNow();
      channel().writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
    }
  }

  private void releaseWaiting() {
    for (Object message = waiting.poll(); message != null; message = waiting.poll()) {
      ReferenceCountUtil.release(message);
    }
  }

  // ---- time

  @Override
  public void tick(long now) {
    if (receiver != null || closing) {
      boolean bodyOwed = requestOpen && !closing && !answer().begun();
      if (stall.over(now, channel(), bodyOwed)) {
        stalled(bodyOwed);
      }
      return;
    }
    if (decoder.headBegun() && !headSeen) {
      headSeen = true;
      since = now;
    }
    long waited = now - since;
    long idle = draining ? DRAIN_NANOS : tools.limits().idleTimeout().toNanos();
    boolean late = waited > tools.limits().headTimeout().toNanos();
    if (requestOpen && late) {
      close(); // it has its answer; the rest of the body is only read so that it sees it
    } else if (headSeen && late) {
      refuse(408);
    } else if (waited > idle) {
      close();
    }
  }

  private void stalled(boolean bodyOwed) {
    if (bodyOwed) {
      giveUp(408);
    }
    if (Stall.waiting(channel()) > 0) {
      channel().close(); // what waits for the client would wait for ever
    }
  }

  @Override
  public int tickIndex() {
    return tickIndex;
  }

  @Override
  public void tickIndex(int index) {
    tickIndex = index;
  }
}
