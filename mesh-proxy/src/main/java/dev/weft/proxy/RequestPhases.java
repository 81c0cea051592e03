package dev.weft.proxy;

import dev.weft.api.v1.Tracing;
import dev.weft.proxy.Departure.Routed;
import dev.weft.proxy.http.Names;
import dev.weft.proxy.http.RequestAcceptor;
import dev.weft.proxy.http.RequestHead;
import dev.weft.proxy.http.RequestReceiver;
import dev.weft.proxy.http.ServerStream;
import dev.weft.proxy.observe.RequestStart;
import dev.weft.proxy.observe.RequestTags;
import dev.weft.proxy.observe.Side;
import dev.weft.routing.Authorization;
import dev.weft.routing.Authorizer;
import dev.weft.routing.BackendChoice;
import dev.weft.routing.GatewayListener;
import dev.weft.routing.GatewayPort;
import dev.weft.routing.LocalReply;
import dev.weft.routing.Plan;
import dev.weft.routing.ProxyTables;
import dev.weft.routing.Route;
import dev.weft.routing.RouteTable;
import dev.weft.routing.ServicePort;
import dev.weft.routing.Target;
import dev.weft.routing.WorkloadInfo;
import org.jspecify.annotations.Nullable;

/**
 * A request's way as a list of phases: accept → identify → route → authorise → rate-limit → pick →
 * connect → forward → answer → record. The first five happen here and at once, unless somebody must
 * be asked first; {@link Departure} makes the request ready, {@link Forwarding} and {@link Attempt}
 * do pick to answer, {@link Exchange#finish} records. One instance for each client connection;
 * confined to its event loop.
 */
final class RequestPhases implements RequestAcceptor {
  private final Origin origin;
  private final Departure departure;

  RequestPhases(Origin origin) {
    this.origin = origin;
    this.departure = new Departure(origin);
  }

  /** What a phase found out: how it goes on, or an answer that ends it. */
  private sealed interface Step {
    /** The proxy answers. */
    record Reply(LocalReply reply) implements Step {}

    /** The rule answers. */
    record Answer(Plan.Answer answer) implements Step {}

    /** Somebody is asked before any route is looked at. */
    record Ask(GatewayListener listener) implements Step {}

    /** The request goes on to the next phase. */
    record Go(Routed routed) implements Step {}
  }

  @Override
  public RequestReceiver accept(RequestHead head, boolean end, ServerStream answer) {
    Exchange exchange = new Exchange(origin, head, answer);
    origin.refresh(); // the tables of this request, to its end
    Facts facts = Facts.of(origin, head);
    if (facts == null) {
      exchange.reply(LocalReply.BAD_REQUEST);
      return exchange;
    }
    Step step = identify();
    step = step == null ? route(exchange, facts) : step;
    RequestBody body = new RequestBody(answer, false, end);
    if (step instanceof Step.Ask(GatewayListener listener)) {
      ask(exchange, facts, listener, body);
    } else {
      proceed(exchange, facts, step, body);
    }
    return exchange;
  }

  /** What follows on the route. */
  private void proceed(Exchange exchange, Facts facts, Step routedTo, RequestBody body) {
    Step step = routedTo;
    step = step instanceof Step.Go ? authorise(exchange, facts, step) : step;
    step = step instanceof Step.Go ? limit(exchange, step) : step;
    observe(exchange, facts);
    switch (step) {
      case Step.Reply(LocalReply reply) -> exchange.reply(reply);
      case Step.Answer(Plan.Answer own) -> exchange.reply(Replies.of(own));
      case Step.Go(Routed routed) -> departure.forward(exchange, facts, routed, body);
      case Step.Ask _ -> throw new IllegalStateException("nobody is asked twice");
    }
  }

  /** The filters of a listener come before its routes (GEP-5224). */
  private void ask(Exchange exchange, Facts facts, GatewayListener listener, RequestBody body) {
    exchange.observedAtLast(() -> observe(exchange, facts));
    Step limited = limit(exchange, new Step.Ask(listener));
    if (limited instanceof Step.Reply(LocalReply reply)) {
      exchange.reply(reply);
      return;
    }
    Departure.await(
        exchange,
        facts,
        listener.auths(),
        body,
        () -> proceed(exchange, facts, match(exchange, facts, listener.routes()), body));
  }

  /**
   * Who the client is was found out with the connection; here, whether it may speak on this one.
   */
  private @Nullable Step identify() {
    return origin.isStranger() ? new Step.Reply(LocalReply.MTLS_REQUIRED) : null;
  }

  // ---- route

  private Step route(Exchange exchange, Facts facts) {
    return switch (origin.target()) {
      case Target.ServiceTarget(ServicePort port) -> {
        exchange.record().service = port.name();
        WorkloadInfo source = origin.source();
        yield match(exchange, facts, port.routes(source == null ? "" : source.namespace()));
      }
      case Target.GatewayTarget(GatewayPort port) -> gateway(exchange, facts, port);
      case Target.PodTarget pod ->
          new Step.Go(new Routed(Destination.pod(origin.pod(pod)), null, null, 0));
      case Target.UnknownTarget _ -> new Step.Reply(LocalReply.NO_ROUTE);
    };
  }

  @SuppressWarnings("ReferenceEquality") // a port hands out one instance a listener
  private Step gateway(Exchange exchange, Facts facts, GatewayPort port) {
    GatewayListener listener = port.listener(facts.host());
    if (listener == null) {
      return new Step.Reply(LocalReply.NO_ROUTE);
    }
    String sni = origin.sni();
    // Another listener's host on this connection: its certificate and its demands on clients were
    // never looked at (Gateway API, Listener.hostname).
    return origin.ends().tls() && listener != port.listener(sni == null ? "" : sni)
        ? new Step.Reply(LocalReply.MISDIRECTED)
        : listener.auths().isEmpty()
            ? match(exchange, facts, listener.routes())
            : new Step.Ask(listener);
  }

  private Step match(Exchange exchange, Facts facts, RouteTable table) {
    if (!(table.route(facts) instanceof Route.Matched matched)) {
      return new Step.Reply(LocalReply.NO_ROUTE);
    }
    exchange.record().route = matched.rule().id();
    return switch (matched.plan(facts)) {
      case Plan.Answer answer -> new Step.Answer(answer);
      case Plan.Forward plan -> {
        exchange.edits(plan.response());
        yield backend(exchange, matched, plan);
      }
    };
  }

  private Step backend(Exchange exchange, Route.Matched matched, Plan.Forward plan) {
    return switch (matched.rule().pick(origin.loop().random().nextLong())) {
      case BackendChoice.Invalid invalid ->
          new Step.Reply(LocalReply.invalidBackend(invalid.reason()));
      case BackendChoice.ToService backend -> {
        ServicePort service = origin.tables().service(backend.service());
        if (service == null) {
          yield new Step.Reply(LocalReply.invalidBackend("no service " + backend.service()));
        }
        exchange.record().service = service.name();
        yield new Step.Go(
            new Routed(
                new Destination(
                    service.appProtocol(),
                    service.endpoints(),
                    service,
                    plan.response(),
                    backend.response(),
                    plan.retry(),
                    plan.timeouts().backendMillis(),
                    Session.of(origin, matched.rule(), service, exchange.head())),
                plan,
                backend,
                matched.prefixLength()));
      }
    };
  }

  // ---- authorise

  private Step authorise(Exchange exchange, Facts facts, Step go) {
    ProxyTables tables = origin.tables();
    Authorizer authorizer =
        switch (origin.target()) {
          case Target.ServiceTarget(ServicePort port) -> tables.authorizer(port.key());
          case Target.GatewayTarget(GatewayPort port) -> tables.authorizer(port);
          case Target.PodTarget(WorkloadInfo pod, _) ->
              origin.side() == Side.INBOUND ? tables.authorizer(pod) : Authorizer.UNRESTRICTED;
          case Target.UnknownTarget _ -> Authorizer.UNRESTRICTED;
        };
    if (authorizer.isUnrestricted() || note(exchange, authorizer.authorize(facts))) {
      return go;
    }
    return new Step.Reply(LocalReply.DENIED);
  }

  /** Writes the verdict down; whether the request may pass. */
  static boolean note(Exchange exchange, Authorization verdict) {
    RequestRecord record = exchange.record();
    return switch (verdict) {
      case Authorization.Permit permit -> {
        if (!permit.policies().isEmpty()) {
          record.policy = permit.policies().getFirst();
        }
        if (!permit.audited().isEmpty()) {
          record.auditedBy = permit.audited().getFirst();
        }
        record.dryRunDenied |= !permit.dryRunDenied().isEmpty();
        yield true;
      }
      case Authorization.Denied denied -> {
        record.policy = denied.policy();
        yield false;
      }
    };
  }

  // ---- rate-limit

  private Step limit(Exchange exchange, Step go) {
    if (exchange.isCounted()) {
      return go;
    }
    if (!origin.loop().shares().begin(origin.usage())) {
      return new Step.Reply(LocalReply.OVERLOADED);
    }
    exchange.counted();
    return go;
  }

  private void observe(Exchange exchange, Facts facts) {
    RequestHead head = exchange.head();
    RequestRecord record = exchange.record();
    RequestTags tags = tags(head);
    exchange.tags(tags);
    exchange.observedBy(
        origin
            .loop()
            .observer()
            .begin(
                new RequestStart(
                    origin.side(),
                    record.startNanos,
                    exchange.grpc() ? "grpc" : head.http2Origin() ? "h2" : "http/1.1",
                    head.method(),
                    origin.scheme(),
                    facts.host(),
                    facts.pathAndQuery().substring(0, facts.pathLength()),
                    record.route,
                    record.service,
                    origin.peer(),
                    head.get(Names.TRACEPARENT),
                    head.get(Names.TRACESTATE),
                    head.get(Names.USER_AGENT),
                    tags)));
  }

  private @Nullable RequestTags tags(RequestHead head) {
    if (origin.side() != Side.GATEWAY
        || !(origin.target() instanceof Target.GatewayTarget(GatewayPort port))) {
      return null;
    }
    Tracing tracing = port.tracing();
    if (tracing == null) {
      return null;
    }
    RequestTags tags = new RequestTags(tracing);
    tags.take(head::get);
    return tags;
  }

  /** RFC 9110 §9.2.2. */
  static boolean idempotent(String method) {
    return switch (method) {
      case "GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE" -> true;
      default -> false;
    };
  }
}
