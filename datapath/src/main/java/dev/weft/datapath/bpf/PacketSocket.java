package dev.weft.datapath.bpf;

import dev.weft.datapath.raw.LibC;
import dev.weft.datapath.raw.Natives;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Packets that are no IP, sent from a device: packet(7). */
public final class PacketSocket {
  private static final byte[] EVERYBODY = {-1, -1, -1, -1, -1, -1};

  private PacketSocket() {}

  /**
   * Sends a packet to everybody on a device of the calling thread's network namespace.
   *
   * @param packet what follows the Ethernet header
   */
  public static void broadcast(String device, int ethertype, byte[] packet) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = arena.allocate(Natives.ERRNO);
      int fd = LibC.socket(errno, LibC.AF_PACKET, LibC.SOCK_DGRAM | LibC.SOCK_CLOEXEC, 0);
      if (fd < 0) {
        throw new BpfException("making a packet socket", Natives.errno(errno));
      }
      MemorySegment bytes = arena.allocateFrom(ValueLayout.JAVA_BYTE, packet);
      MemorySegment to = everybody(arena, NetNamespace.device(device), ethertype);
      long sent =
          LibC.sendto(errno, fd, bytes, bytes.byteSize(), to, Math.toIntExact(to.byteSize()));
      int error = Natives.errno(errno);
      LibC.close(fd);
      if (sent < 0) {
        throw new BpfException("sending a packet from " + device, error);
      }
    }
  }

  /** {@code struct sockaddr_ll}. */
  private static MemorySegment everybody(Arena arena, int device, int ethertype) {
    ByteBuffer address = ByteBuffer.allocate(20).order(ByteOrder.nativeOrder());
    address.putShort((short) LibC.AF_PACKET);
    address.put((byte) (ethertype >>> 8)).put((byte) ethertype); // network order
    address.putInt(device).putShort((short) 0).put((byte) 0).put((byte) EVERYBODY.length);
    address.put(EVERYBODY);
    return arena.allocateFrom(ValueLayout.JAVA_BYTE, address.array());
  }
}
