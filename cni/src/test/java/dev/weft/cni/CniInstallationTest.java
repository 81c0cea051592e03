package dev.weft.cni;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CniInstallationTest {
  @TempDir Path directory;
  private Path plugins;
  private Path configurations;

  @BeforeEach
  void directories() throws IOException {
    plugins = directory.resolve("opt/cni/bin");
    configurations = Files.createDirectories(directory.resolve("net.d"));
    Files.writeString(configurations.resolve("10-other.conflist"), "{}");
    Files.writeString(configurations.resolve("README"), "not a configuration");
  }

  private CniInstallation installation(boolean exclusive) {
    return new CniInstallation(
        plugins, configurations, Path.of("/run/weft/attach.sock"), exclusive);
  }

  private static List<String> names(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void installsAnExecutablePluginOverAnOlderOne() throws IOException {
    Files.createDirectories(plugins);
    Files.writeString(plugins.resolve("weft-cni"), "older");
    installation(true).install();
    assertThat(names(plugins)).containsExactly("weft-cni");
    assertThat(Files.readAllBytes(plugins.resolve("weft-cni"))).isEqualTo(CniInstallation.plugin());
    assertThat(Files.getPosixFilePermissions(plugins.resolve("weft-cni")))
        .isEqualTo(PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  @Test
  void leavesAPluginAloneThatIsRight() throws IOException {
    installation(true).install();
    Object before = Files.readAttributes(plugins.resolve("weft-cni"), "unix:ino");
    installation(true).install();
    assertThat(Files.readAttributes(plugins.resolve("weft-cni"), "unix:ino")).isEqualTo(before);
  }

  @Test
  void configuresWeftAlone() throws IOException {
    installation(true).configure();
    assertThat(names(configurations))
        .containsExactly("05-weft.conflist", "10-other.conflist.weft-aside", "README");
    assertThat(configurations.resolve("05-weft.conflist"))
        .content()
        .contains("\"cniVersion\": \"1.1.0\"")
        .contains("{\"type\": \"weft-cni\", \"socket\": \"/run/weft/attach.sock\"}");
  }

  @Test
  void leavesOthersWhereTheyAreWhenAsked() throws IOException {
    installation(false).configure();
    assertThat(names(configurations))
        .containsExactly("05-weft.conflist", "10-other.conflist", "README");
  }

  @Test
  void takesNoPathThatWouldHaveToBeQuoted() {
    for (String path : List.of("relative", "/with\"quote", "/" + "x".repeat(107))) {
      assertThatThrownBy(() -> new CniInstallation(plugins, configurations, Path.of(path), true))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("absolute path");
    }
  }
}
