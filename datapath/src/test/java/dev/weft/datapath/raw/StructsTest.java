package dev.weft.datapath.raw;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.datapath.raw.Structs.LinkInfo;
import dev.weft.datapath.raw.Structs.MapBatchOpts;
import dev.weft.datapath.raw.Structs.MapCreateOpts;
import dev.weft.datapath.raw.Structs.MapInfo;
import dev.weft.datapath.raw.Structs.ObjectOpenOpts;
import dev.weft.datapath.raw.Structs.ProgramInfo;
import dev.weft.datapath.raw.Structs.TestRunOpts;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What Java believes about C, asserted by the compiler over the installed headers and ours. */
class StructsTest {
  private final StringBuilder source = new StringBuilder("#include <stddef.h>\n");

  private void include(String header) {
    source.append("#include ").append(header).append('\n');
  }

  private void offset(String struct, String field, long offset) {
    source.append(
        "_Static_assert(offsetof(struct %s, %s) == %d, \"%s.%s\");%n"
            .formatted(struct, field, offset, struct, field));
  }

  private void size(String struct, String comparison, long size) {
    source.append(
        "_Static_assert(sizeof(struct %s) %s %d, \"size of %s\");%n"
            .formatted(struct, comparison, size, struct));
  }

  @Test
  void optionStructsAreWhereLibbpfHasThem() throws Exception {
    include("<bpf/bpf.h>");
    include("<bpf/libbpf.h>");
    offset("bpf_object_open_opts", "object_name", ObjectOpenOpts.OBJECT_NAME);
    offset("bpf_object_open_opts", "kernel_log_buf", ObjectOpenOpts.KERNEL_LOG_BUF);
    offset("bpf_object_open_opts", "kernel_log_size", ObjectOpenOpts.KERNEL_LOG_SIZE);
    offset("bpf_object_open_opts", "kernel_log_level", ObjectOpenOpts.KERNEL_LOG_LEVEL);
    offset("bpf_map_create_opts", "map_flags", MapCreateOpts.MAP_FLAGS);
    size("bpf_map_batch_opts", "==", MapBatchOpts.SIZE);
    offset("bpf_test_run_opts", "data_in", TestRunOpts.DATA_IN);
    offset("bpf_test_run_opts", "data_out", TestRunOpts.DATA_OUT);
    offset("bpf_test_run_opts", "data_size_in", TestRunOpts.DATA_SIZE_IN);
    offset("bpf_test_run_opts", "data_size_out", TestRunOpts.DATA_SIZE_OUT);
    offset("bpf_test_run_opts", "ctx_in", TestRunOpts.CTX_IN);
    offset("bpf_test_run_opts", "ctx_out", TestRunOpts.CTX_OUT);
    offset("bpf_test_run_opts", "ctx_size_in", TestRunOpts.CTX_SIZE_IN);
    offset("bpf_test_run_opts", "ctx_size_out", TestRunOpts.CTX_SIZE_OUT);
    offset("bpf_test_run_opts", "retval", TestRunOpts.RETVAL);
    offset("bpf_test_run_opts", "repeat", TestRunOpts.REPEAT);
    assertCompiles(List.of());
  }

  @Test
  void kernelStructsAreWhereTheKernelHasThem() throws Exception {
    include("<linux/bpf.h>");
    offset("bpf_prog_info", "verified_insns", ProgramInfo.VERIFIED_INSNS);
    offset("bpf_map_info", "key_size", MapInfo.KEY_SIZE);
    offset("bpf_map_info", "value_size", MapInfo.VALUE_SIZE);
    offset("bpf_map_info", "max_entries", MapInfo.MAX_ENTRIES);
    // Every link with a device starts its part of the union with the index.
    offset("bpf_link_info", "xdp.ifindex", LinkInfo.IFINDEX);
    assertCompiles(List.of());
  }

  @Test
  void ourOwnStructsHaveTheSizesThatJavaWrites() throws Exception {
    include("\"conntrack.h\"");
    include("\"service.h\"");
    size("settings", "==", 40);
    offset("settings", "namespace", 24);
    size("connection", "==", 28);
    size("pod", "==", 20);
    size("prefix_key", "==", 8);
    size("peer", "==", 12);
    size("service_key", "==", 8);
    size("service", "==", 16);
    size("backend", "==", 8);
    size("rule_key", "==", 16);
    size("l7_key", "==", 8);
    size("tuple", "==", 16);
    size("flow_event", "==", 48);
    offset("connection", "address", 0);
    offset("connection", "port", 8);
    offset("connection", "flags", 10);
    offset("flow_event", "service", 16);
    offset("flow_event", "protocol", 26);
    offset("flow_event", "tcp_flags", 30);
    offset("flow_event", "device", 40);
    String machine = System.getProperty("os.arch").equals("amd64") ? "x86_64" : "aarch64";
    assertCompiles(
        List.of("-target", "bpf", "-Isrc/main/c", "-I/usr/include/" + machine + "-linux-gnu"));
  }

  private void assertCompiles(List<String> arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of(clang(), "-fsyntax-only", "-x", "c"));
    command.addAll(arguments);
    command.add("-");
    Process compiler = new ProcessBuilder(command).redirectErrorStream(true).start();
    try (OutputStream stdin = compiler.getOutputStream()) {
      stdin.write(source.toString().getBytes(StandardCharsets.UTF_8));
    }
    String output = new String(compiler.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(compiler.waitFor()).as(output).isZero();
  }

  private static String clang() {
    return Stream.of(
            "clang",
            "clang-22",
            "clang-21",
            "clang-20",
            "clang-19",
            "clang-18",
            "clang-17",
            "clang-16",
            "clang-15",
            "clang-14")
        .filter(name -> Files.isExecutable(Path.of("/usr/bin", name)))
        .findFirst()
        .orElseThrow(() -> new AssertionError("the build needs clang in /usr/bin"));
  }
}
