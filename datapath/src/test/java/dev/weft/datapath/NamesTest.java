package dev.weft.datapath;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NamesTest {
  private static final Ipv4 ADDRESS = Ipv4.parse("10.244.1.5");

  @Test
  void hostInterfacesFitAndDiffer() {
    String name = Names.hostInterface("c1", "eth0");
    assertThat(name).hasSize(15).startsWith("weft").isEqualTo(Names.hostInterface("c1", "eth0"));
    assertThat(Names.hostInterface("c1", "eth1")).isNotEqualTo(name);
    assertThat(Names.hostInterface("c2", "eth0")).isNotEqualTo(name);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "-x", "a b", "a/b", "0123456789abcdef", "eth0;reboot", "..", "eth0\n"})
  void refusesInterfaceNamesThatAreNone(String name) {
    assertThatThrownBy(() -> new PodAttachment("c", Path.of("/run/netns/x"), name, ADDRESS))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("interface name");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a b", "../x", "a\nlink del eth0", "-c"})
  void refusesContainerIdsThatAreNone(String id) {
    assertThatThrownBy(() -> new PodAttachment(id, Path.of("/run/netns/x"), "eth0", ADDRESS))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("container id");
  }

  @ParameterizedTest
  @ValueSource(strings = {"relative", "/run/netns/a b", "/run/netns/a\nlink"})
  void refusesNamespacePathsThatWouldBreakACommand(String path) {
    assertThatThrownBy(() -> new PodAttachment("c", Path.of(path), "eth0", ADDRESS))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("namespace");
  }
}
