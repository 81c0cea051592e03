package dev.weft.proxy.http;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import org.jspecify.annotations.Nullable;

/**
 * A connection to an HTTP/1.1 server, and the {@link ClientStream} of its one request. Confined to
 * its event loop.
 */
public final class H1ClientConnection extends ChannelInboundHandlerAdapter
    implements ClientConnection, ClientStream, Flushable {
  private final LoopTools tools;
  private final Owner owner;
  private final ResponseDecoder decoder;
  private final ReadGate gate = new ReadGate();
  private final H1Writer writer;

  private @Nullable ChannelHandlerContext context;
  private @Nullable ResponseReceiver receiver;
  private boolean requestOpen;
  private boolean answerOpen;
  private boolean answerBegun;
  private boolean headAnswered;
  private boolean empty;
  private boolean keepAlive = true;
  private boolean reused;
  private boolean head;
  private boolean upgrade;
  private boolean gone;
  private boolean flushAsked;
  private boolean unwritable;

  private H1ClientConnection(LoopTools tools, Owner owner) {
    this.tools = tools;
    this.owner = owner;
    this.writer = new H1Writer(tools.text());
    this.decoder = new ResponseDecoder(tools.limits());
  }

  /** Makes the end of a pipeline speak HTTP/1.1 to a server. */
  public static H1ClientConnection install(ChannelPipeline pipeline, LoopTools tools, Owner owner) {
    H1ClientConnection connection = new H1ClientConnection(tools, owner);
    pipeline.addLast("h1-decode", connection.decoder);
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
  }

  @Override
  public boolean available() {
    return !gone
        && receiver == null
        && !requestOpen
        && !answerOpen
        && keepAlive
        && channel().isActive();
  }

  @Override
  public Channel channel() {
    return ctx().channel();
  }

  @Override
  public int active() {
    return requestOpen || answerOpen ? 1 : 0;
  }

  @Override
  public void retire() {
    keepAlive = false;
    if (active() == 0) {
      ctx().close();
    }
  }

  // ---- to the server

  @Override
  public ClientStream open(RequestHead request, boolean end, ResponseReceiver to) {
    HttpRequest message = request.http1(end);
    receiver = to;
    requestOpen = !end;
    answerOpen = true;
    answerBegun = false;
    headAnswered = false;
    empty = false;
    upgrade = request.upgrade();
    head = message.method().name().equals("HEAD");
    decoder.answersHead(head);
    writer.head(ctx(), message, end);
    askFlush();
    return this;
  }

  @Override
  public void data(ByteBuf data, boolean end) {
    writer.data(ctx(), data, end);
    askFlush();
    if (end) {
      endRequest();
    }
  }

  @Override
  public void trailers(Trailers trailers) {
    writer.trailers(ctx(), trailers);
    askFlush();
    endRequest();
  }

  private void endRequest() {
    requestOpen = false;
    if (!answerOpen) {
      finished();
    }
  }

  @Override
  public void cancel() {
    receiver = null;
    keepAlive = false;
    leave();
    ctx().close();
  }

  @Override
  public boolean writable() {
    boolean writable = channel().isWritable();
    unwritable |= !writable;
    return writable;
  }

  @Override
  public void consumed(int bytes) {
    if (receiver != null) {
      gate.taken(channel(), bytes);
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

  // ---- from the server

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    ResponseReceiver to = receiver;
    if (to == null) {
      // An answer nobody waits for: the connection cannot be trusted any more.
      ReferenceCountUtil.release(message);
      if (!(message instanceof LastHttpContent) || !answerOpen) {
        leave();
        ctx.close();
      }
      return;
    }
    if (message instanceof HttpResponse response) {
      head(to, response);
    }
    if (message instanceof HttpContent content) {
      body(content);
    }
  }

  private void head(ResponseReceiver to, HttpResponse response) {
    if (response.decoderResult().isFailure()) {
      fail(Failure.MALFORMED);
      return;
    }
    int status = response.status().code();
    HttpHeaders fields = response.headers();
    if (status == 101 && !(upgrade && H1Rules.upgrade(fields))) {
      // RFC 9110 §15.2.2: what follows would be taken for answers to requests not yet made.
      fail(Failure.MALFORMED);
      return;
    }
    answerBegun = true;
    if (status >= 100 && status < 200 && status != 101) {
      H1Rules.strip(fields, false);
      to.informational(new H1Response(response));
      return;
    }
    headAnswered = true;
    boolean oldVersion = response.protocolVersion().minorVersion() == 0;
    keepAlive &= H1Rules.keepAlive(fields, oldVersion);
    boolean chunked = fields.contains(Names.TRANSFER_ENCODING);
    String length = fields.get(Names.CONTENT_LENGTH);
    empty = head || status == 204 || status == 304 || (!chunked && "0".equals(length));
    keepAlive &= empty || chunked || length != null;
    H1Rules.strip(fields, status == 101);
    to.head(new H1Response(response), empty);
  }

  private void body(HttpContent content) {
    boolean last = content instanceof LastHttpContent;
    ResponseReceiver to = receiver;
    if (content.decoderResult().isFailure()) {
      content.release();
      fail(Failure.MALFORMED);
    } else if (!headAnswered || to == null) {
      content.release(); // the empty end of an informational answer
    } else if (empty) {
      content.release(); // the end was told with the head
      if (last) {
        answerOver();
      }
    } else if (last) {
      last(to, (LastHttpContent) content);
    } else {
      gate.passed(channel(), content.content().readableBytes());
      to.data(content.content(), false);
    }
  }

  private void last(ResponseReceiver to, LastHttpContent last) {
    gate.passed(channel(), last.content().readableBytes());
    if (last.trailingHeaders().isEmpty()) {
      to.data(last.content(), true);
    } else {
      if (last.content().isReadable()) {
        to.data(last.content(), false);
      } else {
        last.release();
      }
      H1Rules.cleanTrailers(last.trailingHeaders());
      to.trailers(new Trailers.H1(last.trailingHeaders()));
    }
    answerOver();
  }

  private void answerOver() {
    answerOpen = false;
    receiver = null;
    gate.reset(channel());
    if (!requestOpen) {
      finished();
    }
  }

  private void finished() {
    reused = true;
    if (keepAlive && !gone) {
      owner.available(this);
    } else {
      leave();
      ctx().close();
    }
  }

  private void fail(Failure failure) {
    ResponseReceiver to = receiver;
    receiver = null;
    leave();
    ctx().close();
    if (to != null) {
      to.failed(failure);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    fail(reused && !answerBegun ? Failure.STALE : Failure.RESET);
    ctx.fireChannelInactive();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    fail(reused && !answerBegun ? Failure.STALE : Failure.RESET);
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    if (unwritable && ctx.channel().isWritable()) {
      unwritable = false;
      if (receiver != null) {
        receiver.writable();
      }
    }
    ctx.fireChannelWritabilityChanged();
  }

  private void leave() {
    if (!gone) {
      gone = true;
      owner.gone(this);
    }
  }

  @Override
  public boolean upgrade(ChannelHandler next) {
    receiver = null;
    leave();
    writer.release(ctx());
    ctx().flush();
    ChannelPipeline pipeline = ctx().pipeline();
    pipeline.addLast(next);
    pipeline.remove(this);
    pipeline.remove(decoder);
    return true;
  }
}
