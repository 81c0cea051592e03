package dev.weft.proxy.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.time.Duration;

/** An HTTP/2 server's connection and its clock, without sockets; its client speaks bytes in hex. */
final class H2Wire implements AutoCloseable {
  /** The client's preface with empty SETTINGS, and its acknowledgement of the server's. */
  static final String GREETING =
      "505249202a20485454502f322e300d0a0d0a534d0d0a0d0a"
          + "000000040000000000"
          + "000000040100000000";

  private final long[] now = {0};
  private final EmbeddedChannel channel = new EmbeddedChannel();
  private final Ticker ticker = new Ticker(() -> now[0]);

  H2Wire(HttpLimits limits, RequestAcceptor acceptor) {
    H2ServerConnection.install(
        channel.pipeline(),
        new LoopTools(new Flusher(channel.eventLoop()), ticker, limits),
        acceptor);
  }

  void send(String hex) {
    channel.writeInbound(Unpooled.wrappedBuffer(ByteBufUtil.decodeHexDump(hex)));
    channel.runPendingTasks();
  }

  /** Lets time pass. */
  void pass(int seconds) {
    for (int i = 0; i < seconds; i++) {
      now[0] += Duration.ofSeconds(1).toNanos();
      ticker.tick();
      channel.runPendingTasks();
    }
  }

  /** What the server has said since this was last asked. */
  String written() {
    ByteBuf all = Unpooled.buffer();
    for (ByteBuf next = channel.readOutbound(); next != null; next = channel.readOutbound()) {
      all.writeBytes(next);
      next.release();
    }
    return ByteBufUtil.hexDump(all);
  }

  boolean isOpen() {
    return channel.isOpen();
  }

  /** How many things wait for time to pass. */
  int waiting() {
    return ticker.size();
  }

  @Override
  public void close() {
    channel.finishAndReleaseAll();
  }

  /** Does not want to know. */
  static class Nothing implements RequestReceiver {
    @Override
    public void data(ByteBuf data, boolean end) {
      data.release();
    }

    @Override
    public void trailers(Trailers trailers) {}

    @Override
    public void cancelled() {}

    @Override
    public void writable() {}
  }
}
