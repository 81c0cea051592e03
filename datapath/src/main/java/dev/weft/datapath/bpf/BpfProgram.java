package dev.weft.datapath.bpf;

import dev.weft.datapath.raw.BpfCalls;
import dev.weft.datapath.raw.Structs;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;

/**
 * A loaded program. Its descriptor belongs to the {@link BpfCollection}.
 *
 * @param name the function's name in the C source
 * @param fd its descriptor
 */
public record BpfProgram(String name, int fd) {
  private static final int SKB_CONTEXT = 192;
  private static final long SKB_MARK = 8;
  private static final long SKB_IFINDEX = 40;

  /**
   * What a run did.
   *
   * @param verdict the program's answer
   * @param packet the packet afterwards, network order
   * @param mark the packet's mark afterwards
   */
  public record Run(int verdict, ByteBuffer packet, int mark) {}

  /** Instructions the verifier walked through; its limit is a million. */
  public int verifiedInstructions() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment info = arena.allocate(Structs.ProgramInfo.SIZE, 8);
      MemorySegment size = arena.allocateFrom(ValueLayout.JAVA_INT, (int) info.byteSize());
      BpfException.check(
          BpfCalls.bpf_obj_get_info_by_fd(fd, info, size), "program " + name + ": describing it");
      return info.get(ValueLayout.JAVA_INT, Structs.ProgramInfo.VERIFIED_INSNS);
    }
  }

  /**
   * Runs a traffic control program once on a packet (BPF_PROG_TEST_RUN).
   *
   * @param packet from the Ethernet header on
   * @param device index of a network device of the calling thread's namespace
   * @param mark the packet's mark
   */
  public Run run(byte[] packet, int device, int mark) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment in = arena.allocateFrom(ValueLayout.JAVA_BYTE, packet);
      MemorySegment out = arena.allocate(packet.length + 256L);
      MemorySegment context = arena.allocate(SKB_CONTEXT, 8);
      context.set(ValueLayout.JAVA_INT, SKB_MARK, mark);
      context.set(ValueLayout.JAVA_INT, SKB_IFINDEX, device);
      MemorySegment contextOut = arena.allocate(SKB_CONTEXT, 8);
      MemorySegment opts = arena.allocate(Structs.TestRunOpts.SIZE, 8);
      opts.set(ValueLayout.JAVA_LONG, 0, Structs.TestRunOpts.SIZE);
      opts.set(ValueLayout.ADDRESS, Structs.TestRunOpts.DATA_IN, in);
      opts.set(ValueLayout.ADDRESS, Structs.TestRunOpts.DATA_OUT, out);
      opts.set(ValueLayout.JAVA_INT, Structs.TestRunOpts.DATA_SIZE_IN, packet.length);
      opts.set(ValueLayout.JAVA_INT, Structs.TestRunOpts.DATA_SIZE_OUT, (int) out.byteSize());
      opts.set(ValueLayout.ADDRESS, Structs.TestRunOpts.CTX_IN, context);
      opts.set(ValueLayout.ADDRESS, Structs.TestRunOpts.CTX_OUT, contextOut);
      opts.set(ValueLayout.JAVA_INT, Structs.TestRunOpts.CTX_SIZE_IN, SKB_CONTEXT);
      opts.set(ValueLayout.JAVA_INT, Structs.TestRunOpts.CTX_SIZE_OUT, SKB_CONTEXT);
      opts.set(ValueLayout.JAVA_INT, Structs.TestRunOpts.REPEAT, 1);
      BpfException.check(
          BpfCalls.bpf_prog_test_run_opts(fd, opts),
          "program " + name + ": running it on a packet");
      int length = opts.get(ValueLayout.JAVA_INT, Structs.TestRunOpts.DATA_SIZE_OUT);
      return new Run(
          opts.get(ValueLayout.JAVA_INT, Structs.TestRunOpts.RETVAL),
          ByteBuffer.wrap(out.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE)),
          contextOut.get(ValueLayout.JAVA_INT, SKB_MARK));
    }
  }
}
