package dev.weft.proxy.auth;

import com.google.protobuf.ByteString;
import dev.weft.proxy.http.RequestHead;
import dev.weft.proxy.observe.Peer;
import dev.weft.routing.RequestFacts;
import org.jspecify.annotations.Nullable;

/**
 * A request to an external authorization, ready to be sent.
 *
 * @param body the whole of it
 */
public record AuthQuestion(RequestHead head, ByteString body) {

  /**
   * What is known of the request that is asked about.
   *
   * @param head its head
   * @param facts the same as it was routed
   * @param authority its authority as it came, before any rewrite
   * @param ends of the connection that it came on
   * @param body what of its body is sent along; empty when none is
   * @param size of its body in bytes; -1: not known
   */
  public record About(
      RequestHead head,
      RequestFacts facts,
      String authority,
      Ends ends,
      ByteString body,
      long size) {}

  /**
   * The ends of a connection.
   *
   * @param destination original destination, IPv4 in host order
   * @param service that the request goes to, as telemetry names it; empty: none
   * @param sni server name of the client's TLS handshake; {@code null}: none
   */
  public record Ends(Peer client, int destination, String service, @Nullable String sni) {}
}
