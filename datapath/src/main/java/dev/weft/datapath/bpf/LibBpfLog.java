package dev.weft.datapath.bpf;

import dev.weft.datapath.raw.LibBpf;
import dev.weft.datapath.raw.LibC;
import dev.weft.datapath.raw.Upcalls;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sends libbpf's own messages to the log instead of standard error. */
final class LibBpfLog {
  private static final Logger LOG = LoggerFactory.getLogger("dev.weft.datapath.libbpf");
  private static final int WARN = 0;
  private static final int INFO = 1;

  /** The stub lives as long as the process: libbpf may call it from any later call. */
  private static final MemorySegment PRINT = Upcalls.print(LibBpfLog::print, Arena.global());

  private LibBpfLog() {}

  static void install() {
    LibBpf.libbpf_set_print(PRINT);
  }

  @SuppressWarnings("CatchAndPrintStackTrace")
  private static int print(int level, MemorySegment format, MemorySegment arguments) {
    try (Arena arena = Arena.ofConfined()) {
      if (level > INFO && !LOG.isTraceEnabled()) {
        return 0;
      }
      MemorySegment buffer = arena.allocate(1024);
      LibC.vsnprintf(buffer, buffer.byteSize(), format, arguments);
      String message = buffer.getString(0).strip();
      switch (level) {
        case WARN -> LOG.warn("{}", message);
        case INFO -> LOG.debug("{}", message);
        default -> LOG.trace("{}", message);
      }
      return 0;
    } catch (Throwable t) {
      // Leaving an upcall by an exception would end the JVM.
      LOG.error("a message of libbpf is lost", t);
      return -1;
    }
  }
}
