package dev.weft.cli.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class JvmFlagsTest {

  /** What the launcher and the image give a node. */
  private static List<String> launcher() throws Exception {
    Process shell =
        new ProcessBuilder("sh", "-c", ". ../build/jvm.sh && jvm_options node && echo $jvm_options")
            .redirectErrorStream(true)
            .start();
    String said = new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(shell.waitFor()).as(said).isZero();
    return List.of(said.strip().split(" "));
  }

  /** A lab that ran its nodes in another way would show another node than a cluster has. */
  @Test
  void aLabsNodeRunsAsOneOfACluster() throws Exception {
    List<String> added = List.of("-Dio.netty.jfr.enabled=false", "-XX:-UsePerfData");
    assertThat(Stream.concat(MeshProcesses.NODE_JVM.stream(), added.stream()).distinct())
        .containsExactlyInAnyOrderElementsOf(
            Stream.concat(launcher().stream(), added.stream()).distinct().toList());
  }
}
