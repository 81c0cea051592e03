package dev.weft.controlplane;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Says whose bearer token is presented. */
interface NodeTokens {

  /** The node that a token belongs to, or null. May take as long as a question to an API server. */
  @Nullable String node(String token);

  /**
   * Takes the tokens of these nodes, and of others only where they were named in another way.
   *
   * @return all nodes whose tokens are taken now
   */
  Set<String> retain(Set<String> nodes);
}
