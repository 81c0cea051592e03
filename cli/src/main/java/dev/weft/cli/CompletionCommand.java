package dev.weft.cli;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code weft completion bash}: a script for the shell to source. */
@Command(
    name = "completion",
    mixinStandardHelpOptions = true,
    description = "Print a completion script: source <(weft completion bash)")
final class CompletionCommand implements Callable<Integer> {
  @Spec private @Nullable CommandSpec spec;

  @Parameters(paramLabel = "SHELL", description = "${COMPLETION-CANDIDATES}")
  private Shell shell = Shell.bash;

  /** zsh reads bash's scripts once it is told to. */
  enum Shell {
    bash,
    zsh
  }

  @Override
  public Integer call() {
    if (spec != null) {
      if (shell == Shell.zsh) {
        System.out.println("autoload -U +X bashcompinit && bashcompinit");
      }
      System.out.print(AutoComplete.bash("weft", spec.root().commandLine()));
    }
    return 0;
  }
}
