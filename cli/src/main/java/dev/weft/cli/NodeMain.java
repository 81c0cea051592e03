package dev.weft.cli;

import dev.weft.node.NodeOptions;
import dev.weft.node.NodeProcess;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;

/**
 * {@code weft node} as launchers start it: while a node's process is away its L7 traffic is
 * refused, and a command line parser takes a tenth of its start. What is more than settings, or
 * wrong, is {@link NodeCommand}'s.
 */
final class NodeMain {
  private NodeMain() {}

  /** Runs until a signal comes. */
  public static void main(String[] args) throws IOException, InterruptedException {
    Optional<NodeOptions> options = options(args);
    if (options.isPresent()) {
      run(options.get());
    } else {
      String[] command = new String[args.length + 1];
      command[0] = "node";
      System.arraycopy(args, 0, command, 1, args.length);
      Weft.main(command);
    }
  }

  /** Those of a command line that holds settings only; empty for any other. */
  static Optional<NodeOptions> options(String[] args) throws IOException {
    Optional<Map<String, String>> plain = NodeSettings.plain(args);
    if (plain.isEmpty()) {
      return Optional.empty();
    }
    try {
      Map<String, String> given = new HashMap<>(plain.get());
      String config = given.remove(NodeSettings.CONFIG);
      return Optional.of(NodeSettings.of(config == null ? null : Path.of(config), given));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** Starts a node's process and keeps it until a signal comes. */
  static void run(NodeOptions options) throws IOException, InterruptedException {
    NodeProcess process = NodeProcess.start(options);
    CountDownLatch ended = new CountDownLatch(1);
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  process.close();
                  ended.countDown();
                },
                "shutdown"));
    ended.await();
  }
}
