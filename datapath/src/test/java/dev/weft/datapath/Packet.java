package dev.weft.datapath;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;

/** Ethernet frames for {@link ProgramTest}. */
record Packet(Mac sourceMac, Ipv4 source, Ipv4 destination) {
  static final int SEQUENCE = 1000;
  static final int ACKNOWLEDGED = 5000;

  /** A segment without payload. */
  byte[] tcp(int sourcePort, int destinationPort, int flags) {
    return tcp(sourcePort, destinationPort, flags, 64);
  }

  /** The same with a time to live. */
  byte[] tcp(int sourcePort, int destinationPort, int flags, int ttl) {
    ByteBuffer frame = ByteBuffer.allocate(14 + 20 + 20);
    frame.put(Mac.GATEWAY.toBytes()).put(sourceMac.toBytes()).putShort((short) 0x0800);
    frame.put((byte) 0x45).put((byte) 0).putShort((short) 40).putInt(0);
    frame.put((byte) ttl).put((byte) 6).putShort((short) 0);
    frame.put(source.toBytes()).put(destination.toBytes());
    frame.putShort((short) sourcePort).putShort((short) destinationPort);
    frame.putInt(SEQUENCE).putInt(ACKNOWLEDGED);
    frame.put((byte) 0x50).put((byte) flags).putShort((short) 1024).putInt(0);
    frame.putShort(14 + 10, (short) ~sum(frame, 14, 34, 0));
    return frame.array();
  }

  /** A datagram without payload. */
  byte[] udp(int sourcePort, int destinationPort) {
    ByteBuffer frame = ByteBuffer.wrap(tcp(sourcePort, destinationPort, 0));
    frame.put(14 + 9, (byte) 17);
    frame.putShort(34 + 4, (short) 20).putShort(34 + 6, (short) 0);
    return frame.array();
  }

  /** A reset with these numbers, and with checksums that a receiver accepts. */
  static void assertReset(ByteBuffer frame, int flags, int sequence, int acknowledgement) {
    assertThat(frame.capacity()).isEqualTo(54);
    assertThat(frame.getInt(14 + 20 + 4)).isEqualTo(sequence);
    assertThat(frame.getInt(14 + 20 + 8)).isEqualTo(acknowledgement);
    assertThat(frame.get(14 + 20 + 13)).isEqualTo((byte) flags);
    assertHeaderChecksum(frame);
    int pseudo = 6 + 20 + sumRaw(frame, 14 + 12, 14 + 20);
    assertThat(sum(frame, 34, 54, pseudo)).as("TCP checksum").isEqualTo(0xffff);
  }

  static void assertHeaderChecksum(ByteBuffer frame) {
    assertThat(sum(frame, 14, 34, 0)).as("IP checksum").isEqualTo(0xffff);
  }

  private static int sum(ByteBuffer frame, int from, int to, int start) {
    int sum = start + sumRaw(frame, from, to);
    while (sum >>> 16 != 0) {
      sum = (sum & 0xffff) + (sum >>> 16);
    }
    return sum;
  }

  private static int sumRaw(ByteBuffer frame, int from, int to) {
    int sum = 0;
    for (int i = from; i < to; i += 2) {
      sum += frame.getShort(i) & 0xffff;
    }
    return sum;
  }
}
