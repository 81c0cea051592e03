package dev.weft.cli.demo;

import dev.weft.cli.lab.Ip;
import dev.weft.cli.lab.Lab;
import dev.weft.cli.lab.LabClock;
import dev.weft.cli.lab.LabNode;
import dev.weft.cli.load.ChronoMicros;
import dev.weft.flows.receiver.OtlpReceiver;
import dev.weft.resources.Kind;
import dev.weft.resources.ObjectRef;
import dev.weft.resources.Pod;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;

/**
 * What acts do to a lab: calls from pods and from outside, load, edits of the user's files, looks
 * at what the mesh exported. Every call is a program of the machine inside the pod's network
 * namespace.
 */
public final class Stage {
  /** No act's load lasts longer than six seconds by itself. */
  private static final Duration LOAD_PATIENCE = Duration.ofSeconds(45);

  private final Lab lab;
  private final Path manifests;
  private final Path scratch;

  /**
   * @param manifests the folder that the lab follows
   * @param scratch for files of the acts, on the same file system as the manifests
   */
  public Stage(Lab lab, Path manifests, Path scratch) {
    this.lab = lab;
    this.manifests = manifests;
    this.scratch = scratch;
  }

  public Lab lab() {
    return lab;
  }

  /** What the nodes exported. */
  public OtlpReceiver telemetry() {
    return lab.telemetry();
  }

  Path scratch() {
    return scratch;
  }

  /** curl in a pod, "namespace/name". */
  HttpAnswer curl(String pod, String... arguments) {
    return curl(inPod(pod, List.of()), arguments);
  }

  /** curl on the machine itself, which is outside of the cluster. */
  HttpAnswer curlFromOutside(String... arguments) {
    return curl(List.of(), arguments);
  }

  private HttpAnswer curl(List<String> prefix, String... arguments) {
    try {
      Path headers = Files.createTempFile(scratch, "headers", "");
      Path body = Files.createTempFile(scratch, "body", "");
      List<String> command = new ArrayList<>(prefix);
      command.addAll(
          List.of(
              "curl", "-sS", "--max-time", "5", "-D", headers.toString(), "-o", body.toString()));
      command.addAll(List.of("-w", "%{http_code}"));
      command.addAll(Arrays.asList(arguments));
      Finished finished = run(command);
      HttpAnswer answer =
          HttpAnswer.parse(
              number(finished.out()),
              Files.readString(headers),
              Files.readString(body),
              finished.err());
      Files.delete(headers);
      Files.delete(body);
      return answer;
    } catch (IOException e) {
      throw new StageException("cannot keep what curl got: " + e.getMessage(), e);
    }
  }

  private static int number(String text) {
    return text.isBlank() ? 0 : Integer.parseInt(text.strip());
  }

  /** Load from a pod to its end. */
  LoadReport load(String pod, String... arguments) throws InterruptedException {
    return startLoad(pod, arguments).report();
  }

  /** Load that goes on while the act does something else; returns with its first request. */
  RunningLoad startLoad(String pod, String... arguments) throws InterruptedException {
    try {
      Path out = Files.createTempFile(scratch, "load", ".json");
      Path err = Files.createTempFile(scratch, "load", ".err");
      Process process =
          new ProcessBuilder(inPod(pod, lab.programs().load(Arrays.asList(arguments))))
              .redirectOutput(out.toFile())
              .redirectError(err.toFile())
              .start();
      RunningLoad load = new RunningLoad(process, out, err);
      await(LOAD_PATIENCE, () -> load.hasStarted() || !process.isAlive());
      return load;
    } catch (IOException e) {
      throw new StageException("cannot start load in " + pod, e);
    }
  }

  /** A load generator at work. */
  record RunningLoad(Process process, Path out, Path err) {
    /** Of a program that ended by SIGTERM. */
    private static final int STOPPED = 143;

    boolean hasStarted() {
      try {
        return Files.size(err) > 0;
      } catch (IOException e) {
        throw new StageException("cannot read what weft load said", e);
      }
    }

    /** Ends the load before its time. */
    LoadReport stop() throws InterruptedException {
      process.destroy();
      return report();
    }

    LoadReport report() throws InterruptedException {
      if (!process.waitFor(LOAD_PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new StageException(
            "weft load did not end within " + LOAD_PATIENCE.toSeconds() + " s");
      }
      try {
        if (process.exitValue() != 0 && process.exitValue() != STOPPED) {
          throw new StageException("weft load failed: " + Files.readString(err).strip());
        }
        return LoadReport.parse(Files.readString(out));
      } catch (IOException e) {
        throw new StageException("cannot read what weft load printed", e);
      }
    }
  }

  /** Any program in a pod. */
  Finished exec(String pod, String... command) {
    return run(inPod(pod, List.of(command)));
  }

  /** How a program ended. */
  record Finished(int code, String out, String err) {}

  private static Finished run(List<String> command) {
    try {
      Process process = new ProcessBuilder(command).start();
      process.getOutputStream().close();
      String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      String err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
      return new Finished(process.waitFor(), out, err);
    } catch (IOException e) {
      throw new StageException("cannot run " + command.getFirst() + ": " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StageException("interrupted while " + command.getFirst() + " ran", e);
    }
  }

  private List<String> inPod(String pod, List<String> command) {
    int slash = pod.indexOf('/');
    return Ip.insidePod(Lab.namespace(pod.substring(0, slash), pod.substring(slash + 1)), command);
  }

  /** Address of a pod, "namespace/name". */
  String address(String pod) {
    int slash = pod.indexOf('/');
    ObjectRef ref = new ObjectRef(Kind.POD, pod.substring(0, slash), pod.substring(slash + 1));
    if (lab.snapshot().get(ref) instanceof Pod found && !found.status().podIP().isEmpty()) {
      return found.status().podIP();
    }
    throw new StageException("there is no " + ref + " with an address");
  }

  LabNode node(int number) {
    return lab.nodes().get(number - 1);
  }

  /**
   * Changes a file of the user's folder, as an editor that writes safely does.
   *
   * @return wall time at which the new content was there, microseconds since 1970
   */
  long edit(String file, UnaryOperator<String> change) {
    Path target = manifests.resolve(file);
    try {
      String before = Files.readString(target);
      String after = change.apply(before);
      if (after.equals(before)) {
        throw new StageException("the edit of " + file + " would change nothing");
      }
      Path draft = scratch.resolve(file);
      Files.writeString(draft, after);
      long at = ChronoMicros.now();
      Files.move(draft, target, StandardCopyOption.ATOMIC_MOVE);
      return at;
    } catch (IOException e) {
      throw new StageException("cannot edit " + target + ": " + e.getMessage(), e);
    }
  }

  /** Waits until something is so; false if it is not within that time. */
  boolean await(Duration patience, BooleanSupplier condition) throws InterruptedException {
    return LabClock.await(patience, condition);
  }

  void pause(Duration time) throws InterruptedException {
    LabClock.pause(time);
  }
}
