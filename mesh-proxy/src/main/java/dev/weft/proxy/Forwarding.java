package dev.weft.proxy;

import dev.weft.proxy.http.Failure;
import dev.weft.proxy.http.Names;
import dev.weft.proxy.http.ResponseHead;
import dev.weft.proxy.http.Trailers;
import dev.weft.proxy.observe.Side;
import dev.weft.routing.AttemptFailure;
import dev.weft.routing.Authorizer;
import dev.weft.routing.Endpoint;
import dev.weft.routing.HeaderEdits;
import dev.weft.routing.HeaderSink;
import dev.weft.routing.LocalReply;
import dev.weft.routing.RetryDecision;
import dev.weft.routing.RetryPolicy;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The phases pick, connect, forward and answer of one exchange: attempts one after the other until
 * one is answered. Confined to the exchange's event loop.
 */
final class Forwarding {
  /**
   * Connections that failed before anything was sent are tried elsewhere so often, asked for or
   * not.
   */
  private static final int UNSENT_RETRIES = 2;

  private final Exchange exchange;
  private final Destination destination;
  private final RequestBody body;
  private final List<Endpoint> tried = new ArrayList<>(0);
  private List<MirrorCopy> mirrors = List.of();
  private @Nullable Attempt attempt;
  private int retries;
  private int unsentRetries;
  private boolean closed;

  /**
   * Not begun yet.
   *
   * @param body what has come of it
   */
  Forwarding(Exchange exchange, Destination destination, RequestBody body) {
    this.exchange = exchange;
    this.destination = destination;
    this.body = body;
    body.keep(destination.retry().attempts() > 0);
  }

  Exchange exchange() {
    return exchange;
  }

  RequestBody body() {
    return body;
  }

  Destination destination() {
    return destination;
  }

  void mirrors(List<MirrorCopy> copies) {
    mirrors = copies;
    mirrors.forEach(body::copyTo);
  }

  /** The first try, or another one. */
  void attempt() {
    if (closed) {
      return;
    }
    Endpoint endpoint = pick();
    if (endpoint == null) {
      exchange.reply(LocalReply.NO_ENDPOINT);
      return;
    }
    tried.add(endpoint);
    Origin origin = exchange.origin();
    switch (origin.way(endpoint, http2(), destination.tls())) {
      case Way.Closed(LocalReply reply, var peer) -> {
        exchange.towards(peer, false);
        exchange.reply(reply);
      }
      case Way.Open open -> {
        if (open.local() == null || permitted(open)) {
          start(endpoint, open);
        }
      }
    }
  }

  private void start(Endpoint endpoint, Way.Open way) {
    exchange.towards(
        way.peer(), way.hop().tunnel() != null || exchange.origin().ends().peer() != null);
    Attempt next = new Attempt(this, endpoint);
    attempt = next;
    next.start(exchange.origin().loop().upstreams().pool(way.hop()), destination.attemptMillis());
  }

  private @Nullable Endpoint pick() {
    Session session = destination.session();
    Endpoint known = session == null ? null : session.endpoint();
    if (known != null && tried.isEmpty()) {
      return known;
    }
    Origin origin = exchange.origin();
    Balancer balancer = origin.loop().balancer();
    return destination.clientIpAffinity()
        ? balancer.pickFor(origin.sourceAddress(), destination.endpoints(), tried)
        : balancer.pick(destination.endpoints(), tried, origin.loop().tools().ticker().coarse());
  }

  /** The server pod is on this node: its own policies are asked here, there is no second proxy. */
  private boolean permitted(Way.Open way) {
    if (exchange.origin().side() == Side.INBOUND || way.local() == null) {
      return true; // asked in the phase "authorise"
    }
    Origin origin = exchange.origin();
    Authorizer authorizer = origin.tables().authorizer(way.local());
    // What the pod's own proxy would see: the head after all edits.
    Facts seen = authorizer.isUnrestricted() ? null : Facts.of(origin, exchange.head());
    if (authorizer.isUnrestricted()
        || (seen != null
            && RequestPhases.note(
                exchange, authorizer.authorize(new Arrival(seen, origin, way.hop().port()))))) {
      return true;
    }
    exchange.towards(way.peer(), false);
    exchange.reply(LocalReply.DENIED);
    return false;
  }

  private boolean http2() {
    return switch (destination.appProtocol()) {
      case HTTP2 -> true;
      case WEBSOCKET -> false;
      case SNIFFED, HTTP, TCP, TLS ->
          exchange.head().http2Origin()
              && (exchange.grpc() || exchange.origin().side() != Side.GATEWAY);
    };
  }

  // ---- from the client

  void data(ByteBuf data, boolean end) {
    for (MirrorCopy mirror : mirrors) {
      mirror.data(data.retainedDuplicate(), end);
    }
    body.add(data, end);
  }

  void trailers(Trailers trailers) {
    mirrors.forEach(mirror -> mirror.trailers(trailers));
    body.add(trailers);
  }

  void clientWritable() {
    if (attempt != null) {
      attempt.giveCredit();
    }
  }

  // ---- from the attempt

  /** A final answer's head: passed on, unless it is one that the user wants retried. */
  boolean answer(ResponseHead head, boolean end) {
    if (destination.retry() != RetryPolicy.NONE
        && (retried(failureOf(head, end)) || exchange.answered())) {
      return false;
    }
    body.settle();
    edit(head);
    keep(head);
    exchange.answer(head, end);
    return true;
  }

  /** Tells the client where its session is. */
  private void keep(ResponseHead head) {
    Session session = destination.session();
    if (session != null && attempt != null) {
      session.answered(head, attempt.endpoint());
    }
  }

  private AttemptFailure failureOf(ResponseHead head, boolean end) {
    String grpcStatus = exchange.grpc() && end ? head.get(Names.GRPC_STATUS) : null;
    return grpcStatus == null
        ? new AttemptFailure.Answered(head.status())
        : new AttemptFailure.AnsweredGrpc(Replies.grpcStatus(grpcStatus));
  }

  private void edit(ResponseHead head) {
    HeaderEdits rule = destination.response();
    HeaderEdits backend = destination.backendResponse();
    HeaderEdits auth = exchange.authEdits();
    if (!rule.isEmpty() || !backend.isEmpty() || !auth.isEmpty()) {
      HeaderSink sink = new HeadSink(head);
      rule.apply(sink);
      backend.apply(sink);
      auth.apply(sink);
    }
  }

  /** An attempt broke off before it was answered. */
  void failed(Attempt which, Failure failure) {
    Origin origin = exchange.origin();
    if (failure == Failure.CONNECT || failure == Failure.CONNECT_TIMEOUT) {
      origin.loop().balancer().shun(which.endpoint(), origin.loop().tools().ticker().coarse());
    }
    if (exchange.answered()) {
      exchange.abort(Replies.of(failure).reason());
      return;
    }
    body.detach();
    if ((failure.retryable() && sentAgain(failure)) || retried(kind(failure))) {
      return;
    }
    exchange.reply(Replies.of(failure)); // nothing, if the budget has been the answer
  }

  private static AttemptFailure kind(Failure failure) {
    return switch (failure) {
      case CONNECT, CONNECT_TIMEOUT, REFUSED -> new AttemptFailure.NotProcessed();
      case STALE, RESET, MALFORMED, UNTRUSTED -> new AttemptFailure.Broken();
      case TIMEOUT -> new AttemptFailure.TimedOut();
    };
  }

  /**
   * What the server cannot have acted on goes to another one without being asked for: a pod that
   * has just gone must not cost a request. A pooled connection that turned out dead counts if doing
   * it twice is harmless.
   */
  private boolean sentAgain(Failure failure) {
    boolean harmless =
        failure.unsent()
            || (failure == Failure.STALE && RequestPhases.idempotent(exchange.head().method()));
    if (!harmless || unsentRetries >= UNSENT_RETRIES || !body.replayable() || closed) {
      return false;
    }
    unsentRetries++;
    attempt();
    return true;
  }

  private boolean retried(AttemptFailure failure) {
    ProxyLoop loop = exchange.origin().loop();
    RetryDecision decision =
        destination
            .retry()
            .decide(failure, exchange.head().method(), retries, loop.random().nextLong());
    if (!(decision instanceof RetryDecision.RetryAfter(long millis)) || !body.replayable()) {
      return false;
    }
    if (!destination.grantRetry(loop)) {
      if (destination.budgetAsked()) {
        exchange.reply(LocalReply.RETRY_BUDGET);
      }
      return false;
    }
    retries++;
    body.detach();
    if (millis == 0) {
      attempt();
    } else {
      loop.loop().schedule(this::attempt, millis, TimeUnit.MILLISECONDS);
    }
    return true;
  }

  /** The exchange is over. */
  void close() {
    if (closed) {
      return;
    }
    closed = true;
    Attempt last = attempt;
    if (last != null) {
      last.close();
    }
    body.release();
    mirrors.forEach(MirrorCopy::close);
  }
}
