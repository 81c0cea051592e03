package dev.weft.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a connection to an HTTP/2 server takes for an answer. */
class H2ClientTest {
  private final List<String> seen = new ArrayList<>();
  private final EmbeddedChannel channel = new EmbeddedChannel();
  private final H2ClientConnection connection =
      H2ClientConnection.install(
          channel.pipeline(),
          new LoopTools(
              new Flusher(channel.eventLoop()), new Ticker(() -> 0), HttpLimits.defaults()),
          new Owner(),
          "http");

  private static final class Owner implements ClientConnection.Owner {
    @Override
    public void available(ClientConnection free) {}

    @Override
    public void gone(ClientConnection lost) {}
  }

  private final class Noting implements ResponseReceiver {
    @Override
    public void informational(ResponseHead head) {
      seen.add("informational");
    }

    @Override
    public void head(ResponseHead head, boolean end) {
      seen.add(head.status() + (end ? "." : ""));
    }

    @Override
    public void data(ByteBuf data, boolean end) {
      seen.add(data.readableBytes() + (end ? "." : ""));
      data.release();
    }

    @Override
    public void trailers(Trailers trailers) {
      seen.add("trailers");
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

  private void send(String hex) {
    channel.writeInbound(Unpooled.wrappedBuffer(ByteBufUtil.decodeHexDump(hex)));
    channel.runPendingTasks();
  }

  private static String frame(int type, boolean end, String payload) {
    int flags = (type == 1 ? 4 : 0) | (end ? 1 : 0);
    return "%06x%02x%02x00000003".formatted(payload.length() / 2, type, flags) + payload;
  }

  /** Indexed statuses, and a literal content-length (RFC 7541, appendix A). */
  private static String head(int status, String length, boolean end) {
    String indexed = status == 200 ? "88" : status == 204 ? "89" : "8b";
    String digits = ByteBufUtil.hexDump(length.getBytes(StandardCharsets.ISO_8859_1));
    String field = length.isEmpty() ? "" : "0f0d" + "%02x".formatted(length.length()) + digits;
    return frame(1, end, indexed + field);
  }

  /**
   * A length that lies would, by HTTP/1.1, make the client take its next answer for this body.
   *
   * @param body lengths of DATA frames; the last one ends the stream, and none: the head does
   */
  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "no body for a length,        GET,  200, 5,  '',    MALFORMED",
    "an empty body for a length,  GET,  200, 5,  '0',   '200 MALFORMED'",
    "a body too short,            GET,  200, 5,  '2 2', '200 2 RESET'",
    "a body too long,             GET,  200, 5,  '3 3', '200 3 RESET'",
    "a length that is none,       GET,  200, 5x, '5',   RESET",
    "an endless length,           GET,  200, 1000000000000000000, '', MALFORMED",
    "the right length,            GET,  200, 5,  '2 3', '200 2 3.'",
    "no length,                   GET,  200, '', '2 3', '200 2 3.'",
    "nothing,                     GET,  200, 0,  '',    '200.'",
    "HEAD,                        HEAD, 200, 5,  '',    '200.'",
    "HEAD and an empty frame,     HEAD, 200, 5,  '0',   '200 0.'",
    "not modified,                GET,  304, 5,  '',    '304.'",
    "no content,                  GET,  204, 5,  '',    '204.'",
  })
  void lengths(
      String name, String method, int status, String length, String body, String expected) {
    send("000000040000000000" + "000000040100000000");
    connection.open(RequestHead.of(method, "web", "/"), true, new Noting());
    channel.runPendingTasks();
    List<String> pieces = body.isEmpty() ? List.of() : List.of(body.split(" "));
    send(head(status, length, pieces.isEmpty()));
    for (int i = 0; i < pieces.size(); i++) {
      send(frame(0, i == pieces.size() - 1, "61".repeat(Integer.parseInt(pieces.get(i)))));
    }
    assertThat(String.join(" ", seen)).as(name).isEqualTo(expected);
    assertThat(channel.isOpen()).isTrue();
  }
}
