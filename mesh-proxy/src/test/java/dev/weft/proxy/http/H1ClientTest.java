package dev.weft.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a connection to a server takes for an answer. */
class H1ClientTest {
  private static final String EVIL = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil";

  private final List<String> seen = new ArrayList<>();
  private final EmbeddedChannel channel = new EmbeddedChannel();
  private final H1ClientConnection connection =
      H1ClientConnection.install(
          channel.pipeline(),
          new LoopTools(
              new Flusher(channel.eventLoop()), new Ticker(() -> 0), HttpLimits.defaults()),
          new Owner());

  private static final class Owner implements ClientConnection.Owner {
    @Override
    public void available(ClientConnection free) {}

    @Override
    public void gone(ClientConnection lost) {}
  }

  /** Notes what came. */
  private final class Noting implements ResponseReceiver {
    @Override
    public void informational(ResponseHead head) {
      seen.add("informational " + head.status());
    }

    @Override
    public void head(ResponseHead head, boolean end) {
      seen.add("head " + head.status() + (head.get("x") == null ? "" : " x=" + head.get("x")));
    }

    @Override
    public void data(ByteBuf data, boolean end) {
      seen.add(data.toString(StandardCharsets.ISO_8859_1));
      data.release();
    }

    @Override
    public void trailers(Trailers trailers) {
      seen.add("trailers " + trailers.http1().names());
    }

    @Override
    public void failed(Failure failure) {
      seen.add(failure.toString());
    }

    @Override
    public void writable() {}
  }

  @AfterEach
  void close() {
    channel.finishAndReleaseAll();
  }

  private void ask(boolean upgrade) {
    HttpRequest request = new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, "/");
    connection.open(new H1Request(request, "web", upgrade), true, new Noting());
    channel.runPendingTasks();
  }

  private void answer(String text) {
    ByteBuf read = channel.alloc().directBuffer(); // as from a socket
    read.writeCharSequence(
        text.replace("\\r", "\r").replace("\\n", "\n") + EVIL, StandardCharsets.ISO_8859_1);
    channel.writeInbound(read);
    channel.runPendingTasks();
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          101 that nobody asked for | false | HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: websocket\\r\\nConnection: upgrade\\r\\n\\r\\n
          101 to something else | true | HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: h2c\\r\\nConnection: upgrade\\r\\n\\r\\n
          101 to nothing | true | HTTP/1.1 101 Switching Protocols\\r\\n\\r\\n
          space in a name | false | HTTP/1.1 200 OK\\r\\nX Y: a\\r\\nContent-Length: 0\\r\\n\\r\\n
          name without a colon | false | HTTP/1.1 200 OK\\r\\nX Y\\r\\nContent-Length: 0\\r\\n\\r\\n
          no name | false | HTTP/1.1 200 OK\\r\\n: a\\r\\nContent-Length: 0\\r\\n\\r\\n
          two digits | false | HTTP/1.1 99 OK\\r\\nContent-Length: 0\\r\\n\\r\\n
          four digits | false | HTTP/1.1 2000 OK\\r\\nContent-Length: 0\\r\\n\\r\\n
          signed status | false | HTTP/1.1 +20 OK\\r\\nContent-Length: 0\\r\\n\\r\\n
          status below 100 | false | HTTP/1.1 099 OK\\r\\nContent-Length: 0\\r\\n\\r\\n
          no number | false | HTTP/1.1 2OO OK\\r\\nContent-Length: 0\\r\\n\\r\\n
          HTTP/2 | false | HTTP/2.0 200 OK\\r\\nContent-Length: 0\\r\\n\\r\\n
          small letters | false | http/1.1 200 OK\\r\\nContent-Length: 0\\r\\n\\r\\n
          """)
  void refuses(String name, boolean upgrade, String answer) {
    ask(upgrade);
    answer(answer);
    assertThat(seen).as(name).containsExactly("MALFORMED");
    assertThat(channel.isOpen()).as(name).isFalse();
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          space before the colon | false | HTTP/1.1 200 OK\\r\\nX : a\\r\\nContent-Length: 1\\r\\n\\r\\nb | head 200 x=a, b
          status beyond the classes | false | HTTP/1.1 999 No\\r\\nContent-Length: 0\\r\\n\\r\\n | head 999
          no reason | false | HTTP/1.1 204\\r\\n\\r\\n | head 204
          HTTP/1.0 | false | HTTP/1.0 200 OK\\r\\nContent-Length: 1\\r\\n\\r\\nb | head 200, b
          what was asked for | true | HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: WebSocket\\r\\nConnection: Upgrade\\r\\n\\r\\n | head 101
          trailers are cleaned | false | HTTP/1.1 200 OK\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n0\\r\\nHost: a\\r\\nConnection: B\\r\\nB: c\\r\\nX-Sum: 7\\r\\n\\r\\n | head 200, trailers [X-Sum]
          """)
  void takes(String name, boolean upgrade, String answer, String expected) {
    ask(upgrade);
    answer(answer);
    assertThat(String.join(", ", seen)).as(name).startsWith(expected).doesNotContain("MALFORMED");
  }
}
