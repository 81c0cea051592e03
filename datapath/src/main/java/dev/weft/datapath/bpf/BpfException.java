package dev.weft.datapath.bpf;

import dev.weft.datapath.raw.LibBpf;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** A call into libbpf or the kernel that failed. */
public final class BpfException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public static final int EPERM = 1;
  public static final int ENOENT = 2;
  public static final int EBADF = 9;
  public static final int EINVAL = 22;

  private final int errno;

  BpfException(String what, int errno) {
    this(what, errno, "");
  }

  BpfException(String what, int errno, String detail) {
    super(what + ": " + text(errno) + hint(errno) + (detail.isEmpty() ? "" : "\n" + detail));
    this.errno = errno;
  }

  /** Positive errno, or one of libbpf's own numbers from 4000. */
  public int errno() {
    return errno;
  }

  private static String text(int errno) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(256);
      LibBpf.libbpf_strerror(errno, buffer, buffer.byteSize());
      return buffer.getString(0);
    }
  }

  private static String hint(int errno) {
    return errno == EPERM ? " (CAP_BPF and CAP_NET_ADMIN are needed, or root)" : "";
  }

  /** Passes a libbpf result on, or throws for a negative one. */
  static int check(int result, String what) {
    if (result < 0) {
      throw new BpfException(what, -result);
    }
    return result;
  }
}
