package dev.weft.datapath.bpf;

import dev.weft.datapath.raw.LibBpf;
import dev.weft.datapath.raw.Natives;
import dev.weft.datapath.raw.Upcalls;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Reads a BPF ring buffer. Owned by one thread, which makes, polls and closes it. */
public final class RingBuffer implements AutoCloseable {
  private final Arena arena = Arena.ofConfined();
  private final MemorySegment reader;
  private final Consumer<ByteBuffer> consumer;
  private @Nullable RuntimeException failure;

  /**
   * Starts reading.
   *
   * @param consumer gets each record; the buffer is valid only during the call
   */
  public RingBuffer(BpfMap map, Consumer<ByteBuffer> consumer) {
    this.consumer = consumer;
    MemorySegment errno = arena.allocate(Natives.ERRNO);
    MemorySegment callback = Upcalls.sample(this::sample, arena);
    reader =
        LibBpf.ring_buffer__new(errno, map.fd(), callback, MemorySegment.NULL, MemorySegment.NULL);
    if (reader.address() == 0) {
      int error = Natives.errno(errno);
      arena.close();
      throw new BpfException("reading the ring buffer " + map.name(), error);
    }
  }

  /** Nothing may leave an upcall: an exception is kept, and thrown by {@link #poll}. */
  @SuppressWarnings("restricted") // the kernel says how long the record is
  private int sample(MemorySegment context, MemorySegment data, long size) {
    try {
      consumer.accept(data.reinterpret(size).asByteBuffer().order(ByteOrder.nativeOrder()));
      return 0;
    } catch (RuntimeException e) {
      failure = e;
      return -1;
    } catch (Throwable t) {
      failure = new IllegalStateException("a consumer of flow events failed", t);
      return -1;
    }
  }

  /**
   * Waits for records and hands them over.
   *
   * @param millis how long to wait at most
   * @return number of records
   */
  public int poll(int millis) {
    int result = LibBpf.ring_buffer__poll(reader, millis);
    RuntimeException thrown = failure;
    if (thrown != null) {
      failure = null;
      throw thrown;
    }
    int interrupted = -4;
    return result == interrupted ? 0 : BpfException.check(result, "polling a ring buffer");
  }

  @Override
  public void close() {
    LibBpf.ring_buffer__free(reader);
    arena.close();
  }
}
