package dev.weft.proxy.observe;

/** On whose behalf the proxy handles the traffic. */
public enum Side {
  /** For a client pod of this node. */
  OUTBOUND,
  /** For a server pod of this node. */
  INBOUND,
  /** For a Gateway. */
  GATEWAY
}
