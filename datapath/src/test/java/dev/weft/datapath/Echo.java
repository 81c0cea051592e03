package dev.weft.datapath;

import java.io.IOException;
import java.net.InetAddress;

/** One echo request. */
final class Echo {
  private Echo() {}

  /** Whether an answer came; for a thread that is in the sender's network namespace. */
  static boolean send(Ipv4 to) throws IOException {
    return InetAddress.ofLiteral(to.toString()).isReachable(1000);
  }
}
