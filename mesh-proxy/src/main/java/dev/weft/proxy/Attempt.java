package dev.weft.proxy;

import dev.weft.proxy.http.ClientConnection;
import dev.weft.proxy.http.ClientStream;
import dev.weft.proxy.http.Failure;
import dev.weft.proxy.http.ResponseHead;
import dev.weft.proxy.http.ResponseReceiver;
import dev.weft.proxy.http.Trailers;
import dev.weft.proxy.upstream.Pool;
import dev.weft.routing.Endpoint;
import io.netty.buffer.ByteBuf;
import io.netty.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One try at one endpoint. Confined to the exchange's event loop. */
final class Attempt implements Pool.Waiter, ResponseReceiver {
  /** An answer that is thrown away is read to its end up to this size, to keep the connection. */
  private static final int DISCARD = 64 << 10;

  private final Forwarding forwarding;
  private final Endpoint endpoint;
  private @Nullable ClientStream stream;
  private @Nullable Future<?> deadline;
  private State state = State.CONNECTING;
  private int credit;
  private int discarded;

  private enum State {
    CONNECTING,
    SENT,
    ANSWERING,
    DISCARDING,
    DONE
  }

  Attempt(Forwarding forwarding, Endpoint endpoint) {
    this.forwarding = forwarding;
    this.endpoint = endpoint;
  }

  Endpoint endpoint() {
    return endpoint;
  }

  void start(Pool pool, long timeoutMillis) {
    ProxyLoop loop = forwarding.exchange().origin().loop();
    loop.balancer().begin(endpoint);
    if (timeoutMillis > 0) {
      deadline = loop.loop().schedule(this::timedOut, timeoutMillis, TimeUnit.MILLISECONDS);
    }
    pool.acquire(this);
  }

  private void timedOut() {
    if (state == State.CONNECTING || state == State.SENT) {
      ClientStream sent = stream;
      done();
      if (sent != null) {
        sent.cancel();
      }
      forwarding.failed(this, Failure.TIMEOUT);
    }
  }

  // ---- connecting

  @Override
  public void ready(ClientConnection connection) {
    state = State.SENT;
    RequestBody body = forwarding.body();
    ClientStream opened = connection.open(forwarding.exchange().head(), body.empty(), this);
    stream = opened;
    body.sendTo(opened);
  }

  @Override
  public boolean abandoned() {
    return state == State.DONE;
  }

  // ---- the answer

  @Override
  public void informational(ResponseHead head) {
    if (state == State.SENT) {
      forwarding.exchange().client().informational(head);
    }
  }

  @Override
  public void head(ResponseHead head, boolean end) {
    if (state != State.SENT) {
      return;
    }
    cancelDeadline();
    state = end ? State.DONE : State.ANSWERING;
    if (!forwarding.answer(head, end)) {
      // Another attempt is under way already; this answer is nobody's.
      discard(end);
    } else if (head.status() == 101) {
      upgrade();
    } else if (end) {
      over();
    }
  }

  private void discard(boolean end) {
    leave();
    if (!end && state == State.DONE) {
      return; // the exchange ended with an answer of the proxy's own
    }
    state = end ? State.DONE : State.DISCARDING;
    if (!forwarding.body().ended() && stream != null) {
      done();
      stream.cancel();
    }
  }

  private void upgrade() {
    ClientStream from = stream;
    Exchange exchange = forwarding.exchange();
    Relay.Pair relays = Relay.pair(Relay.NOTHING);
    boolean possible = from != null && from.upgrade(relays.server());
    done();
    if (possible && exchange.client().upgrade(relays.client())) {
      exchange.finish();
      relays.start();
    } else {
      exchange.abort("UPGRADE_UNSUPPORTED");
    }
  }

  @Override
  public void data(ByteBuf data, boolean end) {
    int length = data.readableBytes();
    if (state != State.ANSWERING) {
      data.release();
      discarded += length;
      consumed(length);
      if (discarded > DISCARD && state == State.DISCARDING && stream != null) {
        state = State.DONE;
        stream.cancel();
      }
      return;
    }
    credit += length;
    if (end) {
      state = State.DONE;
      forwarding.exchange().answerData(data, true);
      over();
    } else {
      forwarding.exchange().answerData(data, false);
      giveCredit();
    }
  }

  /** The client took what it was given: the server may send more. */
  void giveCredit() {
    if (credit > 0 && state == State.ANSWERING && forwarding.exchange().client().writable()) {
      int bytes = credit;
      credit = 0;
      consumed(bytes);
    }
  }

  private void consumed(int bytes) {
    if (stream != null) {
      stream.consumed(bytes);
    }
  }

  @Override
  public void trailers(Trailers trailers) {
    if (state == State.ANSWERING) {
      state = State.DONE;
      forwarding.exchange().answerTrailers(trailers);
      over();
    }
    state = State.DONE;
  }

  @Override
  public void failed(Failure failure) {
    State was = state;
    done();
    if (was != State.DONE && was != State.DISCARDING) {
      forwarding.failed(this, failure);
    }
  }

  @Override
  public void writable() {
    if (state == State.SENT || state == State.ANSWERING) {
      forwarding.body().giveCredit();
    }
  }

  // ---- the end

  /** The answer is complete: a request that is not must not be continued. */
  private void over() {
    ClientStream sent = stream;
    if (!forwarding.body().ended() && sent != null) {
      sent.cancel();
    }
    done();
  }

  private void done() {
    state = State.DONE;
    cancelDeadline();
    leave();
  }

  private boolean left;

  private void leave() {
    if (!left) {
      left = true;
      forwarding.exchange().origin().loop().balancer().end(endpoint);
    }
  }

  private void cancelDeadline() {
    Future<?> timer = deadline;
    if (timer != null) {
      deadline = null;
      timer.cancel(false);
    }
  }

  /** The exchange is over; what is still under way is given up. */
  void close() {
    boolean open = state == State.SENT || state == State.ANSWERING;
    done();
    if (open && stream != null) {
      stream.cancel();
    }
  }
}
