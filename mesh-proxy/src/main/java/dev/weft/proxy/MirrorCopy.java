package dev.weft.proxy;

import dev.weft.proxy.http.ClientConnection;
import dev.weft.proxy.http.ClientStream;
import dev.weft.proxy.http.Failure;
import dev.weft.proxy.http.RequestHead;
import dev.weft.proxy.http.ResponseHead;
import dev.weft.proxy.http.ResponseReceiver;
import dev.weft.proxy.http.Trailers;
import dev.weft.proxy.upstream.Pool;
import dev.weft.routing.AppProtocol;
import dev.weft.routing.BackendChoice;
import dev.weft.routing.Endpoint;
import dev.weft.routing.ServicePort;
import io.netty.buffer.ByteBuf;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A copy of a request whose answer nobody reads (HTTPRequestMirrorFilter). It never slows the
 * request: a copy that does not keep up is given up. Confined to the exchange's event loop.
 */
final class MirrorCopy implements Pool.Waiter {
  private final RequestHead head;
  private final RequestBody body;
  private @Nullable ClientStream stream;
  private boolean over;

  private MirrorCopy(RequestHead head, boolean end) {
    this.head = head;
    this.body = new RequestBody(bytes -> {}, false, end);
  }

  /** Begins a copy; {@code null} if there is nowhere to send it. */
  static @Nullable MirrorCopy start(Exchange exchange, BackendChoice choice, boolean end) {
    Origin origin = exchange.origin();
    ServicePort service =
        choice instanceof BackendChoice.ToService to ? origin.tables().service(to.service()) : null;
    if (service == null || !(choice instanceof BackendChoice.ToService backend)) {
      return null;
    }
    Endpoint endpoint =
        origin
            .loop()
            .balancer()
            .pick(service.endpoints(), List.of(), origin.loop().tools().ticker().coarse());
    boolean http2 =
        service.appProtocol() == AppProtocol.HTTP2
            || (exchange.head().http2Origin() && exchange.grpc());
    if (endpoint == null
        || !(origin.way(endpoint, http2, service.tls()) instanceof Way.Open open)) {
      return null;
    }
    RequestHead head = exchange.head().copy();
    Facts facts = Facts.of(origin, head);
    if (facts != null) {
      backend.request().apply(facts);
    }
    if (!Arrival.permitted(origin, head, open)) {
      return null;
    }
    MirrorCopy copy = new MirrorCopy(head, end);
    origin.loop().upstreams().pool(open.hop()).acquire(copy);
    return copy;
  }

  void data(ByteBuf data, boolean end) {
    boolean slow = body.size() > RequestBody.KEPT && (stream == null || !stream.writable());
    if (over || slow) {
      data.release();
      close();
    } else {
      body.add(data, end);
    }
  }

  void trailers(Trailers trailers) {
    if (!over) {
      body.add(trailers);
    }
  }

  /** The request is over: an unfinished copy is given up, a complete one may be answered. */
  void close() {
    if (!over && !body.ended()) {
      over = true;
      body.release();
      if (stream != null) {
        stream.cancel();
      }
    }
  }

  @Override
  public void ready(ClientConnection connection) {
    ClientStream opened = connection.open(head, body.empty(), new Unread());
    stream = opened;
    body.sendTo(opened);
  }

  @Override
  public void failed(Failure failure) {
    over = true;
    body.release();
  }

  @Override
  public boolean abandoned() {
    return over;
  }

  /** The answer that nobody reads. */
  private final class Unread implements ResponseReceiver {
    @Override
    public void informational(ResponseHead answer) {}

    @Override
    public void head(ResponseHead answer, boolean end) {
      over |= end;
    }

    @Override
    public void data(ByteBuf data, boolean end) {
      int length = data.readableBytes();
      data.release();
      over |= end;
      if (stream != null) {
        stream.consumed(length);
      }
    }

    @Override
    public void trailers(Trailers trailers) {
      over = true;
    }

    @Override
    public void failed(Failure failure) {
      MirrorCopy.this.failed(failure);
    }

    @Override
    public void writable() {
      body.giveCredit();
    }
  }
}
