package dev.weft.proxy.http;

/** Takes the requests of a server connection. */
public interface RequestAcceptor {

  /**
   * A request's head has been read and is well formed.
   *
   * @param end whether the request has no body
   * @param answer where the answer goes
   * @return who takes the rest of the request
   */
  RequestReceiver accept(RequestHead head, boolean end, ServerStream answer);

  /** Bytes came that are no HTTP; the connection is about to be closed. */
  default void malformed(int status, String why) {}
}
