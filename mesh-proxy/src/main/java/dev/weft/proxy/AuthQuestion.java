package dev.weft.proxy;

import com.google.protobuf.ByteString;
import dev.weft.proxy.http.RequestHead;

/**
 * A request to an external authorization, ready to be sent.
 *
 * @param body the whole of it
 */
record AuthQuestion(RequestHead head, ByteString body) {

  /**
   * What is known of the request that is asked about.
   *
   * @param facts its head as it was routed
   * @param authority its authority as it came, before any rewrite
   * @param body what of its body is sent along; empty when none is
   * @param size of its body in bytes; -1: not known
   */
  record About(Exchange exchange, Facts facts, String authority, ByteString body, long size) {}
}
