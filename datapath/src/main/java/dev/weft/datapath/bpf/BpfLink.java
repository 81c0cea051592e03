package dev.weft.datapath.bpf;

import dev.weft.datapath.raw.BpfCalls;
import dev.weft.datapath.raw.LibC;
import dev.weft.datapath.raw.Natives;
import dev.weft.datapath.raw.Structs;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A program attached to a network device by tcx (kernel 6.6 and newer), or to a cgroup. Closing it
 * closes a descriptor: a pinned link stays attached.
 */
public final class BpfLink implements AutoCloseable {
  private final int fd;

  private BpfLink(int fd) {
    this.fd = fd;
  }

  /** The two hooks of a device, and those of a cgroup's IPv4 sockets. */
  public enum Hook {
    INGRESS(46),
    EGRESS(47),
    CONNECT4(10),
    SENDMSG4(14),
    RECVMSG4(19),
    GETPEERNAME4(29);

    private final int attachType;

    Hook(int attachType) {
      this.attachType = attachType;
    }
  }

  /**
   * Attaches a program to a device of the calling thread's network namespace, after what is
   * attached there already.
   */
  public static BpfLink attach(BpfProgram program, int device, Hook hook) {
    int fd = BpfCalls.bpf_link_create(program.fd(), device, hook.attachType, MemorySegment.NULL);
    if (fd == -BpfException.EINVAL) {
      throw new BpfException(
          "attaching " + program.name() + ": tcx needs Linux 6.6 or newer", BpfException.EINVAL);
    }
    BpfException.check(fd, "attaching " + program.name() + " to device " + device);
    return new BpfLink(fd);
  }

  /** Attaches a program to a cgroup of the unified hierarchy, beside what is attached already. */
  public static BpfLink attach(BpfProgram program, Path cgroup, Hook hook) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = arena.allocate(Natives.ERRNO);
      int directory =
          LibC.open(errno, arena.allocateFrom(cgroup.toString()), LibC.O_RDONLY | LibC.O_CLOEXEC);
      if (directory < 0) {
        throw new BpfException("opening the cgroup " + cgroup, Natives.errno(errno));
      }
      int fd =
          BpfCalls.bpf_link_create(program.fd(), directory, hook.attachType, MemorySegment.NULL);
      LibC.close(directory);
      if (fd == -BpfException.EBADF) {
        throw new BpfException(
            cgroup + " is no cgroup of the unified hierarchy (cgroup v2)", BpfException.EBADF);
      }
      BpfException.check(fd, "attaching " + program.name() + " to the cgroup " + cgroup);
      return new BpfLink(fd);
    }
  }

  /** Opens a pinned link; null when nothing is pinned there. */
  public static @Nullable BpfLink pinned(Path pin) {
    try (Arena arena = Arena.ofConfined()) {
      int fd = BpfCalls.bpf_obj_get(arena.allocateFrom(pin.toString()));
      if (fd == -BpfException.ENOENT) {
        return null;
      }
      return new BpfLink(BpfException.check(fd, "opening the pinned link " + pin));
    }
  }

  /** Pins the link: it stays attached until the pin is removed or its device disappears. */
  public void pin(Path pin) {
    try (Arena arena = Arena.ofConfined()) {
      BpfException.check(
          BpfCalls.bpf_obj_pin(fd, arena.allocateFrom(pin.toString())), "pinning a link to " + pin);
    }
  }

  /** Index of the device; 0 when it is gone, and the link with it. */
  public int device() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment info = arena.allocate(Structs.LinkInfo.SIZE, 8);
      MemorySegment size = arena.allocateFrom(ValueLayout.JAVA_INT, (int) info.byteSize());
      BpfException.check(BpfCalls.bpf_obj_get_info_by_fd(fd, info, size), "describing a link");
      return info.get(ValueLayout.JAVA_INT, Structs.LinkInfo.IFINDEX);
    }
  }

  /** Swaps the program atomically: every packet sees the old one or the new one. */
  public void update(BpfProgram program) {
    BpfException.check(
        BpfCalls.bpf_link_update(fd, program.fd(), MemorySegment.NULL),
        "swapping in " + program.name());
  }

  @Override
  public void close() {
    LibC.close(fd);
  }
}
