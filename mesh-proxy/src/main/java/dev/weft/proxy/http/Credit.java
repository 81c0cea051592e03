package dev.weft.proxy.http;

/** Back-pressure towards a sender. */
public interface Credit {

  /** The other side took so many bytes of a body: the sender may send as many more. */
  void consumed(int bytes);
}
