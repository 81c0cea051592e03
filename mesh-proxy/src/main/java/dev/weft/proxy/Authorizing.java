package dev.weft.proxy;

import com.google.protobuf.ByteString;
import dev.weft.proxy.auth.AuthAnswer;
import dev.weft.proxy.auth.AuthCall;
import dev.weft.proxy.auth.AuthProtocol;
import dev.weft.proxy.auth.AuthQuestion;
import dev.weft.proxy.auth.AuthVerdict;
import dev.weft.proxy.http.Failure;
import dev.weft.proxy.http.Names;
import dev.weft.proxy.http.RequestHead;
import dev.weft.proxy.http.ResponseHead;
import dev.weft.routing.BackendChoice;
import dev.weft.routing.Endpoint;
import dev.weft.routing.ExternalAuth;
import dev.weft.routing.LocalReply;
import dev.weft.routing.ServicePort;
import io.netty.util.concurrent.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A request that waits for the external authorizations of its listener or rule, one after the other
 * (GEP-1494). Who gives no answer, too late, or one that is not understood has refused it. Confined
 * to the exchange's event loop.
 */
final class Authorizing implements AuthCall.Outcome {
  /** Endpoints that are tried for one question, after ones that did not get it. */
  private static final int TRIES = 3;

  private final Exchange exchange;
  private final Facts facts;
  private final String authority;
  private final RequestBody body;
  private final List<ExternalAuth> auths;
  private final Passed passed;
  private final List<Endpoint> tried = new ArrayList<>(1);
  private int next;
  private @Nullable AuthCall call;
  private @Nullable Endpoint endpoint;
  private @Nullable Future<?> deadline;
  private boolean wantsBody;
  private boolean over;

  /** What happens to a request that all let pass. */
  interface Passed {
    /** All of them did. */
    void go();
  }

  Authorizing(
      Exchange exchange, Facts facts, RequestBody body, List<ExternalAuth> auths, Passed passed) {
    this.exchange = exchange;
    this.facts = facts;
    this.authority = exchange.head().authority();
    this.body = body;
    this.auths = auths;
    this.passed = passed;
  }

  /** Asks the first one, or the next. */
  void step() {
    if (over) {
      return;
    }
    if (next == auths.size()) {
      over = true;
      passed.go();
      return;
    }
    ExternalAuth auth = auths.get(next);
    // What follows the head of an upgrade is not HTTP.
    int max = exchange.head().upgrade() ? 0 : auth.maxBody();
    if (max > 0 && Math.max(announced(), body.size()) > max) {
      exchange.reply(LocalReply.BODY_TOO_LARGE);
      return;
    }
    wantsBody = max > 0 && !body.ended();
    if (wantsBody) {
      invite();
      body.hold();
      return;
    }
    deadline =
        exchange
            .origin()
            .loop()
            .loop()
            .schedule(
                () -> refuse(LocalReply.AUTH_UNAVAILABLE),
                exchange.origin().loop().options().upstream().authTimeout().toMillis(),
                TimeUnit.MILLISECONDS);
    tried.clear();
    ask(auth);
  }

  /** More of the request has come. */
  void progress() {
    if (wantsBody) {
      step();
    }
  }

  /** The exchange is over. */
  void close() {
    over = true;
    wantsBody = false;
    stopWaiting();
    AuthCall open = call;
    if (open != null) {
      open.cancel();
    }
  }

  private void stopWaiting() {
    Future<?> timer = deadline;
    if (timer != null) {
      deadline = null;
      timer.cancel(false);
    }
  }

  /** A client that waits to be asked for its body (RFC 9110 §10.1.1). */
  private void invite() {
    RequestHead head = exchange.head();
    if ("100-continue".equalsIgnoreCase(head.get(Names.EXPECT))) {
      head.remove(Names.EXPECT);
      exchange.client().informational(ResponseHead.of(100));
    }
  }

  private long announced() {
    String length = exchange.head().get(Names.CONTENT_LENGTH);
    if (length == null || body.ended()) {
      return body.ended() ? body.size() : -1;
    }
    try {
      return Long.parseLong(length);
    } catch (NumberFormatException e) {
      return Long.MAX_VALUE;
    }
  }

  // ---- asking

  private void ask(ExternalAuth auth) {
    switch (auth.backend()) {
      case BackendChoice.Invalid invalid -> refuse(LocalReply.invalidBackend(invalid.reason()));
      case BackendChoice.ToService backend -> ask(auth, backend);
    }
  }

  private void ask(ExternalAuth auth, BackendChoice.ToService backend) {
    Origin origin = exchange.origin();
    ProxyLoop loop = origin.loop();
    ServicePort service = origin.tables().service(backend.service());
    Endpoint to =
        service == null || tried.size() >= TRIES
            ? null
            : loop.balancer().pick(service.endpoints(), tried, loop.tools().ticker().coarse());
    AuthProtocol protocol = AuthProtocol.of(auth.protocol());
    if (service == null
        || to == null
        || !(origin.way(to, protocol.http2(service.appProtocol()), service.tls())
            instanceof Way.Open way)) {
      refuse(LocalReply.AUTH_UNAVAILABLE);
      return;
    }
    AuthQuestion question = protocol.question(about(auth), service.key());
    if (!Arrival.permitted(origin, question.head(), way)) {
      refuse(LocalReply.AUTH_UNAVAILABLE);
      return;
    }
    tried.add(to);
    endpoint = to;
    loop.balancer().begin(to);
    AuthCall asked = new AuthCall(question, this, () -> loop.balancer().end(to));
    call = asked;
    loop.upstreams().pool(way.hop()).acquire(asked);
  }

  private AuthQuestion.About about(ExternalAuth auth) {
    ByteString sent = auth.maxBody() > 0 && body.ended() ? body.bytes() : ByteString.EMPTY;
    Origin origin = exchange.origin();
    AuthQuestion.Ends ends =
        new AuthQuestion.Ends(
            origin.peer(), origin.ends().address(), exchange.record().service, origin.sni());
    return new AuthQuestion.About(exchange.head(), facts, authority, ends, sent, announced());
  }

  // ---- answers

  @Override
  public void answered(AuthAnswer answer) {
    stopWaiting();
    switch (AuthProtocol.of(auths.get(next).protocol()).verdict(answer)) {
      case AuthVerdict.Pass pass -> {
        pass.request().apply(facts);
        exchange.passed(pass);
        next++;
        step();
      }
      case AuthVerdict.Deny deny -> exchange.reply(deny);
      case AuthVerdict.Refuse(LocalReply reply) -> refuse(reply);
    }
  }

  /** A question changes nothing, so whoever may not have got it is passed over. */
  @Override
  public void failed(Failure failure) {
    ProxyLoop loop = exchange.origin().loop();
    Endpoint at = endpoint;
    if (at != null && (failure == Failure.CONNECT || failure == Failure.CONNECT_TIMEOUT)) {
      loop.balancer().shun(at, loop.tools().ticker().coarse());
    }
    if (failure.unsent() || failure == Failure.STALE) {
      if (failure == Failure.STALE) {
        tried.remove(at); // the connection was old, not the endpoint bad
      }
      ask(auths.get(next));
    } else {
      refuse(
          failure == Failure.MALFORMED ? LocalReply.AUTH_MALFORMED : LocalReply.AUTH_UNAVAILABLE);
    }
  }

  private void refuse(LocalReply reply) {
    exchange.reply(reply); // ends the exchange, which closes this
  }
}
