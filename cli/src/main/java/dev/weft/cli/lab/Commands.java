package dev.weft.cli.lab;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Runs short commands to their end. Arguments go as an array: no shell reads them. */
final class Commands {
  private static final int MAX_OUTPUT = 16 << 20;

  /** No command here does more than ask the kernel; one that takes this long hangs. */
  private static final long PATIENCE_SECONDS = 30;

  private Commands() {}

  /** How a command ended. */
  record Result(int code, String out, String err) {
    boolean ok() {
      return code == 0;
    }
  }

  /**
   * Runs a command that must succeed.
   *
   * @param input sent to its standard input
   * @return standard output
   * @throws LabException with what it wrote to standard error
   */
  static String run(List<String> command, String input) {
    Result result = attempt(command, input);
    if (!result.ok()) {
      throw new LabException(
          "'"
              + String.join(" ", command)
              + "' failed ("
              + result.code()
              + "): "
              + result.err().strip());
    }
    return result.out();
  }

  /**
   * Runs a command that may fail.
   *
   * @throws LabException if it cannot be started or does not end
   */
  static Result attempt(List<String> command, String input) {
    try {
      Process process = new ProcessBuilder(command).start();
      CompletableFuture<String> err =
          CompletableFuture.supplyAsync(() -> text(process.getErrorStream()));
      if (!input.isEmpty()) {
        process.getOutputStream().write(input.getBytes(StandardCharsets.UTF_8));
      }
      process.getOutputStream().close();
      String out = text(process.getInputStream());
      if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new LabException(
            "'" + String.join(" ", command) + "' did not end within " + PATIENCE_SECONDS + " s");
      }
      return new Result(process.exitValue(), out, err.join());
    } catch (IOException e) {
      throw new LabException("cannot run '" + command.getFirst() + "': " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new LabException("interrupted while '" + command.getFirst() + "' ran", e);
    }
  }

  private static String text(InputStream stream) {
    try (stream) {
      return new String(stream.readNBytes(MAX_OUTPUT), StandardCharsets.UTF_8);
    } catch (IOException e) {
      return "(cannot read its output: " + e.getMessage() + ")";
    }
  }
}
