package dev.weft.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.util.concurrent.Future;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Finds out from the first bytes what a client speaks. Where the port may be opaque, silence means
 * that the server speaks first. Confined to its event loop.
 */
final class Sniffer extends ByteToMessageDecoder {
  private static final byte[] PREFACE =
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
  private static final int TLS_HANDSHAKE = 0x16;

  /** No method is longer; what goes on without a space is no HTTP. */
  private static final int MAX_METHOD = 24;

  /** What the first bytes say. */
  enum Verdict {
    HTTP1,
    HTTP2,
    OPAQUE,
    MORE
  }

  private final Accepted connection;
  private final boolean mayBeOpaque;
  private @Nullable Future<?> silence;
  private boolean decided;

  private Sniffer(Accepted connection, boolean mayBeOpaque) {
    this.connection = connection;
    this.mayBeOpaque = mayBeOpaque;
  }

  /**
   * Decides later.
   *
   * @param mayBeOpaque whether the port may carry anything but HTTP
   */
  static void install(Accepted connection, boolean mayBeOpaque) {
    Sniffer sniffer = new Sniffer(connection, mayBeOpaque);
    ProxyLoop loop = connection.loop();
    long nanos =
        mayBeOpaque
            ? loop.options().sniffTimeout().toNanos()
            : loop.options().http().headTimeout().toNanos();
    connection.channel().pipeline().addLast("sniff", sniffer);
    Relay.allowHalfClosure(connection.channel(), mayBeOpaque);
    sniffer.silence = loop.loop().schedule(sniffer::silent, nanos, TimeUnit.NANOSECONDS);
  }

  /** Keeps what is read of an opaque connection until there is somebody to take it. */
  static void hold(Accepted connection) {
    Relay.allowHalfClosure(connection.channel(), true);
    if (connection.channel().pipeline().get(Sniffer.class) == null) {
      Sniffer sniffer = new Sniffer(connection, true);
      sniffer.decided = true;
      connection.channel().pipeline().addLast("sniff", sniffer);
    }
  }

  private void silent() {
    ChannelHandlerContext ctx = connection.channel().pipeline().context(this);
    if (ctx == null || decided) {
      return;
    }
    if (mayBeOpaque) {
      become(ctx, Verdict.OPAQUE);
    } else {
      connection.channel().close();
    }
  }

  @Override
  protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
    Verdict verdict = decided ? Verdict.MORE : verdict(in);
    if (verdict != Verdict.MORE) {
      become(ctx, verdict);
    }
  }

  private void become(ChannelHandlerContext ctx, Verdict verdict) {
    Future<?> timer = silence;
    if (timer != null) {
      timer.cancel(false);
    }
    decided = true;
    if (verdict == Verdict.OPAQUE && mayBeOpaque) {
      connection.opaque(); // which fetches the first bytes when the server is there
      return;
    }
    Relay.allowHalfClosure(connection.channel(), false);
    if (verdict == Verdict.HTTP2) {
      connection.http2();
    } else {
      connection.http1(); // which answers 400 to what is no HTTP
    }
    ctx.pipeline().remove(this);
  }

  /** Who has said everything may wait for an answer; what was said is not given up for it. */
  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) throws Exception {
    if (!(event instanceof ChannelInputShutdownEvent)) {
      super.userEventTriggered(ctx, event);
    } else if (!decided) {
      become(ctx, Verdict.OPAQUE);
    }
  }

  /** Hands the first bytes to the end of the pipeline, if they were read at all. */
  static void release(ChannelPipeline pipeline) {
    Sniffer sniffer = pipeline.get(Sniffer.class);
    if (sniffer != null) {
      pipeline.remove(sniffer);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) throws Exception {
    Future<?> timer = silence;
    if (timer != null) {
      timer.cancel(false);
    }
    super.channelInactive(ctx);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    ctx.close();
  }

  /** Reads the first bytes. Pure. */
  static Verdict verdict(ByteBuf in) {
    int at = in.readerIndex();
    int length = in.readableBytes();
    if (length == 0) {
      return Verdict.MORE;
    }
    if (in.getByte(at) == TLS_HANDSHAKE) {
      return Verdict.OPAQUE;
    }
    int same = 0;
    while (same < length && same < PREFACE.length && in.getByte(at + same) == PREFACE[same]) {
      same++;
    }
    if (same == PREFACE.length) {
      return Verdict.HTTP2;
    }
    // "PRI" is no method of HTTP/1: whoever begins like that means HTTP/2.
    if (same == length) {
      return Verdict.MORE;
    }
    return method(in, at, length);
  }

  private static Verdict method(ByteBuf in, int at, int length) {
    for (int i = 0; i < Math.min(length, MAX_METHOD); i++) {
      byte b = in.getByte(at + i);
      if (b == ' ') {
        return i > 0 ? Verdict.HTTP1 : Verdict.OPAQUE;
      }
      boolean token = (b >= 'A' && b <= 'Z') || (b >= 'a' && b <= 'z') || b == '-' || b == '_';
      if (!token) {
        return Verdict.OPAQUE;
      }
    }
    return length >= MAX_METHOD ? Verdict.OPAQUE : Verdict.MORE;
  }
}
