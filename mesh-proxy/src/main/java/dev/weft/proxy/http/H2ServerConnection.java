package dev.weft.proxy.http;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Stream;
import java.util.LinkedHashSet;
import java.util.SequencedSet;
import org.jspecify.annotations.Nullable;

/** A client's HTTP/2 connection. Confined to its event loop. */
public final class H2ServerConnection implements H2Connection.Role, Ticker.Timed {
  private static final long DRAIN_NANOS = 1_000_000_000L;
  private static final long LINGER_NANOS = 2_000_000_000L;

  private final LoopTools tools;
  private final RequestAcceptor acceptor;
  private final H2Connection connection;
  private final H2HeadWatch watch;

  /** Answered, and their requests go on: no more than streams that may be open. */
  private final SequencedSet<Stream> lingering = new LinkedHashSet<>();

  private final long begin;
  private long idleSince;
  private long drainedAt;
  private boolean closing;
  private boolean gone;
  private int tickIndex = -1;

  private H2ServerConnection(LoopTools tools, RequestAcceptor acceptor) {
    this.tools = tools;
    this.acceptor = acceptor;
    this.connection = H2Connection.create(true, tools, this);
    this.watch = new H2HeadWatch(tools.ticker());
    this.begin = tools.ticker().coarse();
    this.idleSince = begin;
  }

  /** Makes the end of a pipeline speak HTTP/2, which begins with the client's preface. */
  public static H2ServerConnection install(
      ChannelPipeline pipeline, LoopTools tools, RequestAcceptor acceptor) {
    H2ServerConnection server = new H2ServerConnection(tools, acceptor);
    tools.ticker().add(server);
    pipeline.addLast("h2-heads", server.watch);
    pipeline.addLast("batch", new WriteBatch());
    pipeline.addLast("h2", server.connection);
    return server;
  }

  /**
   * Finishes what is under way and closes. The first GOAWAY only warns (RFC 9113 §6.8): requests
   * that are on their way to us are served; a second one, a second later, names the last stream.
   */
  public void drain() {
    if (drainedAt == 0) {
      drainedAt = tools.ticker().exact();
      connection.warn();
    }
  }

  @Override
  public void opened(Http2Stream stream, Http2Headers headers, boolean end) {
    Stream object = new Stream(stream, end);
    connection.attach(stream, object);
    int refusal = H2Rules.check(headers);
    if (refusal < 0) {
      object.abort(Http2Error.PROTOCOL_ERROR);
    } else if (refusal > 0) {
      acceptor.malformed(refusal, "refused by HTTP/2's rules");
      object.head(ResponseHead.of(refusal), true);
    } else {
      H2Rules.strip(headers);
      object.receiver = acceptor.accept(new H2Request(headers), end, object);
    }
  }

  @Override
  public void gone() {
    tools.ticker().remove(this);
  }

  @Override
  public void streamClosed() {
    idleSince = tools.ticker().coarse();
  }

  @Override
  public void goingAway() {}

  @Override
  public void tick(long now) {
    long headTimeout = tools.limits().headTimeout().toNanos();
    if (gone) {
      return;
    }
    endLingering(now);
    if (!connection.decoder().prefaceReceived() && now - begin > headTimeout) {
      end(Http2Error.SETTINGS_TIMEOUT);
    } else if (watch.owed() && now - watch.since() > headTimeout) {
      end(Http2Error.ENHANCE_YOUR_CALM);
    } else if (drainedAt != 0 && now - drainedAt > DRAIN_NANOS && !closing) {
      closing = true;
      connection.drain();
    } else if (connection.connection().numActiveStreams() == 0
        && !closing
        && now - idleSince > tools.limits().idleTimeout().toNanos()) {
      closing = true;
      connection.drain();
    }
  }

  private void endLingering(long now) {
    while (!lingering.isEmpty() && now - lingering.getFirst().answered > LINGER_NANOS) {
      lingering.getFirst().refuseRest();
    }
  }

  /** GOAWAY and the end, for other streams too: behind half a head no frame can follow. */
  private void end(Http2Error reason) {
    gone = true;
    connection.onError(
        connection.ctx(), true, Http2Exception.connectionError(reason, "no end of a head in time"));
  }

  @Override
  public int tickIndex() {
    return tickIndex;
  }

  @Override
  public void tickIndex(int index) {
    tickIndex = index;
  }

  /** One request. */
  private final class Stream implements H2Connection.Events, ServerStream {
    private final Http2Stream stream;
    private @Nullable RequestReceiver receiver;
    private boolean requestOpen;
    private boolean answerOpen = true;
    private boolean unwritable;
    private long answered;
    private int discardable = tools.limits().maxDiscard();

    Stream(Http2Stream stream, boolean end) {
      this.stream = stream;
      this.requestOpen = !end;
    }

    // ---- from the client

    @Override
    public void onHeaders(Http2Headers headers, boolean end) throws Http2Exception {
      if (!end) {
        throw Http2Exception.streamError(
            stream.id(), Http2Error.PROTOCOL_ERROR, "trailers must end the stream");
      }
      requestEnded();
      if (receiver != null && answerOpen) {
        H2Rules.cleanTrailers(headers);
        receiver.trailers(new Trailers.H2(headers));
      }
    }

    @Override
    public void onData(ByteBuf data, boolean end) {
      if (end) {
        requestEnded();
      }
      if (receiver != null && answerOpen) {
        receiver.data(data.retain(), end);
      } else {
        discardable -= data.readableBytes();
        consumed(data.readableBytes());
        if (discardable < 0) {
          refuseRest();
        }
      }
    }

    @Override
    public void onBroken(long errorCode) {
      requestEnded();
      boolean open = answerOpen;
      answerOpen = false;
      if (receiver != null && open) {
        receiver.cancelled();
      }
    }

    @Override
    public void onWritable() {
      if (unwritable && receiver != null && answerOpen && connection.isWritable(stream)) {
        unwritable = false;
        receiver.writable();
      }
    }

    // ---- to the client

    @Override
    public void informational(ResponseHead head) {
      if (answerOpen && head.status() != 101) {
        connection.writeHeaders(stream.id(), head.http2(), false);
      }
    }

    @Override
    public void head(ResponseHead head, boolean end) {
      answerOpen = !end;
      connection.writeHeaders(stream.id(), head.http2(), end);
      ended(end);
    }

    @Override
    public void data(ByteBuf data, boolean end) {
      answerOpen = !end;
      connection.writeData(stream.id(), data, end);
      ended(end);
    }

    @Override
    public void trailers(Trailers trailers) {
      answerOpen = false;
      connection.writeHeaders(stream.id(), trailers.http2(), true);
      ended(true);
    }

    private void requestEnded() {
      requestOpen = false;
      if (!answerOpen) {
        lingering.remove(this);
      }
    }

    private void ended(boolean end) {
      if (end && requestOpen) {
        answered = tools.ticker().coarse();
        lingering.add(this);
      }
    }

    /**
     * The answer is complete and the request is not (RFC 9113 §8.1). Said at once, some clients
     * would take it for a failure in the middle of what they send, and lose the answer.
     */
    void refuseRest() {
      if (requestOpen) {
        requestEnded();
        connection.reset(stream.id(), Http2Error.NO_ERROR);
      }
    }

    @Override
    public void abort() {
      abort(Http2Error.INTERNAL_ERROR);
    }

    void abort(Http2Error error) {
      answerOpen = false;
      connection.detach(stream);
      connection.reset(stream.id(), error);
    }

    @Override
    public boolean writable() {
      boolean writable = connection.isWritable(stream);
      unwritable |= !writable;
      return writable;
    }

    @Override
    public void consumed(int bytes) {
      if (bytes > 0) {
        connection.consumed(stream, bytes);
      }
    }

    @Override
    public boolean upgrade(ChannelHandler next) {
      return false;
    }
  }
}
