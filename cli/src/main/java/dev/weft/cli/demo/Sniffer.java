package dev.weft.cli.demo;

import dev.weft.cli.lab.Ip;
import dev.weft.cli.lab.Lab;
import dev.weft.cli.lab.LabNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * tcpdump on the underlay, where a node is plugged into the switch: it sees all that crosses
 * between nodes.
 */
final class Sniffer {
  private final Process process;
  private final Path file;
  private final Path said;

  private Sniffer(Process process, Path file, Path said) {
    this.process = process;
    this.file = file;
    this.said = said;
  }

  /** Starts to listen; returns when it does. */
  static Sniffer start(Stage stage, LabNode node) throws InterruptedException {
    try {
      Path file = Files.createTempFile(stage.scratch(), "underlay", ".pcap");
      Path said = Files.createTempFile(stage.scratch(), "tcpdump", ".log");
      List<String> tcpdump =
          List.of(
              "tcpdump",
              "-i",
              Lab.switchPort(node),
              "-s",
              "0",
              "-U",
              "--immediate-mode",
              "-Z",
              "root",
              "-w",
              file.toString(),
              "not",
              "arp");
      Process process =
          new ProcessBuilder(Ip.inside(Lab.SWITCH_NAMESPACE, tcpdump))
              .redirectError(said.toFile())
              .start();
      Sniffer sniffer = new Sniffer(process, file, said);
      if (!stage.await(Duration.ofSeconds(5), sniffer::isListening)) {
        throw new StageException("tcpdump does not listen: " + Files.readString(said).strip());
      }
      return sniffer;
    } catch (IOException e) {
      throw new StageException("cannot run tcpdump; install the package tcpdump", e);
    }
  }

  private boolean isListening() {
    try {
      return Files.readString(said).contains("listening on");
    } catch (IOException e) {
      throw new StageException("cannot read what tcpdump said", e);
    }
  }

  /** Ends it and gives what it saw. */
  Capture stop(Stage stage) throws InterruptedException {
    // What a packet causes on the switch takes microseconds; this is for tcpdump's own buffer.
    stage.pause(Duration.ofMillis(150));
    process.destroy();
    if (!process.waitFor(5, TimeUnit.SECONDS)) {
      process.destroyForcibly();
    }
    return Capture.read(file);
  }
}
