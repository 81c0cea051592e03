package dev.weft.proxy.http;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Stream;
import io.netty.util.AsciiString;
import org.jspecify.annotations.Nullable;

/** A connection to an HTTP/2 server. Confined to its event loop. */
public final class H2ClientConnection implements ClientConnection, H2Connection.Role {
  private final LoopTools tools;
  private final Owner owner;
  private final H2Connection connection;
  private final String scheme;
  private boolean goingAway;
  private boolean gone;

  private H2ClientConnection(LoopTools tools, Owner owner, String scheme) {
    this.tools = tools;
    this.owner = owner;
    this.scheme = scheme;
    this.connection = H2Connection.create(false, tools, this);
  }

  /** Makes the end of a pipeline speak HTTP/2 to a server, with prior knowledge. */
  public static H2ClientConnection install(
      ChannelPipeline pipeline, LoopTools tools, Owner owner, String scheme) {
    H2ClientConnection client = new H2ClientConnection(tools, owner, scheme);
    pipeline.addLast("batch", new WriteBatch());
    pipeline.addLast("h2", client.connection);
    return client;
  }

  @Override
  public boolean available() {
    return !gone
        && !goingAway
        && active()
            < Math.min(
                connection.connection().local().maxActiveStreams(), tools.limits().maxStreams())
        && channel().isActive();
  }

  @Override
  public Channel channel() {
    return connection.ctx().channel();
  }

  @Override
  public int active() {
    return connection.connection().local().numActiveStreams();
  }

  @Override
  public void retire() {
    goingAway();
    connection.drain();
  }

  @Override
  public ClientStream open(RequestHead head, boolean end, ResponseReceiver receiver) {
    int id = connection.connection().local().incrementAndGetNextStreamId();
    Stream object = new Stream(id, receiver, head.method().equals("HEAD"));
    if (id < 0) {
      goingAway();
      object.refuse();
      return object;
    }
    connection.writeHeaders(id, head.http2(scheme), end);
    Http2Stream stream = connection.connection().stream(id);
    if (stream == null) {
      object.refuse();
      return object;
    }
    object.stream = stream;
    connection.attach(stream, object);
    return object;
  }

  @Override
  public void opened(Http2Stream stream, Http2Headers headers, boolean end) {
    // The answer to a request that was given up.
  }

  @Override
  public void gone() {
    leave();
  }

  @Override
  public void streamClosed() {
    if (goingAway && active() == 0) {
      connection.drain();
    } else if (available()) {
      owner.available(this);
    }
  }

  @Override
  public void goingAway() {
    goingAway = true;
    leave();
    if (active() == 0) {
      connection.drain();
    }
  }

  private void leave() {
    if (!gone) {
      gone = true;
      owner.gone(this);
    }
  }

  /** One request. */
  private final class Stream implements H2Connection.Events, ClientStream {
    private final int id;
    private final boolean head;
    private @Nullable Http2Stream stream;
    private @Nullable ResponseReceiver receiver;
    private boolean headSeen;
    private boolean unwritable;

    /** Its length speaks of a body (RFC 9113 §8.1.1), and nothing of it has come. */
    private boolean owed;

    Stream(int id, ResponseReceiver receiver, boolean head) {
      this.id = id;
      this.head = head;
      this.receiver = receiver;
    }

    /** Later in this turn: the caller does not hold the stream yet. */
    void refuse() {
      connection.ctx().executor().execute(() -> fail(Failure.REFUSED));
    }

    private void fail(Failure failure) {
      ResponseReceiver to = receiver;
      receiver = null;
      if (to != null) {
        to.failed(failure);
      }
    }

    // ---- from the server

    @Override
    public void onHeaders(Http2Headers headers, boolean end) throws Http2Exception {
      ResponseReceiver to = receiver;
      if (to == null) {
        return;
      }
      if (headSeen) {
        trailers(to, headers, end);
        return;
      }
      int status = status(headers);
      if (HttpStatusClass.INFORMATIONAL.contains(status)) {
        malformedIf(end || status == 101);
        to.informational(new H2Response(headers, status));
        return;
      }
      headSeen = true;
      owed = owes(headers, status);
      malformedIf(end && owed);
      receiver = end ? null : to;
      to.head(new H2Response(headers, status), end);
    }

    private void trailers(ResponseReceiver to, Http2Headers headers, boolean end)
        throws Http2Exception {
      malformedIf(!end || owed);
      receiver = null;
      H2Rules.cleanTrailers(headers);
      to.trailers(new Trailers.H2(headers));
    }

    private int status(Http2Headers headers) throws Http2Exception {
      CharSequence text = headers.status();
      int status = 0;
      malformedIf(text == null || text.length() != 3);
      for (int i = 0; text != null && i < 3; i++) {
        int digit = text.charAt(i) - '0';
        malformedIf(digit < 0 || digit > 9);
        status = status * 10 + digit;
      }
      malformedIf(status < 100);
      return status;
    }

    /** Whether a body must come: Netty compares its length only once some of it has. */
    private boolean owes(Http2Headers headers, int status) {
      CharSequence length = headers.get(Names.CONTENT_LENGTH);
      return length != null
          && !AsciiString.contentEquals("0", length)
          && !head
          && status != 204
          && status != 304;
    }

    private void malformedIf(boolean condition) throws Http2Exception {
      if (condition) {
        fail(Failure.MALFORMED);
        throw Http2Exception.streamError(id, Http2Error.PROTOCOL_ERROR, "malformed answer");
      }
    }

    @Override
    public void onData(ByteBuf data, boolean end) throws Http2Exception {
      ResponseReceiver to = receiver;
      if (to == null || !headSeen) {
        consumed(data.readableBytes());
        return;
      }
      owed &= !data.isReadable();
      malformedIf(end && owed);
      receiver = end ? null : to;
      to.data(data.retain(), end);
    }

    @Override
    public void onBroken(long errorCode) {
      fail(errorCode == Http2Error.REFUSED_STREAM.code() ? Failure.REFUSED : Failure.RESET);
    }

    @Override
    public void onWritable() {
      if (unwritable && receiver != null && stream != null && connection.isWritable(stream)) {
        unwritable = false;
        receiver.writable();
      }
    }

    // ---- to the server

    @Override
    public void data(ByteBuf data, boolean end) {
      connection.writeData(id, data, end);
    }

    @Override
    public void trailers(Trailers trailers) {
      connection.writeHeaders(id, trailers.http2(), true);
    }

    @Override
    public void cancel() {
      receiver = null;
      Http2Stream open = stream;
      if (open != null) {
        connection.detach(open);
        connection.reset(id, Http2Error.CANCEL);
      }
    }

    @Override
    public boolean writable() {
      boolean writable = stream != null && connection.isWritable(stream);
      unwritable |= !writable;
      return writable;
    }

    @Override
    public void consumed(int bytes) {
      Http2Stream open = stream;
      if (open != null && bytes > 0) {
        connection.consumed(open, bytes);
      }
    }

    @Override
    public boolean upgrade(ChannelHandler next) {
      return false;
    }
  }
}
