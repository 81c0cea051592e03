package dev.weft.proxy.http;

import io.netty.channel.Channel;

/** An open connection to a server. Confined to its event loop. */
public interface ClientConnection {

  /** Whether {@link #open} may be called now. */
  boolean available();

  /**
   * Sends a request's head.
   *
   * @param end whether the request has no body
   */
  ClientStream open(RequestHead head, boolean end, ResponseReceiver receiver);

  /** The connection. */
  Channel channel();

  /** Requests on their way. */
  int active();

  /** Takes no more requests and closes when the present ones are over. */
  void retire();

  /** Hears of the connection's availability. */
  interface Owner {
    /** The connection can take a request again after it could not. */
    void available(ClientConnection connection);

    /** The connection will never take a request again. */
    void gone(ClientConnection connection);
  }
}
