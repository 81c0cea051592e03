package dev.weft.proxy;

import dev.weft.proxy.http.Names;
import dev.weft.proxy.http.RequestHead;
import dev.weft.proxy.observe.Side;
import dev.weft.routing.BackendChoice;
import dev.weft.routing.ExternalAuth;
import dev.weft.routing.LocalReply;
import dev.weft.routing.Mirror;
import dev.weft.routing.Plan;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What is done to a request between its route and its first attempt: whoever must be asked is
 * asked, the head is rewritten and edited, copies are begun. One instance for each client
 * connection; confined to its event loop.
 */
final class Departure {
  private final Origin origin;

  Departure(Origin origin) {
    this.origin = origin;
  }

  /**
   * Where the route leads.
   *
   * @param plan {@code null} for a pod that was addressed itself
   * @param backend {@code null} likewise
   * @param prefixLength of the path, that the rule matched
   */
  record Routed(
      Destination destination,
      Plan.@Nullable Forward plan,
      BackendChoice.@Nullable ToService backend,
      int prefixLength) {}

  /** The request goes, unless somebody has to be asked first. */
  void forward(Exchange exchange, Facts facts, Routed routed, RequestBody body) {
    Plan.Forward plan = routed.plan();
    if (plan != null) {
      deadline(exchange, plan);
    }
    if (plan == null || plan.auths().isEmpty()) {
      go(exchange, facts, routed, body);
    } else {
      await(exchange, facts, plan.auths(), body, () -> go(exchange, facts, routed, body));
    }
  }

  private void go(Exchange exchange, Facts facts, Routed routed, RequestBody body) {
    Forwarding forwarding = new Forwarding(exchange, routed.destination(), body);
    exchange.forwardedBy(forwarding);
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

  /** Asks one after the other, and goes on when all let the request pass. */
  static void await(
      Exchange exchange,
      Facts facts,
      List<ExternalAuth> auths,
      RequestBody body,
      Authorizing.Passed passed) {
    Authorizing authorizing = new Authorizing(exchange, facts, body, auths, passed);
    exchange.awaits(authorizing, body);
    authorizing.step();
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
}
