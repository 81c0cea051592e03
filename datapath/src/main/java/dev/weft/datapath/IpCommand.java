package dev.weft.datapath;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The ip command of iproute2, in the network namespace of the calling thread. Arguments are never
 * seen by a shell; those that come from outside were checked by {@link Names}.
 */
final class IpCommand {
  private static final int TIMEOUT_SECONDS = 10;
  private static final String IP =
      Files.isExecutable(Path.of("/usr/sbin/ip")) ? "/usr/sbin/ip" : "ip";

  private IpCommand() {}

  /** Runs one command and gives its output. */
  static String run(String... arguments) {
    List<String> command = new ArrayList<>(List.of(IP));
    command.addAll(List.of(arguments));
    return execute(command, "");
  }

  /** Runs commands in one process, one a line, until one fails, and gives their output. */
  static String batch(List<String> lines) {
    return lines.isEmpty()
        ? ""
        : execute(List.of(IP, "-4", "-batch", "-"), String.join("\n", lines) + "\n");
  }

  private static String execute(List<String> command, String input) {
    String shown = String.join(" ", command) + (input.isEmpty() ? "" : " <<\n" + input);
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      try (OutputStream stdin = process.getOutputStream()) {
        stdin.write(input.getBytes(StandardCharsets.UTF_8));
      }
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new DatapathException("no end after " + TIMEOUT_SECONDS + " s: " + shown);
      }
      if (process.exitValue() != 0) {
        throw new DatapathException(output.strip() + " in: " + shown.strip());
      }
      return output;
    } catch (IOException e) {
      throw new DatapathException("cannot run ip; install iproute2: " + shown, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new DatapathException("interrupted in: " + shown, e);
    }
  }
}
