package dev.weft.cli.echo;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.Http2Headers;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/**
 * One gRPC call of {@code weft.echo.v1.Echo} (echo.proto) or {@code grpc.health.v1.Health}, on the
 * wire format of gRPC over HTTP/2: frames of one flag byte, four length bytes and the message.
 *
 * <p>An echoed message is the received bytes with {@code served_by} and {@code version} appended:
 * protobuf takes the last occurrence of a field, so no decoder is needed. Confined to the stream's
 * event loop.
 */
final class GrpcCall {
  private static final int OK = 0;
  private static final int RESOURCE_EXHAUSTED = 8;
  private static final int UNIMPLEMENTED = 12;
  private static final int UNAVAILABLE = 14;
  private static final int FRAME_HEAD = 5;
  private static final int MAX_MESSAGE = 4 << 20;
  private static final int STREAM_DEFAULT = 3;

  /** {@code status: SERVING} of grpc.health.v1.HealthCheckResponse. */
  private static final byte[] SERVING = {8, 1};

  private final EchoService service;
  private final EchoRequest request;
  private final ChannelHandlerContext ctx;
  private byte[] pending = new byte[0];
  private byte[] last = new byte[0];
  private boolean headersSent;
  private boolean done;

  GrpcCall(EchoService service, EchoRequest request, ChannelHandlerContext ctx) {
    this.service = service;
    this.request = request;
    this.ctx = ctx;
  }

  /** Takes bytes of the request; the caller keeps the buffer. */
  void data(ByteBuf bytes) {
    if (done) {
      return;
    }
    byte[] all = new byte[pending.length + bytes.readableBytes()];
    System.arraycopy(pending, 0, all, 0, pending.length);
    bytes.getBytes(bytes.readerIndex(), all, pending.length, bytes.readableBytes());
    int at = 0;
    while (all.length - at >= FRAME_HEAD) {
      int length = ByteBuffer.wrap(all, at + 1, 4).getInt();
      if (length < 0 || length > MAX_MESSAGE) {
        finish(RESOURCE_EXHAUSTED, "a message may have at most " + MAX_MESSAGE + " bytes");
        return;
      }
      if (all.length - at - FRAME_HEAD < length) {
        break;
      }
      message(Arrays.copyOfRange(all, at + FRAME_HEAD, at + FRAME_HEAD + length));
      at += FRAME_HEAD + length;
    }
    pending = Arrays.copyOfRange(all, at, all.length);
  }

  private void message(byte[] message) {
    last = message;
    if (request.path().equals("/weft.echo.v1.Echo/Chat")) {
      send(echoed(message));
    }
  }

  /** The client has said everything. */
  void end() {
    if (done) {
      return;
    }
    long wait = service.options().behaviour().latency().toNanos();
    if (wait == 0) {
      answer();
    } else {
      ctx.channel().eventLoop().schedule(this::answer, wait, TimeUnit.NANOSECONDS);
    }
  }

  private void answer() {
    if (!headersSent && service.fails()) {
      finish(UNAVAILABLE, "failing on purpose");
      return;
    }
    switch (request.path()) {
      case "/weft.echo.v1.Echo/Unary" -> {
        send(echoed(last));
        finish(OK, "");
      }
      case "/weft.echo.v1.Echo/ServerStream" -> {
        for (int i = 0; i < streamLength(); i++) {
          send(echoed(last));
        }
        finish(OK, "");
      }
      case "/weft.echo.v1.Echo/Chat" -> finish(OK, "");
      case "/grpc.health.v1.Health/Check" -> {
        send(SERVING);
        finish(OK, "");
      }
      case "/grpc.health.v1.Health/Watch" -> send(SERVING);
      default -> finish(UNIMPLEMENTED, "no method " + request.path());
    }
  }

  private int streamLength() {
    String asked = request.header("x-echo-count");
    if (asked == null) {
      return STREAM_DEFAULT;
    }
    try {
      return Math.clamp(Long.parseLong(asked), 0, 100_000);
    } catch (NumberFormatException e) {
      return STREAM_DEFAULT;
    }
  }

  private byte[] echoed(byte[] message) {
    ByteBuf out = Unpooled.buffer(message.length + 64);
    out.writeBytes(message);
    field(out, 2, service.options().name());
    field(out, 3, service.options().version());
    byte[] bytes = new byte[out.readableBytes()];
    out.readBytes(bytes);
    return bytes;
  }

  /** A length-delimited field; numbers below 16, lengths as varint. */
  private static void field(ByteBuf out, int number, String text) {
    byte[] value = text.getBytes(StandardCharsets.UTF_8);
    out.writeByte((number << 3) | 2);
    int length = value.length;
    while (length > 0x7f) {
      out.writeByte((length & 0x7f) | 0x80);
      length >>>= 7;
    }
    out.writeByte(length);
    out.writeBytes(value);
  }

  private void send(byte[] message) {
    if (!headersSent) {
      headersSent = true;
      ctx.write(new DefaultHttp2HeadersFrame(responseHeaders()));
    }
    ByteBuf frame = ctx.alloc().buffer(FRAME_HEAD + message.length);
    frame.writeByte(0).writeInt(message.length).writeBytes(message);
    ctx.writeAndFlush(new DefaultHttp2DataFrame(frame));
  }

  private void finish(int status, String text) {
    done = true;
    Http2Headers trailers = headersSent ? new DefaultHttp2Headers() : responseHeaders();
    trailers.setInt("grpc-status", status);
    if (!text.isEmpty()) {
      trailers.set("grpc-message", text);
    }
    ctx.writeAndFlush(new DefaultHttp2HeadersFrame(trailers, true));
  }

  private Http2Headers responseHeaders() {
    return new DefaultHttp2Headers()
        .status("200")
        .set("content-type", "application/grpc")
        .set("x-served-by", service.options().name())
        .set("x-version", service.options().version());
  }
}
