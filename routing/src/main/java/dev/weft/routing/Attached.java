package dev.weft.routing;

import dev.weft.api.v1.Attachment;
import java.util.List;

/**
 * A compiled route at one of its places.
 *
 * @param hostnames those that it has there; none: every host
 */
record Attached<R extends Attached.Route>(R route, List<String> hostnames) {

  /** What is attached: a route of any kind, compiled apart from its places. */
  interface Route {
    List<Attachment> attachments();
  }
}
