package dev.weft.cli.demo;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Packets that tcpdump wrote (pcap, https://datatracker.ietf.org/doc/draft-ietf-opsawg-pcap/). */
record Capture(List<byte[]> packets) {
  private static final int FILE_HEAD = 24;
  private static final int PACKET_HEAD = 16;
  private static final int MAGIC_MICROS = 0xa1b2c3d4;

  /** TLS extension supported_versions (43) of a ServerHello that chose TLS 1.3, RFC 8446 §4.2.1. */
  private static final byte[] CHOSE_TLS_1_3 = {0x00, 0x2b, 0x00, 0x02, 0x03, 0x04};

  /** Head of a handshake record, RFC 8446 §5.1; the sixth byte is 2 for a ServerHello. */
  private static final byte[] HANDSHAKE = {0x16, 0x03, 0x03};

  private static final byte SERVER_HELLO = 2;

  /** Head of an application data record. */
  private static final byte[] APPLICATION_DATA = {0x17, 0x03, 0x03};

  static Capture read(Path file) {
    try {
      ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
      List<byte[]> packets = new ArrayList<>();
      if (bytes.remaining() < FILE_HEAD) {
        return new Capture(packets);
      }
      if (bytes.getInt(0) != MAGIC_MICROS) {
        throw new StageException(file + " is no capture in this machine's byte order");
      }
      bytes.position(FILE_HEAD);
      while (bytes.remaining() >= PACKET_HEAD) {
        int length = bytes.getInt(bytes.position() + 8);
        bytes.position(bytes.position() + PACKET_HEAD);
        if (length < 0 || length > bytes.remaining()) {
          break;
        }
        byte[] packet = new byte[length];
        bytes.get(packet);
        packets.add(packet);
      }
      return new Capture(packets);
    } catch (IOException e) {
      throw new StageException("cannot read the capture " + file, e);
    }
  }

  /** How often a text stands in a packet. */
  int occurrences(String text) {
    return packets.stream()
        .mapToInt(packet -> count(packet, text.getBytes(StandardCharsets.US_ASCII)))
        .sum();
  }

  /** Handshakes in which the server chose TLS 1.3. */
  int tls13Handshakes() {
    return (int)
        packets.stream()
            .filter(packet -> isServerHello(packet) && count(packet, CHOSE_TLS_1_3) > 0)
            .count();
  }

  /** Handshakes in which the server chose anything else. */
  int otherHandshakes() {
    return (int)
        packets.stream()
            .filter(packet -> isServerHello(packet) && count(packet, CHOSE_TLS_1_3) == 0)
            .count();
  }

  /** Records of encrypted data. */
  int encryptedRecords() {
    return packets.stream().mapToInt(packet -> count(packet, APPLICATION_DATA)).sum();
  }

  private static boolean isServerHello(byte[] packet) {
    int at = find(packet, HANDSHAKE, 0);
    return at >= 0 && at + 5 < packet.length && packet[at + 5] == SERVER_HELLO;
  }

  private static int count(byte[] packet, byte[] wanted) {
    int count = 0;
    for (int at = find(packet, wanted, 0); at >= 0; at = find(packet, wanted, at + wanted.length)) {
      count++;
    }
    return count;
  }

  private static int find(byte[] packet, byte[] wanted, int from) {
    for (int i = from; i <= packet.length - wanted.length; i++) {
      int j = 0;
      while (j < wanted.length && packet[i + j] == wanted[j]) {
        j++;
      }
      if (j == wanted.length) {
        return i;
      }
    }
    return -1;
  }
}
