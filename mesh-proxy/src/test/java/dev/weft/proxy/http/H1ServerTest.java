package dev.weft.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What an HTTP/1.1 connection takes for a request, and with what it refuses the rest. */
class H1ServerTest {
  private static final String OK = "HTTP/1.1 200 OK";

  private final List<String> accepted = new ArrayList<>();
  private final long[] now = {0};
  private final EmbeddedChannel channel = new EmbeddedChannel();
  private final Ticker ticker = new Ticker(() -> now[0]);
  private final LoopTools tools =
      new LoopTools(
          new Flusher(channel.eventLoop()),
          ticker,
          HttpLimits.defaults().withHeadTimeout(Duration.ofSeconds(5)));

  H1ServerTest() {
    H1ServerConnection.install(channel.pipeline(), tools, new Answering());
  }

  /** Answers every complete request with 200 and notes what it was. */
  private final class Answering implements RequestAcceptor {
    @Override
    public RequestReceiver accept(RequestHead head, boolean end, ServerStream answer) {
      StringBuilder request =
          new StringBuilder(head.method() + " " + head.target() + " " + head.authority());
      for (String name : List.of("upgrade", "connection", "http2-settings")) {
        head.all(name).forEach(value -> request.append(" " + name + ": " + value));
      }
      accepted.add(request.toString());
      if (end) {
        answer.head(ResponseHead.of(200), true);
      }
      return new RequestReceiver() {
        private final StringBuilder body = new StringBuilder();

        @Override
        public void data(ByteBuf data, boolean last) {
          body.append(data.toString(StandardCharsets.ISO_8859_1));
          data.release();
          if (last) {
            accepted.add(body.toString());
            answer.head(ResponseHead.of(200), true);
          }
        }

        @Override
        public void trailers(Trailers trailers) {
          accepted.add(body + "+" + trailers.http1().names());
          answer.head(ResponseHead.of(200), true);
        }

        @Override
        public void cancelled() {
          accepted.add("cancelled");
        }

        @Override
        public void writable() {}
      };
    }
  }

  @AfterEach
  void close() {
    channel.finishAndReleaseAll();
  }

  private String send(String text) {
    ByteBuf read = channel.alloc().directBuffer(); // as from a socket
    read.writeCharSequence(unescape(text), StandardCharsets.ISO_8859_1);
    channel.writeInbound(read);
    return answers();
  }

  private static String unescape(String text) {
    return text.replace("\\r", "\r").replace("\\n", "\n").replace("\\t", "\t").replace("\\0", "\0");
  }

  private String answers() {
    channel.runPendingTasks();
    StringBuilder out = new StringBuilder();
    for (ByteBuf written = channel.readOutbound();
        written != null;
        written = channel.readOutbound()) {
      out.append(written.toString(StandardCharsets.ISO_8859_1));
      written.release();
    }
    return out.toString();
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          both lengths | 400 | POST / HTTP/1.1\\r\\nHost: a\\r\\nContent-Length: 5\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n0\\r\\n\\r\\n
          both lengths, other order | 400 | POST / HTTP/1.1\\r\\nHost: a\\r\\nTransfer-Encoding: chunked\\r\\nContent-Length: 5\\r\\n\\r\\n0\\r\\n\\r\\n
          unequal lengths | 400 | POST / HTTP/1.1\\r\\nHost: a\\r\\nContent-Length: 5\\r\\nContent-Length: 6\\r\\n\\r\\nabcdef
          equal lengths twice | 400 | POST / HTTP/1.1\\r\\nHost: a\\r\\nContent-Length: 5\\r\\nContent-Length: 5\\r\\n\\r\\nabcde
          list of lengths | 400 | POST / HTTP/1.1\\r\\nHost: a\\r\\nContent-Length: 5, 5\\r\\n\\r\\nabcde
          signed length | 400 | POST / HTTP/1.1\\r\\nHost: a\\r\\nContent-Length: +5\\r\\n\\r\\nabcde
          negative length | 400 | POST / HTTP/1.1\\r\\nHost: a\\r\\nContent-Length: -1\\r\\n\\r\\n
          length that overflows | 400 | POST / HTTP/1.1\\r\\nHost: a\\r\\nContent-Length: 99999999999999999999\\r\\n\\r\\n
          hexadecimal length | 400 | POST / HTTP/1.1\\r\\nHost: a\\r\\nContent-Length: 0x5\\r\\n\\r\\nabcde
          chunked not last | 400 | POST / HTTP/1.1\\r\\nHost: a\\r\\nTransfer-Encoding: chunked, gzip\\r\\n\\r\\n0\\r\\n\\r\\n
          a coding before chunked | 400 | POST / HTTP/1.1\\r\\nHost: a\\r\\nTransfer-Encoding: gzip, chunked\\r\\n\\r\\n0\\r\\n\\r\\n
          chunked twice | 400 | POST / HTTP/1.1\\r\\nHost: a\\r\\nTransfer-Encoding: chunked\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n0\\r\\n\\r\\n
          unknown coding | 400 | POST / HTTP/1.1\\r\\nHost: a\\r\\nTransfer-Encoding: xchunked\\r\\n\\r\\n0\\r\\n\\r\\n
          tab in the coding | 400 | POST / HTTP/1.1\\r\\nHost: a\\r\\nTransfer-Encoding:\\tchunked\\0\\r\\n\\r\\n0\\r\\n\\r\\n
          chunked in HTTP/1.0 | 400 | POST / HTTP/1.0\\r\\nHost: a\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n0\\r\\n\\r\\n
          space before the colon | 400 | POST / HTTP/1.1\\r\\nHost: a\\r\\nContent-Length : 5\\r\\n\\r\\nabcde
          folded first line | 400 | GET / HTTP/1.1\\r\\n Host: a\\r\\n\\r\\n
          bare line feed | 400 | GET / HTTP/1.1\\nHost: a\\n\\n
          bare line feed after a field | 400 | GET / HTTP/1.1\\r\\nHost: a\\nX: y\\r\\n\\r\\n
          bare carriage return | 400 | GET / HTTP/1.1\\r\\nHost: a\\rX: y\\r\\n\\r\\n
          NUL in a value | 400 | GET / HTTP/1.1\\r\\nHost: a\\r\\nX: a\\0b\\r\\n\\r\\n
          no Host | 400 | GET / HTTP/1.1\\r\\n\\r\\n
          no Host in HTTP/1.0 | 400 | GET / HTTP/1.0\\r\\n\\r\\n
          broken escape in Host | 400 | GET / HTTP/1.1\\r\\nHost: w%zz\\r\\n\\r\\n
          escape cut off in Host | 400 | GET / HTTP/1.1\\r\\nHost: w%4\\r\\n\\r\\n
          version in small letters | 400 | GET / http/1.1\\r\\nHost: a\\r\\n\\r\\n
          two Hosts | 400 | GET / HTTP/1.1\\r\\nHost: a\\r\\nHost: b\\r\\n\\r\\n
          Host with a slash | 400 | GET / HTTP/1.1\\r\\nHost: a/b\\r\\n\\r\\n
          Host with user | 400 | GET / HTTP/1.1\\r\\nHost: u@a\\r\\n\\r\\n
          target without slash | 400 | GET a HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n
          fragment in the target | 400 | GET /#a HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n
          other scheme | 400 | GET ftp://a/ HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n
          CONNECT | 405 | CONNECT a:80 HTTP/1.1\\r\\nHost: a:80\\r\\n\\r\\n
          HTTP/2 in a request line | 505 | GET / HTTP/2.0\\r\\nHost: a\\r\\n\\r\\n
          no version | 400 | GET /\\r\\n\\r\\n
          no HTTP | 400 | \\0\\0\\0\\0\\r\\n\\r\\n
          field without a colon | 400 | GET / HTTP/1.1\\r\\nHost: a\\r\\nfoo\\r\\n\\r\\n
          empty field name | 400 | GET / HTTP/1.1\\r\\nHost: a\\r\\n: foo\\r\\n\\r\\n
          """)
  void refuses(String name, int status, String request) {
    String answer = send(request + "GET /smuggled HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n");
    assertThat(answer).as(name).startsWith("HTTP/1.1 " + status).contains("connection: close");
    assertThat(answer.indexOf("HTTP/1.1", 1)).as("a second answer").isNegative();
    assertThat(accepted).as(name).doesNotContain("GET /smuggled a");
    assertThat(channel.isOpen()).as(name).isFalse();
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          size that is no number | x\\r\\nabc\\r\\n0\\r\\n\\r\\n
          negative size | -1\\r\\na\\r\\n0\\r\\n\\r\\n
          size with a prefix | 0x1\\r\\na\\r\\n0\\r\\n\\r\\n
          size with a sign | +1\\r\\na\\r\\n0\\r\\n\\r\\n
          size that overflows | 1ffffffffffffffff\\r\\na\\r\\n0\\r\\n\\r\\n
          longer than it says | 1\\r\\nabc\\r\\n0\\r\\n\\r\\n
          bare line feed after the size | 3\\nabc\\r\\n0\\r\\n\\r\\n
          bare line feed after the data | 3\\r\\nabc\\n0\\r\\n\\r\\n
          line feed in an extension | 3;a=\\nb\\r\\nabc\\r\\n0\\r\\n\\r\\n
          no size | \\r\\nabc\\r\\n0\\r\\n\\r\\n
          """)
  void refusesChunks(String name, String chunks) {
    String answer =
        send(
            "POST / HTTP/1.1\\r\\nHost: a\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n"
                + chunks
                + "GET /smuggled HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n");
    assertThat(answer).as(name).startsWith("HTTP/1.1 400").contains("connection: close");
    assertThat(accepted).containsExactly("POST / a", "cancelled");
    assertThat(channel.isOpen()).isFalse();
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          plain | GET /a?b HTTP/1.1\\r\\nHost: h:80\\r\\n\\r\\n | GET /a?b h:80
          absolute target wins over Host | GET http://x:1/p HTTP/1.1\\r\\nHost: h\\r\\n\\r\\n | GET /p x:1
          absolute target without path | GET http://x?q HTTP/1.1\\r\\nHost: h\\r\\n\\r\\n | GET /?q x
          asterisk | OPTIONS * HTTP/1.1\\r\\nHost: h\\r\\n\\r\\n | OPTIONS * h
          empty lines before | \\r\\n\\r\\nGET / HTTP/1.1\\r\\nHost: h\\r\\n\\r\\n | GET / h
          a fold becomes a space | GET / HTTP/1.1\\r\\nHost: h\\r\\nX: a\\r\\n b\\r\\n\\r\\n | GET / h
          HTTP/1.0 with a whole target | GET http://h/p HTTP/1.0\\r\\n\\r\\n | GET /p h
          escape in Host | GET / HTTP/1.1\\r\\nHost: w%41\\r\\n\\r\\n | GET / w%41
          an upgrade to WebSocket | GET / HTTP/1.1\\r\\nHost: h\\r\\nConnection: Upgrade\\r\\nUpgrade: WebSocket\\r\\n\\r\\n | GET / h upgrade: WebSocket connection: upgrade
          an upgrade to h2c is ignored | GET / HTTP/1.1\\r\\nHost: h\\r\\nConnection: Upgrade, HTTP2-Settings\\r\\nUpgrade: h2c\\r\\nHTTP2-Settings: AAM\\r\\n\\r\\n | GET / h
          an upgrade to several is ignored | GET / HTTP/1.1\\r\\nHost: h\\r\\nConnection: Upgrade\\r\\nUpgrade: websocket, h2c\\r\\n\\r\\n | GET / h
          two upgrades are ignored | GET / HTTP/1.1\\r\\nHost: h\\r\\nConnection: Upgrade\\r\\nUpgrade: websocket\\r\\nUpgrade: h2c\\r\\n\\r\\n | GET / h
          settings without an upgrade | GET / HTTP/1.1\\r\\nHost: h\\r\\nUpgrade: h2c\\r\\nHTTP2-Settings: AAM\\r\\n\\r\\n | GET / h
          """)
  void accepts(String name, String request, String expected) {
    assertThat(send(request)).as(name).startsWith(OK);
    assertThat(accepted.getFirst().strip()).isEqualTo(expected.strip());
  }

  @Test
  void limitsLineAndHead() {
    assertThat(send("GET /" + "a".repeat(9000) + " HTTP/1.1\\r\\nHost: h\\r\\n\\r\\n"))
        .startsWith("HTTP/1.1 414");
    EmbeddedChannel second = new EmbeddedChannel();
    H1ServerConnection.install(second.pipeline(), tools, new Answering());
    String fields = ("X: " + "a".repeat(1000) + "\r\n").repeat(70);
    second.writeInbound(
        Unpooled.copiedBuffer(
            "GET / HTTP/1.1\r\nHost: h\r\n" + fields, StandardCharsets.ISO_8859_1));
    ByteBuf answer = second.readOutbound();
    assertThat(answer.toString(StandardCharsets.ISO_8859_1)).startsWith("HTTP/1.1 431");
    answer.release();
    second.finishAndReleaseAll();
    assertThat(accepted).isEmpty();
  }

  @Test
  void answersPipelinedRequestsOneAfterTheOther() {
    String answers =
        send(
            "GET /1 HTTP/1.1\\r\\nHost: h\\r\\n\\r\\n"
                + "POST /2 HTTP/1.1\\r\\nHost: h\\r\\nContent-Length: 2\\r\\n\\r\\nhi"
                + "GET /3 HTTP/1.1\\r\\nHost: h\\r\\n\\r\\n");
    assertThat(accepted).containsExactly("GET /1 h", "POST /2 h", "hi", "GET /3 h");
    assertThat(answers.split(OK, -1)).hasSize(4);
  }

  @Test
  void turnsSlowHeadsAway() {
    assertThat(send("GET / HTTP/1.1\\r\\nHo")).isEmpty();
    ticker.tick();
    now[0] += Duration.ofSeconds(4).toNanos();
    ticker.tick();
    assertThat(answers()).isEmpty();
    now[0] += Duration.ofSeconds(2).toNanos();
    ticker.tick();
    assertThat(answers()).startsWith("HTTP/1.1 408").contains("connection: close");
    assertThat(channel.isOpen()).isFalse();
  }

  @Test
  void cleansTrailers() {
    send(
        "POST / HTTP/1.1\\r\\nHost: h\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n0\\r\\n"
            + "Host: evil\\r\\nConnection: close, X-Hop\\r\\nX-Hop: 1\\r\\nAuthorization: a\\r\\n"
            + "X-Forwarded-For: 10.0.0.1\\r\\nTE: trailers\\r\\nX-Sum: 7\\r\\n\\r\\n");
    assertThat(accepted).containsExactly("POST / h", "+[X-Sum]");
  }

  @Test
  void readsTheRestOfAnAnsweredRequestForSomeTimeOnly() {
    EmbeddedChannel answered = new EmbeddedChannel();
    H1ServerConnection.install(
        answered.pipeline(),
        tools,
        (head, end, answer) -> {
          answer.head(ResponseHead.of(200), true);
          return new Answering().accept(head, false, answer);
        });
    answered.writeInbound(
        Unpooled.copiedBuffer(
            "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\na",
            StandardCharsets.ISO_8859_1));
    now[0] += Duration.ofSeconds(4).toNanos();
    ticker.tick();
    assertThat(answered.isOpen()).isTrue();
    now[0] += Duration.ofSeconds(2).toNanos();
    ticker.tick();
    answered.runPendingTasks();
    assertThat(answered.isOpen()).isFalse();
    answered.finishAndReleaseAll();
  }

  @Test
  void waitsFiveMinutesForABody() {
    send("POST / HTTP/1.1\\r\\nHost: h\\r\\nContent-Length: 9\\r\\n\\r\\na");
    for (int i = 0; i < 3; i++) {
      pass(Duration.ofMinutes(4));
      send("b");
    }
    assertThat(accepted).containsExactly("POST / h");
    pass(Duration.ofMinutes(6));
    assertThat(answers()).startsWith("HTTP/1.1 408");
    assertThat(accepted).containsExactly("POST / h", "cancelled");
    assertThat(channel.isOpen()).isFalse();
  }

  private void pass(Duration time) {
    for (long left = time.toSeconds(); left > 0; left--) {
      now[0] += Duration.ofSeconds(1).toNanos();
      ticker.tick();
    }
    channel.runPendingTasks();
  }

  @Test
  void closesIdleConnections() {
    assertThat(send("GET / HTTP/1.1\\r\\nHost: h\\r\\n\\r\\n")).startsWith(OK);
    now[0] += Duration.ofMinutes(9).toNanos();
    ticker.tick();
    channel.runPendingTasks();
    assertThat(channel.isOpen()).isTrue();
    now[0] += Duration.ofMinutes(2).toNanos();
    ticker.tick();
    channel.runPendingTasks();
    assertThat(channel.isOpen()).isFalse();
    assertThat(ticker.size()).isZero();
  }

  @Test
  void tellsWhenTheClientGoes() {
    send("POST / HTTP/1.1\\r\\nHost: h\\r\\nContent-Length: 10\\r\\n\\r\\nabc");
    channel.close();
    assertThat(accepted).containsExactly("POST / h", "cancelled");
  }
}
