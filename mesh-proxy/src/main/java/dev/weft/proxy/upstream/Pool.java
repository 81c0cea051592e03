package dev.weft.proxy.upstream;

import dev.weft.proxy.http.ClientConnection;
import dev.weft.proxy.http.Failure;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Connections to one hop, and the requests that wait for one. HTTP/1.1 connections are used last
 * in, first out, so that surplus ones age and close; HTTP/2 ones are shared, the first with room.
 * Confined to one event loop.
 */
public final class Pool implements ClientConnection.Owner {

  /** A request that needs a connection. */
  public interface Waiter {
    /** Use it now: the connection is available until this returns. */
    void ready(ClientConnection connection);

    /** There will be none. */
    void failed(Failure failure);

    /** Whether the request has been given up. */
    boolean abandoned();
  }

  private final Hop hop;
  private final Upstreams upstreams;
  private final List<Idle> idle = new ArrayList<>(2);
  private final List<ClientConnection> shared = new ArrayList<>(1);
  private final Deque<Waiter> waiters = new ArrayDeque<>(2);
  private int open;
  private int connecting;
  private long lastUsed;

  Pool(Hop hop, Upstreams upstreams) {
    this.hop = hop;
    this.upstreams = upstreams;
    this.lastUsed = upstreams.now();
  }

  private record Idle(ClientConnection connection, long since) {}

  /** Where the connections go. */
  public Hop hop() {
    return hop;
  }

  /** Finds or opens a connection; the answer may come before this returns. */
  public void acquire(Waiter waiter) {
    lastUsed = upstreams.now();
    ClientConnection connection = hop.http2() ? sharedConnection() : idleConnection();
    if (connection != null) {
      waiter.ready(connection);
      return;
    }
    if (waiters.size() >= upstreams.limits().maxWaiting()) {
      waiter.failed(Failure.REFUSED);
      return;
    }
    waiters.add(waiter);
    if (wantsConnection()) {
      connect();
    }
  }

  private boolean wantsConnection() {
    if (open + connecting >= upstreams.limits().maxConnections()) {
      return false;
    }
    // A connection that is being opened will take many HTTP/2 requests: opening one each would be a
    // storm.
    return hop.http2() ? connecting == 0 : waiters.size() > connecting;
  }

  private @Nullable ClientConnection idleConnection() {
    while (!idle.isEmpty()) {
      ClientConnection connection = idle.removeLast().connection();
      if (connection.available()) {
        return connection;
      }
    }
    return null;
  }

  private @Nullable ClientConnection sharedConnection() {
    for (int i = 0; i < shared.size(); i++) {
      if (shared.get(i).available()) {
        return shared.get(i);
      }
    }
    return null;
  }

  private void connect() {
    connecting++;
    upstreams.open(
        this,
        new Upstreams.Made() {
          @Override
          public void made(ClientConnection connection) {
            connecting--;
            open++;
            if (hop.http2()) {
              shared.add(connection);
            }
            available(connection);
          }

          @Override
          public void failed(Failure failure) {
            connecting--;
            connectFailed(failure);
          }
        });
  }

  /** All who wait learn of it: the next endpoint is theirs to choose. */
  private void connectFailed(Failure failure) {
    List<Waiter> all = new ArrayList<>(waiters);
    waiters.clear();
    for (Waiter waiter : all) {
      if (!waiter.abandoned()) {
        waiter.failed(failure);
      }
    }
  }

  @Override
  public void available(ClientConnection connection) {
    while (connection.available()) {
      Waiter waiter = nextWaiter();
      if (waiter == null) {
        if (!hop.http2()) {
          idle.add(new Idle(connection, upstreams.now()));
        }
        return;
      }
      waiter.ready(connection);
    }
    if (!waiters.isEmpty() && wantsConnection()) {
      connect();
    }
  }

  private @Nullable Waiter nextWaiter() {
    Waiter waiter = waiters.poll();
    while (waiter != null && waiter.abandoned()) {
      waiter = waiters.poll();
    }
    return waiter;
  }

  @Override
  public void gone(ClientConnection connection) {
    open--;
    if (hop.http2()) {
      shared.remove(connection);
    } else {
      idle.removeIf(entry -> entry.connection().equals(connection));
    }
    if (!waiters.isEmpty() && wantsConnection()) {
      connect();
    }
  }

  /**
   * Closes what was not used since a moment.
   *
   * @return whether nothing is left, so that the pool may be forgotten
   */
  boolean expire(long before) {
    // The oldest come first.
    for (Iterator<Idle> it = idle.iterator(); it.hasNext(); ) {
      Idle entry = it.next();
      if (entry.since() - before > 0 && entry.connection().available()) {
        break;
      }
      it.remove();
      entry.connection().retire();
    }
    if (hop.http2() && lastUsed - before <= 0) {
      for (ClientConnection connection : List.copyOf(shared)) {
        if (connection.active() == 0) {
          connection.retire();
        }
      }
    }
    return open == 0 && connecting == 0 && waiters.isEmpty() && lastUsed - before <= 0;
  }

  /** Closes every connection once its requests are over. */
  void close() {
    List.copyOf(shared).forEach(ClientConnection::retire);
    List.copyOf(idle).forEach(entry -> entry.connection().retire());
    idle.clear();
  }
}
