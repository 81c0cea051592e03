package dev.weft.cli;

import dev.weft.cli.demo.DemoCommand;
import dev.weft.cli.demo.StageException;
import dev.weft.cli.echo.EchoCommand;
import dev.weft.cli.lab.LabException;
import dev.weft.cli.load.LoadCommand;
import java.io.IOException;
import org.slf4j.bridge.SLF4JBridgeHandler;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The {@code weft} command. */
@Command(
    name = "weft",
    mixinStandardHelpOptions = true,
    versionProvider = Weft.Version.class,
    description = "A service mesh without sidecars.",
    subcommands = {
      DemoCommand.class,
      LabCommand.class,
      ControlPlaneCommand.class,
      BootstrapCommand.class,
      NodeCommand.class,
      BenchNodeCommand.class,
      BenchDatapathCommand.class,
      BenchFleetCommand.class,
      BenchReceiverCommand.class,
      EchoCommand.class,
      LoadCommand.class,
      TrainCommand.class,
      CompletionCommand.class
    },
    synopsisSubcommandLabel = "COMMAND")
public final class Weft {
  private Weft() {}

  /**
   * Runs one command; exits with 0 on success, 1 on failure, 2 for a command line that makes no
   * sense.
   */
  public static void main(String[] args) {
    // gRPC writes to java.util.logging; one place decides what is worth saying.
    SLF4JBridgeHandler.removeHandlersForRootLogger();
    SLF4JBridgeHandler.install();
    System.exit(commandLine().execute(args));
  }

  /** The whole command with its error handling. */
  static CommandLine commandLine() {
    return new CommandLine(new Weft())
        .setExecutionExceptionHandler(
            (error, command, parsed) -> {
              if (error instanceof LabException
                  || error instanceof StageException
                  || error instanceof IOException) {
                command.getErr().println("weft: " + error.getMessage());
                return 1;
              }
              throw error;
            });
  }

  /** Reads the version from the jar's manifest. */
  static final class Version implements CommandLine.IVersionProvider {
    @Override
    public String[] getVersion() {
      String version = Weft.class.getPackage().getImplementationVersion();
      return new String[] {"weft " + (version == null ? "(from class files)" : version)};
    }
  }
}
