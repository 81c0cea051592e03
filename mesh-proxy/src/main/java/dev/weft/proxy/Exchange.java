package dev.weft.proxy;

import com.google.protobuf.ByteString;
import dev.weft.proxy.auth.AuthVerdict;
import dev.weft.proxy.http.Names;
import dev.weft.proxy.http.RequestHead;
import dev.weft.proxy.http.RequestReceiver;
import dev.weft.proxy.http.ResponseHead;
import dev.weft.proxy.http.ServerStream;
import dev.weft.proxy.http.Trailers;
import dev.weft.proxy.observe.Peer;
import dev.weft.proxy.observe.RequestObservation;
import dev.weft.proxy.observe.RequestTags;
import dev.weft.routing.HeaderEdits;
import dev.weft.routing.LocalReply;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.util.AsciiString;
import io.netty.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * One request from its head to the end of its answer. {@link RequestPhases} decides, {@link
 * Attempt}s carry it to servers, this keeps what is true of the whole. Confined to its client's
 * event loop.
 */
final class Exchange implements RequestReceiver {
  /** Where the trace's id is in a traceparent. */
  private static final int TRACE_ID = 3;

  private static final int TRACE_ID_LENGTH = 32;

  private final Origin origin;
  private final RequestHead head;
  private final ServerStream client;
  private final RequestRecord record;
  private final boolean grpc;

  private @Nullable Forwarding forwarding;
  private @Nullable RequestObservation observation;
  private @Nullable Future<?> deadline;
  private @Nullable Held held;
  private @Nullable Runnable unobserved;
  private HeaderEdits edits = HeaderEdits.NONE;
  private HeaderEdits authEdits = HeaderEdits.NONE;
  private @Nullable RequestTags tags;
  private boolean counted;
  private boolean answered;
  private boolean over;

  /** A request of which nothing is sent before somebody has been asked. */
  private record Held(Authorizing by, RequestBody body) {}

  Exchange(Origin origin, RequestHead head, ServerStream client) {
    this.origin = origin;
    this.head = head;
    this.client = client;
    this.grpc = head.grpc();
    this.record = new RequestRecord(origin.loop().tools().ticker().exact());
  }

  Origin origin() {
    return origin;
  }

  RequestHead head() {
    return head;
  }

  ServerStream client() {
    return client;
  }

  RequestRecord record() {
    return record;
  }

  boolean grpc() {
    return grpc;
  }

  boolean over() {
    return over;
  }

  /** Whether the answer's head has been sent. */
  boolean answered() {
    return answered;
  }

  /** The request takes up one of its source's places until it is over. */
  void counted() {
    counted = true;
  }

  void observedBy(RequestObservation by) {
    observation = by;
    CharSequence traceparent = by.traceparent();
    if (traceparent != null) {
      String before = head.get(Names.TRACEPARENT);
      if (before == null || !sameTrace(before, traceparent)) {
        // What vendors wrote belongs to the trace they wrote it in (Trace Context §3.3).
        head.remove(Names.TRACESTATE);
      }
      head.set(Names.TRACEPARENT, traceparent);
    }
  }

  private static boolean sameTrace(CharSequence one, CharSequence other) {
    return AsciiString.regionMatches(one, false, TRACE_ID, other, TRACE_ID, TRACE_ID_LENGTH);
  }

  /** Who would observe the request may never come to it: then this does, at its end. */
  void observedAtLast(Runnable by) {
    unobserved = by;
  }

  /** Hears of the answer too. */
  void tags(@Nullable RequestTags ofGateway) {
    tags = ofGateway;
  }

  /** What the rule changes in answers, the proxy's own included. */
  void edits(HeaderEdits ofRule) {
    edits = ofRule;
  }

  /** Nothing is sent before somebody has been asked. */
  void awaits(Authorizing by, RequestBody body) {
    held = new Held(by, body);
  }

  /** What who was asked changes in the server's answer. */
  HeaderEdits authEdits() {
    return authEdits;
  }

  /** Somebody let the request pass. */
  void passed(AuthVerdict.Pass verdict) {
    authEdits = authEdits.then(verdict.response());
  }

  boolean isCounted() {
    return counted;
  }

  void forwardedBy(Forwarding by) {
    forwarding = by;
  }

  /** Ends with 504 unless the answer has begun by then (GEP-1742). */
  void deadline(Future<?> future) {
    deadline = future;
  }

  // ---- from the client

  @Override
  public void data(ByteBuf data, boolean end) {
    record.requestBytes += data.readableBytes();
    if (forwarding != null && !over) {
      forwarding.data(data, end);
    } else if (held != null && !over) {
      held.body().add(data, end);
      held.by().progress();
    } else {
      int length = data.readableBytes();
      data.release();
      client.consumed(length);
    }
  }

  @Override
  public void trailers(Trailers trailers) {
    if (forwarding != null && !over) {
      forwarding.trailers(trailers);
    } else if (held != null && !over) {
      held.body().add(trailers);
      held.by().progress();
    }
  }

  @Override
  public void cancelled() {
    if (!over) {
      record.reason = record.reason == null ? "CLIENT_CANCELLED" : record.reason;
      finish();
    }
  }

  @Override
  public void writable() {
    if (forwarding != null && !over) {
      forwarding.clientWritable();
    }
  }

  // ---- to the client

  /** The proxy answers itself. */
  void reply(LocalReply reply) {
    if (over) {
      return;
    }
    if (answered) {
      abort(reply.reason());
      return;
    }
    answered = true;
    record.reason = reply.reason();
    boolean reasons = origin.tables().settings().reasonHeader();
    ResponseHead answer = grpc ? Replies.grpc(reply) : Replies.http(reply);
    edits.apply(new HeadSink(answer));
    if (reasons) {
      answer.set(Names.WEFT_REASON, reply.reason());
    }
    record.status = answer.status();
    record.grpcStatus = grpc ? reply.grpcStatus() : -1;
    if (grpc || head.method().equals("HEAD")) {
      client.head(answer, true);
    } else {
      client.head(answer, false);
      client.data(Replies.text(reply), true);
    }
    finish();
  }

  /** An external authorization answers in the proxy's place. */
  void reply(AuthVerdict.Deny deny) {
    if (over) {
      return;
    }
    answered = true;
    record.reason = LocalReply.AUTH_DENIED.reason();
    boolean bare = grpc || Replies.bodiless(deny.status()) || head.method().equals("HEAD");
    ByteString body = bare ? ByteString.EMPTY : deny.body();
    ResponseHead answer = grpc ? Replies.grpc(deny) : Replies.of(deny, body.size());
    edits.apply(new HeadSink(answer));
    if (origin.tables().settings().reasonHeader()) {
      answer.set(Names.WEFT_REASON, record.reason);
    }
    record.status = answer.status();
    record.grpcStatus = grpc ? Replies.grpcStatusOf(deny.status()) : -1;
    client.head(answer, body.isEmpty());
    if (!body.isEmpty()) {
      client.data(Unpooled.wrappedBuffer(body.asReadOnlyByteBuffer()), true);
    }
    finish();
  }

  /** A redirect, or another answer without a body. */
  void reply(ResponseHead answer) {
    answered = true;
    record.status = answer.status();
    client.head(answer, true);
    finish();
  }

  /** Passes the server's head on; whoever calls passes the rest as well. */
  void answer(ResponseHead answer, boolean end) {
    answered = true;
    record.status = answer.status();
    Future<?> timer = deadline;
    if (timer != null) {
      timer.cancel(false);
      deadline = null;
    }
    RequestTags toldOf = tags;
    if (toldOf != null) {
      toldOf.take(answer::get);
    }
    client.head(answer, end);
    if (end) {
      grpcStatus(answer.get(Names.GRPC_STATUS));
      finish();
    }
  }

  void answerData(ByteBuf data, boolean end) {
    record.responseBytes += data.readableBytes();
    client.data(data, end);
    if (end) {
      finish();
    }
  }

  void answerTrailers(Trailers trailers) {
    grpcStatus(trailers.get(Names.GRPC_STATUS));
    client.trailers(trailers);
    finish();
  }

  private void grpcStatus(@Nullable String value) {
    if (grpc && value != null) {
      record.grpcStatus = Replies.grpcStatus(value);
    }
  }

  /** Breaks the answer off: it has begun, and cannot be completed. */
  void abort(String reason) {
    if (!over) {
      record.reason = reason;
      client.abort();
      finish();
    }
  }

  /** The last phase: everything is given back, and the observers learn of it. */
  void finish() {
    if (over) {
      return;
    }
    over = true;
    Future<?> timer = deadline;
    if (timer != null) {
      timer.cancel(false);
    }
    if (held != null) {
      held.by().close();
    }
    if (forwarding != null) {
      forwarding.close();
    } else if (held != null) {
      held.body().release();
    }
    if (counted) {
      origin.loop().shares().end(origin.usage());
    }
    Runnable late = unobserved;
    if (observation == null && late != null) {
      late.run();
    }
    RequestObservation by = observation;
    if (by != null) {
      by.end(record.end(origin.loop().tools().ticker().exact()));
    }
  }

  /** The endpoint that is tried. */
  void towards(Peer destination, boolean mutualTls) {
    record.destination = destination;
    record.mutualTls = mutualTls;
    record.attempts++;
  }
}
