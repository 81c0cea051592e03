package dev.weft.cli.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;

/**
 * How the programs of this build are started: the JVM, its flags and the class path that this
 * process runs with.
 */
public final class Programs {
  private static final String ECHO = "dev.weft.cli.echo.EchoCommand";
  private static final String LOAD = "dev.weft.cli.load.LoadCommand";
  private static final String WEFT = "dev.weft.cli.Weft";

  /** One small process a pod: no second compiler, no collector threads. */
  private static final List<String> SMALL =
      List.of(
          "-XX:+UseSerialGC",
          "-XX:TieredStopAtLevel=1",
          "-Xss512k",
          "-XX:-UsePerfData",
          "-Dsun.net.inetaddr.ttl=0",
          "-Dsun.net.inetaddr.negative.ttl=0",
          "--enable-native-access=ALL-UNNAMED");

  /** What echo and load need; a short class path is read faster. */
  private static final Pattern SMALL_JARS =
      Pattern.compile(
          "netty-(?!tcnative|transport-native|codec-haproxy|handler-proxy).*|picocli-.*|bc(pkix|prov|util)-.*|weft-cli-.*|jspecify-.*");

  private static final String HEAP_32M = "-Xmx32m";
  private static final String HEAP_64M = "-Xmx64m";

  private final String java;
  private final String classPath;

  private Programs(String java, String classPath) {
    this.java = java;
    this.classPath = classPath;
  }

  /** The programs of the build that this very process was started from. */
  public static Programs ofThisProcess() {
    return new Programs(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        System.getProperty("java.class.path"));
  }

  /** A JVM with the whole class path. */
  List<String> jvm(List<String> flags, String mainClass, List<String> arguments) {
    List<String> command = new ArrayList<>(List.of(java));
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
    List<String> command = new ArrayList<>(List.of(java));
    command.addAll(SMALL);
    command.addAll(List.of(heap, "-cp", smallClassPath(), mainClass));
    return command;
  }

  private String smallClassPath() {
    List<String> kept =
        Arrays.stream(classPath.split(":", -1))
            .filter(
                entry ->
                    !entry.endsWith(".jar")
                        || SMALL_JARS.matcher(Path.of(entry).getFileName().toString()).matches())
            .toList();
    return String.join(":", kept);
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
            + shell(jvm(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"), WEFT, List.of()))
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
