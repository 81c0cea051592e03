package dev.weft.proxy.upstream;

import dev.weft.proxy.http.ClientConnection;
import dev.weft.proxy.http.Failure;
import dev.weft.proxy.http.H1ClientConnection;
import dev.weft.proxy.http.H2ClientConnection;
import dev.weft.proxy.http.LoopTools;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** All connections of one event loop to servers. */
public final class Upstreams {

  /**
   * How many connections, and for how long.
   *
   * @param idleTimeout of a connection without a request
   * @param maxConnections of one pool
   * @param maxWaiting requests of one pool that wait for a connection
   */
  public record Limits(Duration idleTimeout, int maxConnections, int maxWaiting) {}

  /** Who hears of a connection with its protocol. */
  interface Made {
    void made(ClientConnection connection);

    void failed(Failure failure);
  }

  private final LoopTools tools;
  private final Connector connector;
  private final Tunnels tunnels;
  private final BackendTlsContexts contexts;
  private final Limits limits;
  private final Map<Hop, Pool> pools = new HashMap<>();

  /** No connections yet. */
  public Upstreams(
      LoopTools tools,
      Connector connector,
      Tunnels tunnels,
      BackendTlsContexts contexts,
      Limits limits) {
    this.tools = tools;
    this.connector = connector;
    this.tunnels = tunnels;
    this.contexts = contexts;
    this.limits = limits;
  }

  Limits limits() {
    return limits;
  }

  long now() {
    return tools.ticker().coarse();
  }

  /** The pool of a hop. Do not keep it longer than a request: unused ones are forgotten. */
  public Pool pool(Hop hop) {
    Pool pool = pools.get(hop);
    if (pool == null) {
      pool = new Pool(hop, this);
      pools.put(hop, pool);
    }
    return pool;
  }

  /** Opens a connection for opaque bytes, never pooled. */
  public void raw(Hop hop, Connector.Opened opened) {
    connect(hop, false, opened);
  }

  /**
   * Opens a socket for datagrams.
   *
   * @throws IOException if the system has none to give
   */
  public Channel datagrams(Hop hop, ChannelHandler handler) throws IOException {
    return connector.datagrams(hop, handler);
  }

  private void connect(Hop hop, boolean http, Connector.Opened opened) {
    Hop.Tls tls = hop.tls();
    Connector.Opened outer = tls == null ? opened : securing(hop, tls, http, opened);
    if (hop.tunnel() == null) {
      connector.connect(hop, outer);
    } else {
      tunnels.open(hop, http && tls == null, outer);
    }
  }

  /** Speaks TLS on a connection before anybody gets it. */
  private Connector.Opened securing(Hop hop, Hop.Tls tls, boolean http, Connector.Opened opened) {
    TlsProtocol protocol = TlsProtocol.of(http, hop.http2());
    return new Connector.Opened() {
      @Override
      public void opened(Channel channel) {
        contexts.with(
            tls,
            protocol,
            context -> {
              if (context != null && channel.isActive()) {
                BackendHandshake.begin(
                    channel,
                    protocol,
                    context,
                    connector.connectTimeout().toMillis(),
                    why -> contexts.refused(hop, tls, protocol, why),
                    opened);
              } else {
                channel.close();
                opened.failed(context == null ? Failure.UNTRUSTED : Failure.CONNECT);
              }
            });
      }

      @Override
      public void failed(Failure failure) {
        opened.failed(failure);
      }
    };
  }

  void open(Pool pool, Made made) {
    connect(
        pool.hop(),
        true,
        new Connector.Opened() {
          @Override
          public void opened(Channel channel) {
            made.made(speak(channel, pool));
          }

          @Override
          public void failed(Failure failure) {
            made.failed(failure);
          }
        });
  }

  private ClientConnection speak(Channel channel, Pool pool) {
    return pool.hop().http2()
        ? H2ClientConnection.install(
            channel.pipeline(), tools, pool, pool.hop().tls() == null ? "http" : "https")
        : H1ClientConnection.install(channel.pipeline(), tools, pool);
  }

  /** Closes what has been idle for too long. Called a few times a second. */
  public void expire() {
    long before = now() - limits.idleTimeout().toNanos();
    pools.values().removeIf(pool -> pool.expire(before));
    tunnels.expire(now());
    contexts.expire();
  }

  /** Closes everything once its requests are over. */
  public void close() {
    List.copyOf(pools.values()).forEach(Pool::close);
    tunnels.close();
    contexts.close();
  }
}
