package dev.weft.cli.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.weft.resources.ObjectRef;
import dev.weft.resources.Pod;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One node and its folder: edits take effect, bad ones do not, and nothing is left. */
@Tag("netns")
class LabNetnsTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final String TOOL =
      """
      apiVersion: apps/v1
      kind: Deployment
      metadata: {name: tool}
      spec:
        replicas: %d
        selector: {matchLabels: {app: tool}}
        template:
          metadata: {labels: {app: tool}}
          spec:
            containers:
              - {name: tool, command: [sleep, infinity]}
      """;

  private final LabDiary diary = new LabDiary();

  @Test
  void followsTheFolderAndLeavesNothing(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("tool.yaml");
    Files.writeString(file, TOOL.formatted(1));
    Ip ip = new Ip();
    try (Lab lab = Lab.up(new LabOptions(folder, 1, LabOptions.DEFAULT_RUN), diary)) {
      assertThat(lab.awaitReady(PATIENCE)).isEmpty();
      assertThat(ip.namespaces("weft-"))
          .containsExactly("weft-net", "weft-node-node-1", "weft-pod-default-tool-0");

      Files.writeString(file, TOOL.formatted(2));
      await().atMost(PATIENCE).until(() -> ready(lab).size() == 2);

      Files.writeString(file, TOOL.formatted(3).replace("replicas", "replikas"));
      await().atMost(PATIENCE).until(() -> !diary.refusals().isEmpty());
      assertThat(diary.refusals().getFirst()).startsWith("tool.yaml:5: spec.replikas");
      assertThat(ready(lab)).hasSize(2);

      Files.delete(file);
      await().atMost(PATIENCE).until(() -> ip.namespaces("weft-pod-").isEmpty());
    }
    assertThat(ip.namespaces("weft-")).isEmpty();
    assertThat(LabOptions.DEFAULT_RUN).doesNotExist();
    assertThat(Path.of("/sys/class/net/weft-host")).doesNotExist();
  }

  @Test
  void removesWhatACrashedLabLeft(@TempDir Path folder) throws Exception {
    Files.writeString(folder.resolve("tool.yaml"), TOOL.formatted(0));
    Path run = LabOptions.DEFAULT_RUN;
    Ip ip = new Ip();
    Process stray = crash(run, ip);
    try (Lab lab = Lab.up(new LabOptions(folder, 1, run), diary)) {
      assertThat(lab.awaitReady(PATIENCE)).isEmpty();
      assertThat(stray.isAlive()).isFalse();
      assertThat(ip.namespaces("weft-pod-")).isEmpty();
    }
    assertThat(run).doesNotExist();
  }

  /** What is there after SIGKILL: a run folder whose process is gone, a pod, and its program. */
  private static Process crash(Path run, Ip ip) throws IOException {
    Files.createDirectories(run);
    Files.writeString(run.resolve("lab.pid"), "1 1\n");
    ip.batch(List.of("netns add weft-pod-default-left"));
    Process stray =
        new ProcessBuilder(Ip.inside("weft-pod-default-left", List.of("sleep", "600"))).start();
    await().atMost(PATIENCE).until(() -> ProcFs.isInside(stray.pid(), "weft-pod-default-left"));
    return stray;
  }

  private static List<ObjectRef> ready(Lab lab) {
    return lab.snapshot().all(Pod.class).filter(Pod::ready).map(Pod::ref).toList();
  }
}
