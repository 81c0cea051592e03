package dev.weft.datapath.raw;

/**
 * Sizes and offsets of libbpf's option structs and of kernel structs, LP64. Sizes are those of the
 * newest libbpf: older ones accept a longer struct whose unknown tail is zero.
 */
public final class Structs {
  private Structs() {}

  /** {@code struct bpf_object_open_opts}. */
  public static final class ObjectOpenOpts {
    public static final long SIZE = 88;
    public static final long OBJECT_NAME = 8;
    public static final long KERNEL_LOG_BUF = 56;
    public static final long KERNEL_LOG_SIZE = 64;
    public static final long KERNEL_LOG_LEVEL = 72;

    private ObjectOpenOpts() {}
  }

  /** {@code struct bpf_map_create_opts}. */
  public static final class MapCreateOpts {
    public static final long SIZE = 56;
    public static final long MAP_FLAGS = 28;

    private MapCreateOpts() {}
  }

  /** {@code struct bpf_map_batch_opts}. */
  public static final class MapBatchOpts {
    public static final long SIZE = 24;

    private MapBatchOpts() {}
  }

  /** {@code struct bpf_test_run_opts}. */
  public static final class TestRunOpts {
    public static final long SIZE = 80;
    public static final long DATA_IN = 8;
    public static final long DATA_OUT = 16;
    public static final long DATA_SIZE_IN = 24;
    public static final long DATA_SIZE_OUT = 28;
    public static final long CTX_IN = 32;
    public static final long CTX_OUT = 40;
    public static final long CTX_SIZE_IN = 48;
    public static final long CTX_SIZE_OUT = 52;
    public static final long RETVAL = 56;
    public static final long REPEAT = 60;
    public static final long DURATION = 64;

    private TestRunOpts() {}
  }

  /** {@code struct bpf_prog_info}, the first fields of it. */
  public static final class ProgramInfo {
    public static final long SIZE = 232;
    public static final long VERIFIED_INSNS = 216;

    private ProgramInfo() {}
  }

  /** {@code struct bpf_map_info}, the first fields of it. */
  public static final class MapInfo {
    public static final long SIZE = 88;
    public static final long KEY_SIZE = 8;
    public static final long VALUE_SIZE = 12;
    public static final long MAX_ENTRIES = 16;

    private MapInfo() {}
  }

  /** {@code struct bpf_link_info} of a tcx link. */
  public static final class LinkInfo {
    public static final long SIZE = 64;
    public static final long IFINDEX = 16;

    private LinkInfo() {}
  }
}
