package dev.weft.proxy;

import dev.weft.identity.SvidSource;
import dev.weft.proxy.http.Flusher;
import dev.weft.proxy.http.LoopReads;
import dev.weft.proxy.http.LoopTools;
import dev.weft.proxy.http.Ticker;
import dev.weft.proxy.observe.ProxyObserver;
import dev.weft.proxy.upstream.BackendTlsContexts;
import dev.weft.proxy.upstream.Connector;
import dev.weft.proxy.upstream.Tunnels;
import dev.weft.proxy.upstream.Upstreams;
import dev.weft.routing.ProxyTables;
import io.netty.channel.EventLoop;
import io.spiffe.spiffeid.SpiffeId;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** One event loop and everything mutable that its connections share. Confined to that loop. */
final class ProxyLoop {
  private static final int MAX_NAMES = 10_000;

  /**
   * What all loops of a proxy share; all of it is safe to share.
   *
   * @param contextMaker a thread for work that takes milliseconds
   */
  record Shared(
      ProxyOptions options,
      SvidSource identities,
      ProxyObserver observer,
      Supplier<ProxyTables> tables,
      GatewayContexts gateways,
      Executor contextMaker) {}

  /** A client's connection that can be told to finish. */
  interface Drainable {
    /** Finishes what is under way and closes. */
    void drain();

    /** Closes at once. */
    void close();

    /** The tables have changed: closes what they no longer allow. */
    default void reconsider() {}
  }

  private final EventLoop loop;
  private final Shared shared;
  private final LoopTools tools;
  private final LoopReads reads = new LoopReads();
  private final Upstreams upstreams;
  private final RandomGenerator random;
  private final Balancer balancer;
  private final RetryBudgets budgets;
  private final Shares shares;
  private final SessionTokens sessions;
  private final Map<String, SpiffeId> names = new HashMap<>();
  private final Set<Drainable> connections = new LinkedHashSet<>();
  private @Nullable CompletableFuture<Void> drained;
  private ProxyTables judged = ProxyTables.empty();

  ProxyLoop(EventLoop loop, Shared shared, long seed) {
    this.loop = loop;
    this.shared = shared;
    ProxyOptions options = shared.options();
    this.random = new SplittableRandom(seed);
    this.tools =
        new LoopTools(new Flusher(loop), new Ticker(options.machine().clock()), options.http());
    ProxyOptions.Upstream upstream = options.upstream();
    Connector connector =
        new Connector(
            loop,
            reads,
            new Connector.SocketOptions(
                upstream.transparent(), upstream.bindSource(), upstream.connectTimeout()));
    this.upstreams =
        new Upstreams(
            tools,
            connector,
            new Tunnels(connector, shared.identities(), random),
            new BackendTlsContexts(loop, shared.contextMaker(), tools.ticker()::coarse),
            new Upstreams.Limits(
                upstream.idleTimeout(), upstream.maxConnections(), upstream.maxWaiting()));
    this.balancer = new Balancer(random);
    this.sessions = new SessionTokens(options.machine().wall());
    this.shares = new Shares(options.fairness());
    this.budgets = new RetryBudgets(options.loops());
  }

  /** A few times a second. */
  @SuppressWarnings("ReferenceEquality") // instances are the versions
  void tick() {
    tools.ticker().tick();
    ProxyTables now = tables();
    if (now != judged) {
      judged = now;
      List.copyOf(connections).forEach(Drainable::reconsider);
    }
    upstreams.expire();
    long moment = tools.ticker().coarse();
    balancer.expire(moment);
    budgets.expire(moment);
  }

  /** The SPIFFE id of a workload. */
  SpiffeId spiffeId(String text) {
    if (names.size() > MAX_NAMES) {
      names.clear();
    }
    return names.computeIfAbsent(text, SpiffeId::parse);
  }

  void add(Drainable connection) {
    connections.add(connection);
    if (drained != null) {
      connection.drain();
    }
  }

  void remove(Drainable connection) {
    connections.remove(connection);
    if (drained != null && connections.isEmpty()) {
      drained.complete(null);
    }
  }

  /** Lets every connection finish, and tells when they have. */
  void drain(CompletableFuture<Void> whenEmpty) {
    drained = whenEmpty;
    List.copyOf(connections).forEach(Drainable::drain);
    if (connections.isEmpty()) {
      whenEmpty.complete(null);
    }
  }

  boolean draining() {
    return drained != null;
  }

  /** Breaks everything off. */
  void close() {
    List.copyOf(connections).forEach(Drainable::close);
    upstreams.close();
  }

  EventLoop loop() {
    return loop;
  }

  ProxyOptions options() {
    return shared.options();
  }

  SvidSource identities() {
    return shared.identities();
  }

  ProxyObserver observer() {
    return shared.observer();
  }

  GatewayContexts gateways() {
    return shared.gateways();
  }

  /** The one volatile read. */
  ProxyTables tables() {
    return shared.tables().get();
  }

  LoopTools tools() {
    return tools;
  }

  LoopReads reads() {
    return reads;
  }

  Upstreams upstreams() {
    return upstreams;
  }

  RandomGenerator random() {
    return random;
  }

  Balancer balancer() {
    return balancer;
  }

  RetryBudgets budgets() {
    return budgets;
  }

  /** Tokens of persistent sessions. */
  SessionTokens sessions() {
    return sessions;
  }

  Shares shares() {
    return shares;
  }
}
