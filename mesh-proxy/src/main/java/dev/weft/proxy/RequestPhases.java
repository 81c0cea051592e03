package dev.weft.proxy;

import dev.weft.api.v1.Tracing;
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
import dev.weft.routing.Mirror;
import dev.weft.routing.Plan;
import dev.weft.routing.ProxyTables;
import dev.weft.routing.Route;
import dev.weft.routing.RouteTable;
import dev.weft.routing.ServicePort;
import dev.weft.routing.Target;
import dev.weft.routing.WorkloadInfo;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A request's way as a list of phases: accept → identify → route → authorise → rate-limit → pick →
 * connect → forward → answer → record. The first five happen here and at once; {@link Forwarding}
 * and {@link Attempt} do pick to answer, {@link Exchange#finish} records. One instance for each
 * client connection; confined to its event loop.
 */
final class RequestPhases implements RequestAcceptor {
  private final Origin origin;

  RequestPhases(Origin origin) {
    this.origin = origin;
  }

  /** What a phase found out: how it goes on, or an answer that ends it. */
  private sealed interface Step {
    /** The proxy answers. */
    record Reply(LocalReply reply) implements Step {}

    /** The rule answers. */
    record Answer(Plan.Answer answer) implements Step {}

    /** The request goes on to the next phase. */
    record Go(Routed routed) implements Step {}
  }

  /**
   * Where the route leads.
   *
   * @param plan {@code null} for a pod that was addressed itself
   * @param backend {@code null} likewise
   * @param prefixLength of the path, that the rule matched
   */
  private record Routed(
      Destination destination,
      Plan.@Nullable Forward plan,
      BackendChoice.@Nullable ToService backend,
      int prefixLength) {}

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
    step = step instanceof Step.Go ? authorise(exchange, facts, step) : step;
    step = step instanceof Step.Go ? limit(exchange, step) : step;
    observe(exchange, facts);
    switch (step) {
      case Step.Reply(LocalReply reply) -> exchange.reply(reply);
      case Step.Answer(Plan.Answer own) -> exchange.reply(Replies.of(own));
      case Step.Go(Routed routed) -> forward(exchange, facts, routed, end);
    }
    return exchange;
  }

  /**
   * Who the client is was found out with the connection; here, whether it may speak on this one.
   */
  private @Nullable Step identify() {
    return origin.isStranger() ? new Step.Reply(Way.MTLS_REQUIRED) : null;
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
        : match(exchange, facts, listener.routes());
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
      case BackendChoice.Invalid invalid -> new Step.Reply(LocalReply.of(invalid));
      case BackendChoice.ToService backend -> {
        ServicePort service = origin.tables().service(backend.service());
        if (service == null) {
          yield new Step.Reply(
              LocalReply.of(new BackendChoice.Invalid("no service " + backend.service())));
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
                    plan.timeouts().backendMillis()),
                plan,
                backend,
                matched.prefixLength()));
      }
    };
  }

  private static void rewrite(
      RequestHead head,
      Facts facts,
      int prefixLength,
      Plan.Forward plan,
      BackendChoice.ToService backend) {
    String target = plan.pathAndQuery();
    String authority = plan.authority();
    if (backend.rewrite() != null) {
      String own = backend.rewrite().pathAndQuery(facts, prefixLength);
      target = own == null ? target : own;
      authority = backend.rewrite().hostname() == null ? authority : backend.rewrite().hostname();
    }
    if (target != null) {
      head.target(target);
    }
    if (authority != null) {
      head.authority(authority);
    }
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

  // ---- pick → connect → forward → answer → record

  private void forward(Exchange exchange, Facts facts, Routed routed, boolean end) {
    Forwarding forwarding = new Forwarding(exchange, routed.destination(), end);
    exchange.forwardedBy(forwarding);
    Plan.Forward plan = routed.plan();
    if (plan != null) {
      deadline(exchange, plan);
    }
    if (plan == null || plan.auths().isEmpty()) {
      go(exchange, facts, routed, forwarding);
      return;
    }
    Authorizing authorizing =
        new Authorizing(
            exchange,
            facts,
            forwarding.body(),
            plan.auths(),
            new Authorizing.Passed() {
              @Override
              public void answerEdits(AuthVerdict.Pass verdict) {
                forwarding.authEdits(verdict.response());
              }

              @Override
              public void go() {
                RequestPhases.this.go(exchange, facts, routed, forwarding);
              }
            });
    forwarding.awaits(authorizing);
    authorizing.step();
  }

  private void go(Exchange exchange, Facts facts, Routed routed, Forwarding forwarding) {
    routed.destination().begin(origin.loop());
    Plan.Forward plan = routed.plan();
    BackendChoice.ToService backend = routed.backend();
    if (plan != null && backend != null) {
      rewrite(exchange.head(), facts, routed.prefixLength(), plan, backend);
      plan.request().apply(facts);
      backend.request().apply(facts);
      if (origin.side() == Side.GATEWAY) {
        forwarded(exchange.head());
      }
      forwarding.mirrors(
          mirror(exchange, plan.mirrors(), backend.mirrors(), forwarding.body().empty()));
    }
    forwarding.attempt();
  }

  /** Of the whole request, from its head on. */
  private void deadline(Exchange exchange, Plan.Forward plan) {
    if (plan.timeouts().requestMillis() > 0) {
      exchange.deadline(
          origin
              .loop()
              .loop()
              .schedule(
                  () -> exchange.reply(LocalReply.REQUEST_TIMEOUT),
                  plan.timeouts().requestMillis(),
                  TimeUnit.MILLISECONDS));
    }
  }

  /** What servers behind a Gateway cannot see for themselves any more. */
  private void forwarded(RequestHead head) {
    String client = origin.peer().address();
    String before = head.get(Names.FORWARDED_FOR);
    head.set(Names.FORWARDED_FOR, before == null ? client : before + ", " + client);
    head.set(Names.FORWARDED_PROTO, origin.scheme());
    head.add(Names.VIA, (head.http2Origin() ? "2" : "1.1") + " weft");
  }

  private List<MirrorCopy> mirror(
      Exchange exchange, List<Mirror> rule, List<Mirror> backend, boolean end) {
    // A copy of an upgrade would never end: what follows is not HTTP.
    if ((rule.isEmpty() && backend.isEmpty()) || exchange.head().upgrade()) {
      return List.of();
    }
    List<MirrorCopy> copies = new ArrayList<>(1);
    mirror(copies, exchange, rule, end);
    mirror(copies, exchange, backend, end);
    return copies;
  }

  private void mirror(
      List<MirrorCopy> copies, Exchange exchange, List<Mirror> mirrors, boolean end) {
    for (Mirror mirror : mirrors) {
      if (mirror.wants(origin.loop().random().nextLong())) {
        MirrorCopy copy = MirrorCopy.start(exchange, mirror.backend(), end);
        if (copy != null) {
          copies.add(copy);
        }
      }
    }
  }

  /** RFC 9110 §9.2.2. */
  static boolean idempotent(String method) {
    return switch (method) {
      case "GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE" -> true;
      default -> false;
    };
  }
}
