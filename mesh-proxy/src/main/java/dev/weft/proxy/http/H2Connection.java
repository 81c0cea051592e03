package dev.weft.proxy.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2ConnectionAdapter;
import io.netty.handler.codec.http2.Http2ConnectionDecoder;
import io.netty.handler.codec.http2.Http2ConnectionEncoder;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2EventAdapter;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What both ends of HTTP/2 have in common: frames go straight from Netty's decoder to the stream's
 * object and back, without a channel for each stream (measured: 3.5 to 4.4 times Envoy, against 1.2
 * with one). Confined to its event loop.
 */
public final class H2Connection extends Http2ConnectionHandler implements Flushable {
  private static final Logger log = LoggerFactory.getLogger(H2Connection.class);

  /** The role of this end: a server or a client connection. */
  interface Role {
    /** A HEADERS frame on a stream without an object. */
    void opened(Http2Stream stream, Http2Headers headers, boolean end) throws Http2Exception;

    /** The connection is gone or going; streams have been told. */
    void gone();

    /** A stream is over, so that another may begin. */
    void streamClosed();

    /** The peer's GOAWAY: no new streams. */
    void goingAway();
  }

  /** One stream's object. */
  interface Events {
    /** HEADERS after the first ones that {@link Role#opened} saw, or the answer's. */
    void onHeaders(Http2Headers headers, boolean end) throws Http2Exception;

    /** DATA; the callee retains what it keeps, and returns credit later. */
    void onData(ByteBuf data, boolean end) throws Http2Exception;

    /** RST_STREAM, or the connection broke off, before both sides had ended. */
    void onBroken(long errorCode);

    /** The peer takes more. */
    void onWritable();
  }

  private final Flusher flusher;
  private final Http2Connection.PropertyKey key;
  private final Role role;
  private final LoopTools tools;
  private @Nullable ChannelHandlerContext context;
  private boolean flushAsked;

  /** What Netty's builder knows nothing of. */
  record Parts(LoopTools tools, Role role) {}

  H2Connection(
      Http2ConnectionDecoder decoder,
      Http2ConnectionEncoder encoder,
      Http2Settings settings,
      Parts parts) {
    super(decoder, encoder, settings, false, false);
    this.tools = parts.tools();
    this.flusher = parts.tools().flusher();
    this.role = parts.role();
    this.key = encoder.connection().newKey();
    decoder.frameListener(new Frames());
    encoder.connection().addListener(new Closings());
    encoder.flowController().listener(this::writable);
    gracefulShutdownTimeoutMillis(30_000);
  }

  /** A connection whose streams are handled by {@code role}. */
  static H2Connection create(boolean server, LoopTools tools, Role role) {
    return new H2Builder(server, tools, role).build();
  }

  ChannelHandlerContext ctx() {
    ChannelHandlerContext ctx = context;
    if (ctx == null) {
      throw new IllegalStateException("not in a pipeline");
    }
    return ctx;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) throws Exception {
    context = ctx;
    super.handlerAdded(ctx);
    Http2Stream all = connection().connectionStream();
    int more =
        tools.limits().connectionWindow() - connection().local().flowController().windowSize(all);
    if (more > 0 && ctx.channel().isActive()) {
      connection().local().flowController().incrementWindowSize(all, more);
    }
    askFlush();
  }

  /** Binds a stream to its object. */
  void attach(Http2Stream stream, Events events) {
    stream.setProperty(key, events);
  }

  /** Forgets a stream's object: what comes is dropped, and credit for it returned. */
  void detach(Http2Stream stream) {
    stream.removeProperty(key);
  }

  private @Nullable Events events(Http2Stream stream) {
    return stream.getProperty(key);
  }

  void writeHeaders(int stream, Http2Headers headers, boolean end) {
    encoder().writeHeaders(ctx(), stream, headers, 0, end, ctx().newPromise());
    askFlush();
  }

  void writeData(int stream, ByteBuf data, boolean end) {
    encoder().writeData(ctx(), stream, data, 0, end, ctx().newPromise());
    askFlush();
  }

  void reset(int stream, Http2Error error) {
    encoder().writeRstStream(ctx(), stream, error.code(), ctx().newPromise());
    askFlush();
  }

  boolean isWritable(Http2Stream stream) {
    return encoder().flowController().isWritable(stream);
  }

  /** Gives credit back to the peer once the other side took the bytes. */
  void consumed(Http2Stream stream, int bytes) {
    try {
      if (connection().local().flowController().consumeBytes(stream, bytes)) {
        askFlush();
      }
    } catch (Http2Exception e) {
      onError(ctx(), true, e);
    }
  }

  /**
   * Tells the peer to go elsewhere with new streams, without refusing those that are on their way.
   */
  void warn() {
    goAway(
        ctx(),
        Integer.MAX_VALUE,
        Http2Error.NO_ERROR.code(),
        Unpooled.EMPTY_BUFFER,
        ctx().newPromise());
    askFlush();
  }

  /** No more streams; closes when the present ones are over. */
  void drain() {
    ctx().close();
  }

  void askFlush() {
    if (!flushAsked) {
      flushAsked = true;
      flusher.add(this);
    }
  }

  @Override
  public void flushNow() {
    flushAsked = false;
    flush(ctx());
  }

  /** Leaves out Netty's flush after every read: the turn's one flush does it. */
  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    discardSomeReadBytes();
    askFlush();
    ctx.fireChannelReadComplete();
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) throws Exception {
    super.channelInactive(ctx);
    role.gone();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) throws Exception {
    if (cause instanceof java.io.IOException) {
      ctx.close();
    } else {
      super.exceptionCaught(ctx, cause);
    }
  }

  @Override
  protected void onConnectionError(
      ChannelHandlerContext ctx,
      boolean outbound,
      Throwable cause,
      @Nullable Http2Exception error) {
    log.debug("closing an HTTP/2 connection: {}", cause.toString());
    super.onConnectionError(ctx, outbound, cause, error);
  }

  private void writable(Http2Stream stream) {
    Events events = events(stream);
    if (events != null) {
      events.onWritable();
    }
  }

  /** Frames from the peer. */
  private final class Frames extends Http2EventAdapter {

    @Override
    public void onHeadersRead(
        ChannelHandlerContext ctx,
        int id,
        Http2Headers headers,
        int dependency,
        short weight,
        boolean exclusive,
        int padding,
        boolean end)
        throws Http2Exception {
      onHeadersRead(ctx, id, headers, padding, end);
    }

    @Override
    public void onHeadersRead(
        ChannelHandlerContext ctx, int id, Http2Headers headers, int padding, boolean end)
        throws Http2Exception {
      Http2Stream stream = connection().stream(id);
      if (stream == null) {
        return;
      }
      Events events = events(stream);
      if (events != null) {
        events.onHeaders(headers, end);
      } else {
        role.opened(stream, headers, end);
      }
    }

    @Override
    public int onDataRead(ChannelHandlerContext ctx, int id, ByteBuf data, int padding, boolean end)
        throws Http2Exception {
      Http2Stream stream = connection().stream(id);
      Events events = stream == null ? null : events(stream);
      if (events == null) {
        return data.readableBytes() + padding;
      }
      events.onData(data, end);
      return padding;
    }

    @Override
    public void onRstStreamRead(ChannelHandlerContext ctx, int id, long errorCode) {
      Http2Stream stream = connection().stream(id);
      if (stream != null) {
        broken(stream, errorCode);
      }
    }

    @Override
    public void onGoAwayRead(ChannelHandlerContext ctx, int last, long code, ByteBuf debug) {
      role.goingAway();
    }
  }

  private void broken(Http2Stream stream, long errorCode) {
    Events events = events(stream);
    if (events != null) {
      stream.removeProperty(key);
      events.onBroken(errorCode);
    }
  }

  /**
   * Streams that end without a frame of their own: the connection's end, GOAWAY, errors of ours.
   */
  private final class Closings extends Http2ConnectionAdapter {
    @Override
    public void onStreamClosed(Http2Stream stream) {
      boolean refused =
          connection().goAwayReceived()
              && connection().local().isValidStreamId(stream.id())
              && stream.id() > connection().local().lastStreamKnownByPeer();
      broken(stream, refused ? Http2Error.REFUSED_STREAM.code() : Http2Error.CANCEL.code());
      role.streamClosed();
    }
  }
}
