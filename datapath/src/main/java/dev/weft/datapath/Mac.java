package dev.weft.datapath;

import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.Arrays;
import java.util.HexFormat;

/** A MAC address. Weft's are functions of an IP address, so that nobody has to distribute them. */
public final class Mac {
  /** The node's end of every veth pair; pods know it as their gateway's. */
  static final Mac GATEWAY = of(0x0277, new Ipv4(0xa9fe0101));

  private final byte[] bytes;

  private Mac(byte[] bytes) {
    this.bytes = bytes;
  }

  private static Mac of(int prefix, Ipv4 address) {
    byte[] low = address.toBytes();
    return new Mac(
        new byte[] {(byte) (prefix >>> 8), (byte) prefix, low[0], low[1], low[2], low[3]});
  }

  /** An address of six bytes. */
  static Mac of(byte[] bytes) {
    return new Mac(bytes.clone());
  }

  /** A pod's device: 0a:58 and the pod's address. */
  static Mac ofPod(Ipv4 address) {
    return of(0x0a58, address);
  }

  /** A node's VXLAN device: 02:77 and the node's underlay address; the C side computes the same. */
  static Mac ofOverlay(Ipv4 node) {
    return of(0x0277, node);
  }

  /**
   * That of a device of the calling thread's network namespace; zeros for one without, as lo is.
   */
  static Mac ofDevice(String name) {
    try {
      NetworkInterface device = NetworkInterface.getByName(name);
      byte[] bytes = device == null ? null : device.getHardwareAddress();
      return new Mac(bytes == null || bytes.length != 6 ? new byte[6] : bytes);
    } catch (SocketException e) {
      throw new DatapathException("cannot read the MAC address of " + name, e);
    }
  }

  /** The six bytes. */
  public byte[] toBytes() {
    return bytes.clone();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Mac mac && Arrays.equals(bytes, mac.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  @Override
  public String toString() {
    return HexFormat.ofDelimiter(":").formatHex(bytes);
  }
}
