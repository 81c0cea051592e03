package dev.weft.proxy.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.AbstractByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Headers;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How messages look on the wire. */
@SuppressWarnings("StringConcatToTextBlock") // line ends are part of the protocol
class H1WriterTest {
  private static final String LARGE = "l".repeat(5000);

  private final List<Throwable> failures = new ArrayList<>();
  private final EmbeddedChannel channel = new EmbeddedChannel(new Hearing());
  private final ChannelHandlerContext ctx = channel.pipeline().firstContext();
  private final H1Text text = new H1Text();
  private final H1Writer writer = new H1Writer(text);
  private int buffers;

  private final class Hearing extends ChannelInboundHandlerAdapter {
    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      failures.add(cause);
    }
  }

  /** Has no room for a while. */
  private static final class Full extends AbstractByteBufAllocator {
    private boolean full = true;

    @Override
    protected ByteBuf newDirectBuffer(int initial, int max) {
      if (full) {
        throw new OutOfMemoryError("no room");
      }
      return UnpooledByteBufAllocator.DEFAULT.directBuffer(initial, max);
    }

    @Override
    protected ByteBuf newHeapBuffer(int initial, int max) {
      return UnpooledByteBufAllocator.DEFAULT.heapBuffer(initial, max);
    }

    @Override
    public boolean isDirectBufferPooled() {
      return false;
    }
  }

  @AfterEach
  void close() {
    channel.finishAndReleaseAll();
  }

  private String written() {
    channel.flush();
    StringBuilder all = new StringBuilder();
    for (ByteBuf out = channel.readOutbound(); out != null; out = channel.readOutbound()) {
      all.append(out.toString(ISO_8859_1));
      out.release();
      buffers++;
    }
    return all.toString();
  }

  private static ByteBuf bytes(String text) {
    return Unpooled.copiedBuffer(text, ISO_8859_1);
  }

  private static HttpRequest post() {
    return new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.POST, "/orders?x=1");
  }

  private static HttpResponse answer(int status) {
    return new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(status));
  }

  private static <M extends HttpMessage> M with(M message, String name, String value) {
    message.headers().set(name, value);
    return message;
  }

  @Test
  void aWholeMessageIsOneBuffer() {
    writer.head(ctx, with(post(), "content-length", "5"), false);
    assertThat(written()).as("a head waits for its body").isEmpty();
    writer.data(ctx, bytes("hello"), true);
    assertThat(written()).isEqualTo("POST /orders?x=1 HTTP/1.1\r\ncontent-length: 5\r\n\r\nhello");
    writer.head(ctx, post(), true);
    assertThat(written()).isEqualTo("POST /orders?x=1 HTTP/1.1\r\n\r\n");
    assertThat(buffers).isEqualTo(2);
  }

  @Test
  void aLargePieceIsNotCopied() {
    writer.head(ctx, with(post(), "content-length", "5000"), false);
    ByteBuf piece = bytes(LARGE);
    writer.data(ctx, piece, true);
    channel.flush();
    ByteBuf head = channel.readOutbound();
    ByteBuf body = channel.readOutbound();
    assertThat(body).isSameAs(piece);
    assertThat(head.toString(ISO_8859_1)).endsWith("content-length: 5000\r\n\r\n");
    head.release();
    body.release();
  }

  @Test
  void aHeadThatHasWaitedGoesAlone() {
    writer.head(ctx, with(answer(200), "content-length", "2"), false);
    writer.release(ctx);
    assertThat(written()).isEqualTo("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n");
    writer.release(ctx);
    assertThat(written()).isEmpty();
    writer.data(ctx, bytes("hi"), true);
    assertThat(written()).isEqualTo("hi");
  }

  @Test
  void chunks() {
    writer.head(ctx, with(answer(200), "transfer-encoding", "chunked"), false);
    writer.data(ctx, bytes("hello hello hello"), false);
    writer.data(ctx, Unpooled.EMPTY_BUFFER, false); // must not look like the last one
    writer.data(ctx, bytes(LARGE), false);
    assertThat(written())
        .isEqualTo(
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
                + "11\r\nhello hello hello\r\n1388\r\n"
                + LARGE
                + "\r\n");
    writer.data(ctx, bytes("end"), true);
    assertThat(written()).isEqualTo("3\r\nend\r\n0\r\n\r\n");
    writer.head(ctx, with(answer(200), "transfer-encoding", "chunked"), false);
    writer.data(ctx, Unpooled.EMPTY_BUFFER, true);
    assertThat(written()).endsWith("chunked\r\n\r\n0\r\n\r\n");
  }

  @Test
  void trailersNeedChunks() {
    Trailers trailers = new Trailers.H1(new DefaultHttpHeaders().set("grpc-status", "0"));
    writer.head(ctx, with(answer(200), "transfer-encoding", "chunked"), false);
    writer.trailers(ctx, trailers);
    assertThat(written()).endsWith("chunked\r\n\r\n0\r\ngrpc-status: 0\r\n\r\n");
    writer.head(ctx, with(answer(200), "content-length", "2"), false);
    writer.data(ctx, bytes("hi"), false);
    writer.trailers(ctx, trailers);
    assertThat(written()).endsWith("\r\n\r\nhi");
  }

  @ParameterizedTest
  @CsvSource({
    "GET,  200, 'HTTP/1.1 200 OK', true, true",
    "HEAD, 200, 'HTTP/1.1 200 OK', true, false",
    "HEAD, 404, 'HTTP/1.1 404 Not Found', true, false",
    "GET,  304, 'HTTP/1.1 304 Not Modified', true, false",
    "GET,  204, 'HTTP/1.1 204 No Content', false, false",
    "GET,  205, 'HTTP/1.1 205 Reset Content', false, false",
    "GET,  101, 'HTTP/1.1 101 Switching Protocols', false, false",
  })
  void bodiesOfAnswers(String method, int status, String line, boolean framed, boolean body) {
    writer.answersHead(method.equals("HEAD"));
    for (String framing : new String[] {"content-length: 2", "transfer-encoding: chunked"}) {
      String[] field = framing.split(": ", 2);
      HttpResponse answer = with(answer(status), field[0], field[1]);
      H1Rules.frame(answer, false, false, true);
      writer.head(ctx, answer, false);
      writer.data(ctx, bytes("hi"), true);
      String[] parts = written().split("\r\n\r\n", 2);
      assertThat(parts[0]).startsWith(line);
      assertThat(parts[0].contains(framing)).isEqualTo(framed);
      assertThat(parts[0].contains("content-length: 0")).isEqualTo(status == 205);
      assertThat(parts[1].contains("hi")).isEqualTo(body);
      assertThat(parts[1].isEmpty()).isEqualTo(!body);
    }
  }

  @Test
  void informationalAnswersComeBeforeTheFinalOne() {
    writer.informational(ctx, with(with(answer(103), "link", "</a>"), "content-length", "9"));
    writer.head(ctx, with(answer(200), "content-length", "0"), true);
    assertThat(written())
        .isEqualTo(
            "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n"
                + "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
  }

  private void nothingIsLeftForOthers() {
    channel.runPendingTasks();
    assertThat(failures).hasSize(1);
    assertThat(written()).isEmpty();
    ByteBuf late = bytes("late");
    writer.data(ctx, late, true); // nothing may follow what is missing
    writer.head(ctx, post(), true);
    assertThat(late.refCnt()).isZero();
    new H1Writer(text).head(ctx, answer(404), true);
    assertThat(written()).isEqualTo("HTTP/1.1 404 Not Found\r\n\r\n");
  }

  @Test
  void aMessageThatDoesNotFitLeavesNothingForOthers() {
    Full pool = new Full();
    channel.config().setAllocator(pool);
    writer.head(ctx, with(post(), "content-length", "5"), false);
    ByteBuf body = bytes("hello");
    writer.data(ctx, body, true);
    assertThat(body.refCnt()).isZero();
    pool.full = false;
    nothingIsLeftForOthers();
  }

  @Test
  void anInformationalAnswerThatDoesNotFitLeavesNothingForOthers() {
    Full pool = new Full();
    channel.config().setAllocator(pool);
    writer.informational(ctx, answer(103));
    pool.full = false;
    nothingIsLeftForOthers();
  }

  @Test
  void aBodyNeedsAHead() {
    ByteBuf body = bytes("hello");
    writer.data(ctx, body, true);
    assertThat(body.refCnt()).isZero();
    nothingIsLeftForOthers();
  }

  @Test
  void aMessageNeedsAnEndBeforeTheNext() {
    writer.head(ctx, with(post(), "content-length", "5"), false);
    writer.head(ctx, post(), true);
    nothingIsLeftForOthers();
  }

  @Test
  void trailersThatCannotBeWrittenLeaveNothingForOthers() {
    Http2Headers trailers = new DefaultHttp2Headers(false).add("a", "x\ry");
    writer.head(ctx, with(post(), "transfer-encoding", "chunked"), false);
    assertThatThrownBy(() -> writer.trailers(ctx, new Trailers.H2(trailers)))
        .isInstanceOf(IllegalArgumentException.class);
    new H1Writer(text).head(ctx, answer(404), true);
    assertThat(written()).isEqualTo("HTTP/1.1 404 Not Found\r\n\r\n");
  }

  /** Whoever edits a target must not be able to write a second request with it. */
  @ParameterizedTest
  @ValueSource(strings = {"/a b", "/a\r\nGET /b", "/a\n"})
  void aTargetDoesNotBreakItsLine(String target) {
    RequestHead request = RequestHead.of("POST", "shop", "/orders");
    assertThatThrownBy(() -> request.target(target)).isInstanceOf(IllegalArgumentException.class);
    writer.head(ctx, request.http1(true), true);
    assertThat(written()).isEqualTo("POST /orders HTTP/1.1\r\nhost: shop\r\n\r\n");
  }
}
