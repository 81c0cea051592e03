package dev.weft.proxy.http;

import io.netty.buffer.ByteBuf;

/** Takes the rest of one request. */
public interface RequestReceiver {

  /**
   * A piece of the body.
   *
   * @param data owned by the receiver, which releases it and reports {@link ServerStream#consumed}
   *     once the other side took it
   */
  void data(ByteBuf data, boolean end);

  /** The request ends with trailers. */
  void trailers(Trailers trailers);

  /** The client broke the request off. Nothing may be sent to the stream any more. */
  void cancelled();

  /** The client takes more of the answer after {@link ServerStream#writable} was false. */
  void writable();
}
