package dev.weft.cli.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;

/**
 * How the programs of this build are started: the JVM, its flags and the class path that this
 * process runs with.
 */
public final class Programs {
  private static final String ECHO = "dev.weft.cli.echo.EchoCommand";
  private static final String LOAD = "dev.weft.cli.load.LoadCommand";
  private static final String WEFT = "dev.weft.cli.Weft";

  /**
   * One small process a pod: no second compiler, no collector threads; Netty's buffers by Unsafe,
   * since the code that frees them through the linker takes a sixth of a start to make.
   */
  private static final List<String> SMALL =
      List.of(
          "-XX:+UseSerialGC",
          "-XX:TieredStopAtLevel=1",
          "-Xss512k",
          "-XX:-UsePerfData",
          "-Dio.netty.noUnsafe=false",
          "--sun-misc-unsafe-memory-access=allow",
          "-Dsun.net.inetaddr.ttl=0",
          "-Dsun.net.inetaddr.negative.ttl=0",
          "--enable-native-access=ALL-UNNAMED");

  /** The cache of all that is neither node nor control plane. */
  private static final String COMMANDS = "weft";

  /** As in build/jvm.sh, where it says why. */
  private static final String NO_NETTY_EVENTS = "-Dio.netty.jfr.enabled=false";

  private static final String HEAP_32M = "-Xmx32m";
  private static final String HEAP_64M = "-Xmx64m";

  private final String java;
  private final String classPath;
  private final String libraryPath;

  private Programs(String java, String classPath, String libraryPath) {
    this.java = java;
    this.classPath = classPath;
    this.libraryPath = libraryPath;
  }

  /** The programs of the build that this very process was started from. */
  public static Programs ofThisProcess() {
    return new Programs(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        System.getProperty("java.class.path"),
        System.getProperty("java.library.path"));
  }

  /**
   * Flags for one of the caches of loaded classes that the launcher makes beside the jars
   * (build/train.sh). They are good for the whole class path in its order only, and the JVM goes on
   * without one that no longer fits.
   */
  private static List<String> cache(String name) {
    String launcher = System.getProperty("weft.launcher");
    if (launcher == null) {
      return List.of();
    }
    Path file = Path.of(launcher).resolveSibling("cli/target/aot/" + name + ".aot");
    return Files.exists(file)
        ? List.of("-XX:AOTCache=" + file, "-Xlog:aot=off", "-Xlog:cds=off")
        : List.of();
  }

  /**
   * A JVM with the whole class path.
   *
   * @param cache name of its cache of loaded classes
   */
  List<String> jvm(String cache, List<String> flags, String mainClass, List<String> arguments) {
    List<String> command = new ArrayList<>(List.of(java));
    command.addAll(cache(cache));
    command.add(NO_NETTY_EVENTS);
    command.add("-Djava.library.path=" + libraryPath);
    command.addAll(flags);
    command.addAll(List.of("-cp", classPath, mainClass));
    command.addAll(arguments);
    return command;
  }

  /** {@code weft load}, started the short way. */
  public List<String> load(List<String> arguments) {
    List<String> command = small(LOAD, HEAP_64M);
    command.addAll(arguments);
    return command;
  }

  private List<String> small(String mainClass, String heap) {
    List<String> flags = new ArrayList<>(SMALL);
    flags.add(heap);
    return jvm(COMMANDS, flags, mainClass, List.of());
  }

  /** Writes the {@code weft} that containers find on their path. */
  void install(Path bin) throws IOException {
    Files.createDirectories(bin);
    Path script = bin.resolve("weft");
    Files.writeString(
        script,
        "#!/bin/sh\n"
            + "# The weft command inside of pods; the two programs that pods run start the short way.\n"
            + "case \"$1\" in\n"
            + "  echo) shift; exec "
            + shell(small(ECHO, HEAP_32M))
            + " \"$@\" ;;\n"
            + "  load) shift; exec "
            + shell(small(LOAD, HEAP_64M))
            + " \"$@\" ;;\n"
            + "esac\n"
            + "exec "
            + shell(
                jvm(
                    COMMANDS,
                    List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"),
                    WEFT,
                    List.of()))
            + " \"$@\"\n");
    Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private static String shell(List<String> words) {
    StringBuilder line = new StringBuilder();
    for (String word : words) {
      line.append(line.isEmpty() ? "" : " ")
          .append('\'')
          .append(word.replace("'", "'\\''"))
          .append('\'');
    }
    return line.toString();
  }
}
