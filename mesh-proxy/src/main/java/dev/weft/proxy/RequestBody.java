package dev.weft.proxy;

import com.google.protobuf.ByteString;
import dev.weft.proxy.http.ClientStream;
import dev.weft.proxy.http.Credit;
import dev.weft.proxy.http.Trailers;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A request's body on its way: what came before a connection was there, and, while a retry is
 * possible, a copy of what was sent. Credit goes back to the client only when the server took the
 * bytes. Owned by its exchange.
 */
final class RequestBody {
  /** What is kept for a retry; a longer body makes the request not retryable. */
  static final int KEPT = 64 << 10;

  private final Credit client;
  private final List<ByteBuf> pieces = new ArrayList<>(0);
  private @Nullable Trailers trailers;
  private @Nullable ClientStream server;
  private boolean ended;
  private boolean keep;
  private boolean lost;
  private int size;
  private int credit;

  /**
   * Nothing yet.
   *
   * @param keep whether the request may be retried
   * @param ended whether there is no body
   */
  RequestBody(Credit client, boolean keep, boolean ended) {
    this.client = client;
    this.keep = keep;
    this.ended = ended;
  }

  /** Whether the whole request has come. */
  boolean ended() {
    return ended;
  }

  /** Whether the request can be sent from its beginning. */
  boolean replayable() {
    return !lost;
  }

  /** Whether the body is known to be empty. */
  boolean empty() {
    return ended && size == 0 && trailers == null;
  }

  int size() {
    return size;
  }

  /** Whether the request may be retried; before the first {@link #sendTo}. */
  void keep(boolean retryable) {
    keep = retryable;
  }

  /** What has come so far; all of it, before the first {@link #sendTo}. */
  ByteString bytes() {
    ByteString.Output all = ByteString.newOutput(size);
    for (ByteBuf piece : pieces) {
      byte[] bytes = ByteBufUtil.getBytes(piece);
      all.write(bytes, 0, bytes.length);
    }
    return all.toByteString();
  }

  /** Asks the client for more of what is kept here: somebody waits for the whole body. */
  void hold() {
    if (credit > 0 && server == null) {
      int bytes = credit;
      credit = 0;
      client.consumed(bytes);
    }
  }

  /** Gives a copy of what has come so far; before the first {@link #sendTo}. */
  void copyTo(MirrorCopy copy) {
    for (int i = 0; i < pieces.size(); i++) {
      boolean last = ended && trailers == null && i == pieces.size() - 1;
      copy.data(pieces.get(i).retainedDuplicate(), last);
    }
    if (trailers != null) {
      copy.trailers(trailers);
    }
  }

  /** Takes a piece from the client. */
  void add(ByteBuf data, boolean end) {
    int length = data.readableBytes();
    size += length;
    ended = end;
    ClientStream to = server;
    if (to == null) {
      pieces.add(data);
      credit += length;
      return;
    }
    if (keep && size <= KEPT) {
      pieces.add(data.retainedDuplicate());
    } else {
      forget();
    }
    to.data(data, end);
    credit += length;
    giveCredit();
  }

  /** Takes the end with trailers. */
  void add(Trailers last) {
    ended = true;
    trailers = last;
    if (server != null) {
      server.trailers(last);
    }
  }

  /** Sends what there is to a connection, and from now on everything as it comes. */
  void sendTo(ClientStream to) {
    server = to;
    if (empty()) {
      release(); // the head said so already
      return;
    }
    boolean replay = keep && size <= KEPT;
    for (int i = 0; i < pieces.size(); i++) {
      boolean last = ended && trailers == null && i == pieces.size() - 1;
      to.data(replay ? pieces.get(i).retainedDuplicate() : pieces.get(i), last);
    }
    if (trailers != null) {
      to.trailers(trailers);
    }
    if (!replay && !pieces.isEmpty()) {
      pieces.clear();
      lost = true;
    }
    giveCredit();
  }

  /** The connection failed; the next one gets what is kept. */
  void detach() {
    server = null;
  }

  /** No retry any more: the answer has begun. */
  void settle() {
    keep = false;
    forget();
  }

  private void forget() {
    keep = false;
    lost |= size > 0;
    if (server != null) {
      release();
    }
  }

  /** The server takes more. */
  void giveCredit() {
    ClientStream to = server;
    if (credit > 0 && to != null && to.writable()) {
      int bytes = credit;
      credit = 0;
      client.consumed(bytes);
    }
  }

  /** Frees what is kept. */
  void release() {
    pieces.forEach(ByteBuf::release);
    pieces.clear();
  }
}
