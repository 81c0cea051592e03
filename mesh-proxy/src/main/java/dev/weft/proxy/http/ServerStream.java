package dev.weft.proxy.http;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandler;

/** One request's way back to the client. Confined to the connection's event loop. */
public interface ServerStream extends Credit {

  /** Sends an informational answer, if the protocol version knows any. */
  void informational(ResponseHead head);

  /** Sends the answer's head; called once, first. */
  void head(ResponseHead head, boolean end);

  /** Sends a piece of the body and takes ownership of it. */
  void data(ByteBuf data, boolean end);

  /** Ends the answer with trailers. */
  void trailers(Trailers trailers);

  /** Breaks the answer off so that the client cannot take it for complete. */
  void abort();

  /**
   * Whether the client takes more at present. Otherwise {@link RequestReceiver#writable} follows.
   */
  boolean writable();

  /**
   * After a 101 was sent with {@link #head}: gives up HTTP on this connection.
   *
   * @return the channel, which reads and writes plain bytes from now on; {@code null} if the
   *     protocol has no such thing
   */
  boolean upgrade(ChannelHandler next);
}
