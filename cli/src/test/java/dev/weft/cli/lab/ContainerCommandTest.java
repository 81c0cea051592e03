package dev.weft.cli.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weft.resources.Pod;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ContainerCommandTest {
  private static Pod pod(String container) {
    return Objects.one(
        Pod.class,
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: web-0, namespace: shop}
        spec:
          nodeName: node-1
          containers:
            - %s
        """
            .formatted(container));
  }

  @Test
  void replacesReferencesAndReadsFields() {
    Pod pod =
        pod(
            "{name: c, command: [run, $(WHO), $(UNKNOWN)], env: [{name: IP, valueFrom: {fieldRef: {fieldPath: status.podIP}}}, {name: WHO, value: me@$(IP)}]}");
    Map<String, String> environment =
        ContainerCommand.environment(pod, pod.spec().containers().getFirst(), "10.244.1.2");
    assertThat(environment)
        .containsEntry("HOSTNAME", "web-0")
        .containsEntry("WHO", "me@10.244.1.2");
    assertThat(ContainerCommand.command(pod.spec().containers().getFirst(), environment))
        .containsExactly("run", "me@10.244.1.2", "$(UNKNOWN)");
  }

  @Test
  void knowsTheEchoImage() {
    Pod pod = pod("{name: c, image: \"ghcr.io/x/weft-echo:1\", args: [--http, \"80\"]}");
    assertThat(ContainerCommand.command(pod.spec().containers().getFirst(), Map.of()))
        .containsExactly("weft", "echo", "--http", "80");
  }

  @Test
  void saysWhatToDoAboutAnImage() {
    Pod pod = pod("{name: c, image: nginx}");
    assertThatThrownBy(() -> ContainerCommand.command(pod.spec().containers().getFirst(), Map.of()))
        .isInstanceOf(LabException.class)
        .hasMessageContaining("command: [...]");
  }
}
