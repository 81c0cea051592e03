package dev.weft.proxy.observe;

/**
 * Receives the facts of proxied requests and connections. Every method runs on an event loop: it
 * must return at once, may not block, lock or throw, and must cost next to nothing for a request
 * that is not sampled.
 */
public interface ProxyObserver {

  /** Called when a request's head has been read and its route is known, before it is forwarded. */
  RequestObservation begin(RequestStart start);

  /** Called once for each connection when it is accepted, refused or closed. */
  void connection(ConnectionEvent event);

  /** An observer that records nothing and joins no trace. */
  static ProxyObserver none() {
    return NoObserver.INSTANCE;
  }
}
