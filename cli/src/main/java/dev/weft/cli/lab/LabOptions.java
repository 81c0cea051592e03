package dev.weft.cli.lab;

import java.nio.file.Path;

/**
 * What lab to bring up.
 *
 * @param folder the user's YAML
 * @param nodes how many nodes
 * @param run where the running lab keeps its files
 */
public record LabOptions(Path folder, int nodes, Path run) {
  /** Where labs run if nobody says otherwise. */
  public static final Path DEFAULT_RUN = Path.of("/run/weft");
}
