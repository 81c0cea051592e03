package dev.weft.cli.demo;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Where this project's examples lie. */
final class DemoPaths {
  private static final Path DEMO = Path.of("examples", "demo");

  private DemoPaths() {}

  /** examples/demo beside the launcher, or in the working folder or one above (as tests run). */
  static Path examples() {
    @Nullable String launcher = System.getProperty("weft.launcher");
    List<Path> candidates =
        launcher == null
            ? List.of(DEMO, Path.of("..").resolve(DEMO))
            : List.of(Path.of(launcher).resolveSibling(DEMO.toString()));
    return candidates.stream()
        .filter(Files::isDirectory)
        .findFirst()
        .orElseThrow(
            () -> new StageException("there is no " + DEMO + " here; give it with --manifests"));
  }
}
