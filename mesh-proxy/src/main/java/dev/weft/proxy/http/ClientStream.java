package dev.weft.proxy.http;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandler;

/**
 * One request's way to the server; the head has been sent already. Confined to the connection's
 * event loop.
 */
public interface ClientStream {

  /** Sends a piece of the body and takes ownership of it. */
  void data(ByteBuf data, boolean end);

  /** Ends the request with trailers. */
  void trailers(Trailers trailers);

  /** Gives the request up; the receiver hears nothing more. */
  void cancel();

  /**
   * Whether the server takes more at present. Otherwise {@link ResponseReceiver#writable} follows.
   */
  boolean writable();

  /** The client took so many bytes of the answer's body. */
  void consumed(int bytes);

  /** After a 101 came: gives up HTTP on this connection; see {@link ServerStream#upgrade}. */
  boolean upgrade(ChannelHandler next);
}
