package dev.weft.proxy.upstream;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import org.jspecify.annotations.Nullable;

/** IPv4 addresses between the JDK's form and host-order numbers. */
public final class Addresses {
  private Addresses() {}

  /** The JDK's form. */
  public static InetAddress of(int address) {
    byte[] bytes = {
      (byte) (address >>> 24), (byte) (address >>> 16), (byte) (address >>> 8), (byte) address
    };
    try {
      return InetAddress.getByAddress(bytes);
    } catch (UnknownHostException e) {
      throw new IllegalStateException("four bytes are an address", e);
    }
  }

  /** Host order; 0 for anything but IPv4 (and its IPv6 mapping, which the JDK unwraps). */
  public static int of(@Nullable SocketAddress address) {
    return address instanceof InetSocketAddress inet && inet.getAddress() instanceof Inet4Address v4
        ? of(v4)
        : 0;
  }

  private static int of(Inet4Address address) {
    byte[] b = address.getAddress();
    return b[0] << 24 | (b[1] & 255) << 16 | (b[2] & 255) << 8 | (b[3] & 255);
  }

  /** The port; 0 if it has none. */
  public static int port(@Nullable SocketAddress address) {
    return address instanceof InetSocketAddress inet ? inet.getPort() : 0;
  }
}
