package dev.weft.proxy.auth;

import com.google.protobuf.ByteString;
import dev.weft.routing.HeaderEdits;
import dev.weft.routing.LocalReply;
import java.util.List;

/** What an external authorization says of a request. Immutable. */
public sealed interface AuthVerdict {

  /**
   * The request goes on.
   *
   * @param request changes to its head
   * @param response changes to the answer's head
   */
  record Pass(HeaderEdits request, HeaderEdits response) implements AuthVerdict {}

  /** The client gets this answer, and nobody else gets the request. */
  record Deny(int status, List<Field> fields, ByteString body) implements AuthVerdict {}

  /** There is no usable answer, or one that says nothing to the client. */
  record Refuse(LocalReply reply) implements AuthVerdict {}

  /** One line of a head that may be passed on, see {@link AuthFields}. */
  record Field(String name, String value) {}
}
