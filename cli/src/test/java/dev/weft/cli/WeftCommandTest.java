package dev.weft.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class WeftCommandTest {
  private final StringWriter err = new StringWriter();

  private CommandLine weft() {
    return Weft.commandLine().setErr(new PrintWriter(err, true));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "nonsense",
        "lab up",
        "node --name x",
        "control-plane --folder a",
        "echo --latency soon",
        "echo --forward ftp://x/",
        "load nowhere"
      })
  void refusesCommandLinesThatMakeNoSense(String line) {
    assertThat(weft().execute(line.split(" ", -1))).isEqualTo(2);
    assertThat(err.toString()).isNotBlank();
  }

  @Test
  void saysThatNoLabRuns() {
    assertThat(weft().execute("lab", "status", "--run", "/run/there-is-no-lab-here")).isEqualTo(1);
    assertThat(err.toString()).contains("weft lab up");
  }

  @ParameterizedTest
  @ValueSource(strings = {"--help", "--version", "lab --help", "demo --help", "completion bash"})
  void helps(String line) {
    assertThat(weft().execute(line.split(" ", -1))).isZero();
  }
}
