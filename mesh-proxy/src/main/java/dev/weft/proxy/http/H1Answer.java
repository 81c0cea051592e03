package dev.weft.proxy.http;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpResponse;

/**
 * The present answer of an HTTP/1.1 connection. Owned by its {@link H1ServerConnection}; one
 * instance serves all requests of the connection, one after the other.
 */
final class H1Answer implements ServerStream, Flushable {

  /** What the connection does when an answer is over. */
  interface Connection {
    /** The answer is complete. */
    void answered();

    /** The answer was broken off. */
    void aborted();

    /** Leaves HTTP; see {@link ServerStream#upgrade}. */
    void upgraded(ChannelHandler next);

    /** Whether no further request will be taken. */
    boolean draining();

    /** Whether the request's body is still coming. */
    boolean requestOpen();
  }

  private final ChannelHandlerContext ctx;
  private final Connection connection;
  private final Flusher flusher;
  private final ReadGate gate;
  private final H1Writer writer;
  private boolean open;
  private boolean begun;
  private boolean keepAlive = true;
  private boolean oldVersion;
  private boolean unwritable;
  private boolean flushAsked;

  H1Answer(ChannelHandlerContext ctx, Connection connection, LoopTools tools, ReadGate gate) {
    this.ctx = ctx;
    this.connection = connection;
    this.flusher = tools.flusher();
    this.gate = gate;
    this.writer = new H1Writer(tools.text());
  }

  /** A request has come. */
  void begin(boolean head, boolean http10, boolean persistent) {
    writer.answersHead(head);
    oldVersion = http10;
    keepAlive = persistent;
    open = true;
    begun = false;
  }

  boolean open() {
    return open;
  }

  boolean begun() {
    return begun;
  }

  boolean keepAlive() {
    return keepAlive;
  }

  /** Nobody waits for the answer any more. */
  void forget() {
    open = false;
  }

  /** Whether the client takes more again after it did not. */
  boolean becameWritable() {
    boolean became = unwritable && ctx.channel().isWritable();
    unwritable &= !became;
    return became && open;
  }

  /** Refuses what is no proper request; the connection is closed next. */
  void refuse(int status) {
    HttpResponse response = ResponseHead.of(status).http1();
    response.headers().set(Names.CONTENT_LENGTH, "0");
    response.headers().set(Names.CONNECTION, "close");
    writer.head(ctx, response, true);
    keepAlive = false;
    open = false;
  }

  @Override
  public void informational(ResponseHead head) {
    if (!oldVersion && open && !begun) {
      writer.informational(ctx, head.http1());
      askFlush();
    }
  }

  @Override
  public void head(ResponseHead head, boolean end) {
    HttpResponse response = head.http1();
    begun = true;
    keepAlive &= !connection.draining() && !(connection.requestOpen() && end);
    keepAlive = H1Rules.frame(response, end, oldVersion, keepAlive);
    writer.head(ctx, response, end);
    askFlush();
    if (end) {
      ended();
    }
  }

  @Override
  public void data(ByteBuf data, boolean end) {
    writer.data(ctx, data, end);
    askFlush();
    if (end) {
      ended();
    }
  }

  @Override
  public void trailers(Trailers trailers) {
    writer.trailers(ctx, trailers);
    askFlush();
    ended();
  }

  private void ended() {
    open = false;
    gate.reset(ctx.channel());
    connection.answered();
  }

  @Override
  public void abort() {
    open = false;
    connection.aborted();
  }

  @Override
  public boolean writable() {
    boolean writable = ctx.channel().isWritable();
    unwritable |= !writable;
    return writable;
  }

  @Override
  public void consumed(int bytes) {
    if (open) {
      gate.taken(ctx.channel(), bytes);
    }
  }

  @Override
  public boolean upgrade(ChannelHandler next) {
    open = false;
    flushNow();
    connection.upgraded(next);
    return true;
  }

  private void askFlush() {
    if (!flushAsked) {
      flushAsked = true;
      flusher.add(this);
    }
  }

  @Override
  public void flushNow() {
    flushAsked = false;
    writer.release(ctx);
    ctx.flush();
  }
}
