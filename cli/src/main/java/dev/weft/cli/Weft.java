package dev.weft.cli;

import dev.weft.cli.echo.EchoCommand;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The {@code weft} command. */
@Command(
    name = "weft",
    mixinStandardHelpOptions = true,
    versionProvider = Weft.Version.class,
    description = "A service mesh without sidecars.",
    subcommands = {EchoCommand.class, AutoComplete.GenerateCompletion.class},
    synopsisSubcommandLabel = "COMMAND")
public final class Weft {
  private Weft() {}

  /**
   * Runs one command; exits with 0 on success, 1 on failure, 2 for a command line that makes no
   * sense.
   */
  public static void main(String[] args) {
    System.exit(new CommandLine(new Weft()).execute(args));
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
