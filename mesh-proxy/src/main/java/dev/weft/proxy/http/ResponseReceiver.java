package dev.weft.proxy.http;

import io.netty.buffer.ByteBuf;

/** Takes the answer to one request sent upstream. */
public interface ResponseReceiver {

  /** An informational answer: 100, 102, 103. 101 comes as a {@link #head}. */
  void informational(ResponseHead head);

  /** The final answer's head. */
  void head(ResponseHead head, boolean end);

  /**
   * A piece of the answer's body; the receiver owns it and reports {@link ClientStream#consumed}.
   */
  void data(ByteBuf data, boolean end);

  /** The answer ends with trailers. */
  void trailers(Trailers trailers);

  /** There will be no more of an answer. The last call. */
  void failed(Failure failure);

  /** The server takes more of the request after {@link ClientStream#writable} was false. */
  void writable();
}
