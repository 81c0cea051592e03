package dev.weft.datapath.bpf;

import dev.weft.datapath.raw.LibC;
import dev.weft.datapath.raw.Natives;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/** Work in other network namespaces, and on devices of the thread's own. */
public final class NetNamespace {
  private NetNamespace() {}

  /**
   * Runs work on a thread of its own that has moved into a network namespace. Sockets and processes
   * made there belong to that namespace for good.
   *
   * @throws Exception what the work threw, or {@link BpfException} when the namespace cannot be
   *     entered
   */
  public static <T> T call(Path namespace, Callable<T> work) throws Exception {
    FutureTask<T> task =
        new FutureTask<>(
            () -> {
              enter(namespace);
              return work.call();
            });
    // A platform thread that ends with the work: a namespace is never given back to a pool.
    Thread thread = Thread.ofPlatform().name("netns-" + namespace.getFileName()).start(task);
    try {
      return task.get();
    } catch (InterruptedException e) {
      thread.interrupt();
      Thread.currentThread().interrupt();
      throw e;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Exception cause) {
        throw cause;
      }
      throw e;
    }
  }

  private static void enter(Path namespace) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = arena.allocate(Natives.ERRNO);
      int fd =
          LibC.open(
              errno, arena.allocateFrom(namespace.toString()), LibC.O_RDONLY | LibC.O_CLOEXEC);
      if (fd < 0) {
        throw new BpfException("opening network namespace " + namespace, Natives.errno(errno));
      }
      int result = LibC.setns(errno, fd, LibC.CLONE_NEWNET);
      int error = Natives.errno(errno);
      LibC.close(fd);
      if (result < 0) {
        throw new BpfException("entering network namespace " + namespace, error);
      }
    }
  }

  /** What the kernel calls the calling thread's namespace: unique until it restarts. */
  public static long cookie() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = arena.allocate(Natives.ERRNO);
      int fd = LibC.socket(errno, LibC.AF_INET, LibC.SOCK_DGRAM | LibC.SOCK_CLOEXEC, 0);
      if (fd < 0) {
        throw new BpfException("making a socket", Natives.errno(errno));
      }
      MemorySegment cookie = arena.allocate(ValueLayout.JAVA_LONG);
      MemorySegment size = arena.allocateFrom(ValueLayout.JAVA_INT, Long.BYTES);
      int result = LibC.getsockopt(errno, fd, LibC.SOL_SOCKET, LibC.SO_NETNS_COOKIE, cookie, size);
      int error = Natives.errno(errno);
      LibC.close(fd);
      if (result < 0) {
        throw new BpfException("reading the network namespace's cookie", error);
      }
      return cookie.get(ValueLayout.JAVA_LONG, 0);
    }
  }

  /** Index of a device of the calling thread's namespace; 0 when there is none of that name. */
  public static int device(String name) {
    try (Arena arena = Arena.ofConfined()) {
      return LibC.if_nametoindex(arena.allocateFrom(name));
    }
  }
}
