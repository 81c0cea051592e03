package dev.weft.proxy.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayDeque;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * A client's HTTP/1.1 connection: one request at a time, pipelined ones wait in order. It is also
 * the {@link ServerStream} of the present request. Confined to its event loop.
 */
public final class H1ServerConnection extends ChannelInboundHandlerAdapter
    implements ServerStream, Flushable, Ticker.Timed {
  /** A client that was idle for so long is not about to send a request that our FIN would cross. */
  private static final long DRAIN_NANOS = 1_000_000_000L;

  private final LoopTools tools;
  private final RequestAcceptor acceptor;
  private final RequestDecoder decoder;
  private final ResponseEncoder encoder = new ResponseEncoder();
  private final ReadGate gate = new ReadGate();
  private final H1Writer writer = new H1Writer();
  private final Queue<Object> waiting = new ArrayDeque<>(2);

  private @Nullable ChannelHandlerContext context;
  private @Nullable RequestReceiver receiver;
  private boolean requestOpen;
  private boolean emptyEnd;
  private boolean answerOpen;
  private boolean answerBegun;
  private boolean keepAlive = true;
  private boolean oldVersion;
  private boolean closing;
  private boolean draining;
  private boolean flushAsked;
  private boolean unwritable;
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
    pipeline.addLast("h1-encode", connection.encoder);
    pipeline.addLast("h1", connection);
    return connection;
  }

  private ChannelHandlerContext ctx() {
    ChannelHandlerContext ctx = context;
    if (ctx == null) {
      throw new IllegalStateException("not in a pipeline");
    }
    return ctx;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    context = ctx;
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
    oldVersion = request.protocolVersion().minorVersion() == 0;
    encoder.answersHead(request.method().name().equals("HEAD"));
    if (refusal != 0) {
      refuse(refusal);
      return;
    }
    HttpHeaders fields = request.headers();
    upgrading = !oldVersion && H1Rules.upgrade(fields);
    keepAlive = wantsKeepAlive(fields);
    boolean chunked = fields.contains(Names.TRANSFER_ENCODING);
    boolean end = !chunked && lengthIsZero(fields);
    RequestHead head = normalise(request, upgrading);
    requestOpen = !end;
    emptyEnd = end;
    answerOpen = true;
    answerBegun = false;
    headSeen = false;
    discarded = 0;
    RequestReceiver accepted = acceptor.accept(head, end, this);
    // The answer may be complete already.
    if (answerOpen) {
      receiver = accepted;
      hold();
    }
  }

  private static RequestHead normalise(HttpRequest request, boolean upgrade) {
    HttpHeaders fields = request.headers();
    H1Rules.strip(fields, upgrade);
    String host = fields.get(Names.HOST);
    if (!request.uri().startsWith("/")) {
      H1Rules.Absolute absolute = H1Rules.absolute(request.uri());
      if (absolute != null) {
        request.setUri(absolute.origin());
        fields.set(Names.HOST, absolute.authority());
        host = absolute.authority();
      }
    }
    request.setProtocolVersion(HttpVersion.HTTP_1_1);
    return new H1Request(request, host == null ? "" : host, upgrade);
  }

  private boolean wantsKeepAlive(HttpHeaders fields) {
    return oldVersion
        ? fields.containsValue(Names.CONNECTION, Names.KEEP_ALIVE, true)
        : !fields.containsValue(Names.CONNECTION, "close", true);
  }

  private static boolean lengthIsZero(HttpHeaders fields) {
    String length = fields.get(Names.CONTENT_LENGTH);
    return length == null || length.equals("0");
  }

  private void body(HttpContent content) {
    RequestReceiver to = receiver;
    boolean last = content instanceof LastHttpContent;
    if (content.decoderResult().isFailure()) {
      content.release();
      brokenBody(content);
    } else if (!requestOpen) {
      emptyEnd = false;
      content.release(); // the empty end of a request without a body
    } else if (to == null || !answerOpen) {
      discard(content, last);
    } else if (last && !((LastHttpContent) content).trailingHeaders().isEmpty()) {
      passTrailers(to, (LastHttpContent) content);
    } else {
      requestOpen = !last;
      gate.passed(ctx().channel(), content.content().readableBytes());
      to.data(content.content(), last);
    }
  }

  private void passTrailers(RequestReceiver to, LastHttpContent last) {
    if (last.content().isReadable()) {
      gate.passed(ctx().channel(), last.content().readableBytes());
      to.data(last.content(), false);
    } else {
      last.release();
    }
    requestOpen = false;
    to.trailers(new Trailers.H1(last.trailingHeaders()));
  }

  private void brokenBody(HttpContent content) {
    acceptor.malformed(400, String.valueOf(content.decoderResult().cause().getMessage()));
    RequestReceiver to = receiver;
    receiver = null;
    boolean mayAnswer = !answerBegun && answerOpen;
    requestOpen = false;
    answerOpen = false;
    if (to != null) {
      to.cancelled();
    }
    if (mayAnswer) {
      refuse(400);
    } else {
      close();
    }
  }

  /**
   * The answer is complete and the client still sends: let it finish, within limits, so that it
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
    keepAlive = false;
    requestOpen = false;
    answerOpen = true;
    HttpResponse response = ResponseHead.of(status).http1();
    response.headers().set(Names.CONTENT_LENGTH, "0");
    response.headers().set(Names.CONNECTION, "close");
    ctx().write(response);
    ctx().write(LastHttpContent.EMPTY_LAST_CONTENT);
    answerOpen = false;
    close();
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    RequestReceiver to = receiver;
    receiver = null;
    closing = true;
    releaseWaiting();
    tools.ticker().remove(this);
    if (to != null && (requestOpen || answerOpen)) {
      to.cancelled();
    }
    ctx.fireChannelInactive();
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    if (unwritable && ctx.channel().isWritable()) {
      unwritable = false;
      if (receiver != null && answerOpen) {
        receiver.writable();
      }
    }
    ctx.fireChannelWritabilityChanged();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    ctx.close();
  }

  // ---- to the client

  @Override
  public void informational(ResponseHead head) {
    if (!oldVersion && answerOpen && !answerBegun) {
      ctx().write(head.http1());
      ctx().write(LastHttpContent.EMPTY_LAST_CONTENT);
      askFlush();
    }
  }

  @Override
  public void head(ResponseHead head, boolean end) {
    HttpResponse response = head.http1();
    answerBegun = true;
    frame(response, end);
    writer.head(ctx(), response, end);
    askFlush();
    if (end) {
      endAnswer();
    }
  }

  private void frame(HttpResponse response, boolean end) {
    HttpHeaders fields = response.headers();
    response.setProtocolVersion(HttpVersion.HTTP_1_1);
    int status = response.status().code();
    if (status == 101) {
      return; // RFC 9110 §15.2.2: the connection belongs to another protocol from here on
    }
    boolean lengthKnown = fields.contains(Names.CONTENT_LENGTH);
    boolean chunked = fields.contains(Names.TRANSFER_ENCODING);
    if (end) {
      if (!lengthKnown && !chunked && status >= 200 && status != 204 && status != 304) {
        fields.set(Names.CONTENT_LENGTH, "0");
      }
    } else if (!lengthKnown && !oldVersion) {
      fields.set(Names.TRANSFER_ENCODING, "chunked");
    } else if (!lengthKnown) {
      fields.remove(Names.TRANSFER_ENCODING); // HTTP/1.0: the end of the connection ends the body
      keepAlive = false;
    }
    boolean expected = requestOpen && end;
    keepAlive &= !draining && !expected;
    if (!keepAlive) {
      fields.set(Names.CONNECTION, "close");
    } else if (oldVersion) {
      fields.set(Names.CONNECTION, Names.KEEP_ALIVE);
    }
  }

  @Override
  public void data(ByteBuf data, boolean end) {
    writer.data(ctx(), data, end);
    askFlush();
    if (end) {
      endAnswer();
    }
  }

  @Override
  public void trailers(Trailers trailers) {
    writer.trailers(ctx(), trailers);
    askFlush();
    endAnswer();
  }

  private void endAnswer() {
    answerOpen = false;
    receiver = null;
    gate.reset(ctx().channel());
    if (!requestOpen) {
      finished();
    }
  }

  /** Both directions of a request are over. */
  private void finished() {
    since = tools.ticker().coarse();
    if (!keepAlive || draining) {
      close();
      return;
    }
    if (!waiting.isEmpty()) {
      // Not now: the caller is in the middle of the last request.
      ctx().executor().execute(this::next);
    } else {
      hold();
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
    gate.hold(ctx().channel(), !waiting.isEmpty() || (upgrading && answerOpen && !requestOpen));
  }

  @Override
  public void abort() {
    receiver = null;
    answerOpen = false;
    requestOpen = false;
    close();
  }

  @Override
  public boolean writable() {
    boolean writable = ctx().channel().isWritable();
    unwritable |= !writable;
    return writable;
  }

  @Override
  public void consumed(int bytes) {
    if (answerOpen) {
      gate.taken(ctx().channel(), bytes);
    }
  }

  private void close() {
    if (!closing) {
      closing = true;
      releaseWaiting();
      ctx().writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
    }
  }

  private void releaseWaiting() {
    for (Object message = waiting.poll(); message != null; message = waiting.poll()) {
      ReferenceCountUtil.release(message);
    }
  }

  private void askFlush() {
    if (!flushAsked) {
      flushAsked = true;
      tools.flusher().add(this);
    }
  }

  @Override
  public void flushNow() {
    flushAsked = false;
    writer.release(ctx());
    ctx().flush();
  }

  @Override
  public boolean upgrade(ChannelHandler next) {
    ChannelHandlerContext ctx = ctx();
    receiver = null;
    requestOpen = false;
    answerOpen = false;
    writer.release(ctx);
    ctx.flush();
    ChannelPipeline pipeline = ctx.pipeline();
    // First the next one: the decoder leaves what it has read to its successor.
    pipeline.addLast(next);
    pipeline.remove(this);
    pipeline.remove(encoder);
    pipeline.remove(decoder);
    return true;
  }

  // ---- time

  @Override
  public void tick(long now) {
    if (receiver != null || closing) {
      return;
    }
    if (decoder.headBegun() && !headSeen) {
      headSeen = true;
      since = now;
    }
    long waited = now - since;
    if (headSeen && waited > tools.limits().headTimeout().toNanos()) {
      refuse(408);
    } else if (waited > (draining ? DRAIN_NANOS : tools.limits().idleTimeout().toNanos())) {
      close();
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
