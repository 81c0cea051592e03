package dev.weft.datapath.raw;

import static dev.weft.datapath.raw.Natives.INT;
import static dev.weft.datapath.raw.Natives.LONG;
import static dev.weft.datapath.raw.Natives.POINTER;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;

/** The few functions of libc that Java has no form of. */
@SuppressWarnings({"MemberName", "NamedLikeContextualKeyword"}) // the C names
public final class LibC {
  public static final int O_RDONLY = 0;
  public static final int O_CLOEXEC = 0x80000;
  public static final int AF_INET = 2;
  public static final int AF_PACKET = 17;
  public static final int SOCK_DGRAM = 2;
  public static final int SOCK_CLOEXEC = 0x80000;
  public static final int SOL_SOCKET = 1;
  public static final int SO_NETNS_COOKIE = 71;
  public static final int CLONE_NEWNET = 0x40000000;

  private static final SymbolLookup LIBRARY = Natives.linker().defaultLookup();

  private LibC() {}

  private static final class open {
    static final MethodHandle HANDLE =
        Natives.bindVariadic(LIBRARY, "open", FunctionDescriptor.of(INT, POINTER, INT, INT), 2);
  }

  /** Opens a file; −1 and errno on failure. */
  public static int open(MemorySegment errno, MemorySegment path, int flags) {
    try {
      return (int) open.HANDLE.invokeExact(errno, path, flags, 0);
    } catch (Throwable t) {
      throw Natives.impossible(t);
    }
  }

  private static final class close {
    static final MethodHandle HANDLE =
        Natives.bind(LIBRARY, "close", FunctionDescriptor.of(INT, INT));
  }

  /** Closes a file descriptor. */
  public static int close(int fd) {
    try {
      return (int) close.HANDLE.invokeExact(fd);
    } catch (Throwable t) {
      throw Natives.impossible(t);
    }
  }

  private static final class setns {
    static final MethodHandle HANDLE =
        Natives.bindErrno(LIBRARY, "setns", FunctionDescriptor.of(INT, INT, INT));
  }

  /** Moves the calling thread to another namespace; −1 and errno on failure. */
  public static int setns(MemorySegment errno, int fd, int type) {
    try {
      return (int) setns.HANDLE.invokeExact(errno, fd, type);
    } catch (Throwable t) {
      throw Natives.impossible(t);
    }
  }

  private static final class if_nametoindex {
    static final MethodHandle HANDLE =
        Natives.bind(LIBRARY, "if_nametoindex", FunctionDescriptor.of(INT, POINTER));
  }

  /** Index of a network device of the calling thread's namespace; 0 when there is none. */
  public static int if_nametoindex(MemorySegment name) {
    try {
      return (int) if_nametoindex.HANDLE.invokeExact(name);
    } catch (Throwable t) {
      throw Natives.impossible(t);
    }
  }

  private static final class socket {
    static final MethodHandle HANDLE =
        Natives.bindErrno(LIBRARY, "socket", FunctionDescriptor.of(INT, INT, INT, INT));
  }

  /** Makes a socket in the calling thread's network namespace; −1 and errno on failure. */
  public static int socket(MemorySegment errno, int domain, int type, int protocol) {
    try {
      return (int) socket.HANDLE.invokeExact(errno, domain, type, protocol);
    } catch (Throwable t) {
      throw Natives.impossible(t);
    }
  }

  private static final class sendto {
    static final MethodHandle HANDLE =
        Natives.bindErrno(
            LIBRARY, "sendto", FunctionDescriptor.of(LONG, INT, POINTER, LONG, INT, POINTER, INT));
  }

  /** Sends a message to an address; −1 and errno on failure. */
  public static long sendto(
      MemorySegment errno,
      int fd,
      MemorySegment bytes,
      long length,
      MemorySegment address,
      int addressLength) {
    try {
      return (long) sendto.HANDLE.invokeExact(errno, fd, bytes, length, 0, address, addressLength);
    } catch (Throwable t) {
      throw Natives.impossible(t);
    }
  }

  private static final class getsockopt {
    static final MethodHandle HANDLE =
        Natives.bindErrno(
            LIBRARY, "getsockopt", FunctionDescriptor.of(INT, INT, INT, INT, POINTER, POINTER));
  }

  /** Reads an option of a socket; −1 and errno on failure. */
  public static int getsockopt(
      MemorySegment errno, int fd, int level, int name, MemorySegment value, MemorySegment size) {
    try {
      return (int) getsockopt.HANDLE.invokeExact(errno, fd, level, name, value, size);
    } catch (Throwable t) {
      throw Natives.impossible(t);
    }
  }

  private static final class vsnprintf {
    static final MethodHandle HANDLE =
        Natives.bind(
            LIBRARY, "vsnprintf", FunctionDescriptor.of(INT, POINTER, LONG, POINTER, POINTER));
  }

  /** Formats into a buffer; the last argument is a va_list. */
  public static int vsnprintf(
      MemorySegment buffer, long size, MemorySegment format, MemorySegment arguments) {
    try {
      return (int) vsnprintf.HANDLE.invokeExact(buffer, size, format, arguments);
    } catch (Throwable t) {
      throw Natives.impossible(t);
    }
  }
}
