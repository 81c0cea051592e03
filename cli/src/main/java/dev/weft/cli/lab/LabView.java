package dev.weft.cli.lab;

import dev.weft.resources.KubeObject;
import dev.weft.resources.ObjectRef;
import dev.weft.resources.ObjectStatus;
import dev.weft.resources.Pod;
import dev.weft.resources.ResourceParser;
import dev.weft.resources.Snapshot;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A running lab as seen by another process, from its files. Stateless. */
public final class LabView {
  /** How long a lab that was asked to end may take before it is cleaned up after. */
  private static final Duration PATIENCE = Duration.ofSeconds(15);

  private final LabPaths paths;

  private LabView(LabPaths paths) {
    this.paths = paths;
  }

  /**
   * Opens the lab that runs in a folder.
   *
   * @throws LabException if none does
   */
  public static LabView open(Path run) {
    LabPaths paths = new LabPaths(run.toAbsolutePath());
    if (Teardown.running(paths).isEmpty()) {
      throw new LabException("no lab runs in " + run + "; start one with 'weft lab up -f DIR'");
    }
    return new LabView(paths);
  }

  public LabPaths paths() {
    return paths;
  }

  /** Everything the lab's API server holds. */
  public Snapshot objects() {
    List<KubeObject> objects = new ArrayList<>();
    ResourceParser parser = ResourceParser.lenient();
    for (Path file : list(paths.objects())) {
      try {
        objects.addAll(parser.parse(file.toString(), Files.readAllBytes(file)).objects());
      } catch (IOException e) {
        if (!(e instanceof NoSuchFileException)) {
          throw new LabException("cannot read " + file, e);
        }
      }
    }
    return Snapshot.of(objects);
  }

  /** What the control plane says of an object, or null. */
  public @Nullable ObjectStatus status(ObjectRef ref) {
    return status(paths, ref);
  }

  static @Nullable ObjectStatus status(LabPaths paths, ObjectRef ref) {
    Path file = paths.status().resolve(ObjectFiles.name(ref));
    try {
      return ObjectStatus.read(ref.kind(), Files.readString(file));
    } catch (NoSuchFileException e) {
      return null;
    } catch (IOException e) {
      throw new LabException("cannot read " + file, e);
    }
  }

  /**
   * Reads traces that the lab received.
   *
   * @param path "" for a list, an id for a tree, "id.json" for the same as JSON
   */
  public String traces(String path) throws IOException, InterruptedException {
    URI uri =
        URI.create("http://" + Underlay.HOST_ADDRESS + ":" + TraceServer.PORT + "/traces/" + path);
    try (HttpClient http = HttpClient.newHttpClient()) {
      HttpResponse<String> answer =
          http.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
      if (answer.statusCode() != 200) {
        throw new LabException(answer.body().strip() + "; 'weft lab trace' lists the latest");
      }
      return answer.body();
    }
  }

  /**
   * Finds a pod by "name", "namespace/name" or the beginning of a name.
   *
   * @throws LabException if there is none, or more than one in different namespaces
   */
  public ObjectRef pod(String name) {
    int slash = name.indexOf('/');
    String namespace = slash < 0 ? "" : name.substring(0, slash);
    String own = name.substring(slash + 1);
    List<ObjectRef> pods =
        objects()
            .all(Pod.class)
            .map(KubeObject::ref)
            .filter(ref -> namespace.isEmpty() || ref.namespace().equals(namespace))
            .toList();
    List<ObjectRef> exact = pods.stream().filter(ref -> ref.name().equals(own)).toList();
    List<ObjectRef> found =
        exact.isEmpty()
            ? pods.stream().filter(ref -> ref.name().startsWith(own + "-")).limit(1).toList()
            : exact;
    if (found.size() == 1) {
      return found.getFirst();
    }
    throw new LabException(
        found.isEmpty()
            ? "there is no pod '" + name + "'; there are " + pods
            : "several namespaces have a pod '" + own + "'; write NAMESPACE/" + own);
  }

  /** Asks the lab to end and waits for it; removes what is left either way. */
  public static void down(Path run) {
    LabPaths paths = new LabPaths(run.toAbsolutePath());
    OptionalLong pid = Teardown.running(paths);
    Ip ip = new Ip();
    if (pid.isPresent()) {
      ProcessHandle.of(pid.getAsLong()).ifPresent(LabView::end);
    }
    if (Files.exists(paths.pid()) || !Underlay.namespaces(ip).isEmpty()) {
      new Teardown(ip, paths).run();
    }
  }

  private static void end(ProcessHandle lab) {
    CompletableFuture<ProcessHandle> ended = lab.onExit();
    lab.destroy();
    ended.completeOnTimeout(lab, PATIENCE.toSeconds(), TimeUnit.SECONDS).join();
  }

  /** Removes a folder with all that is in it. */
  public static void removeTree(Path folder) {
    Teardown.deleteTree(folder);
  }

  /** Removes what a lab of this very process had made when it was stopped half way up. */
  public static void removeOwn(Path run) {
    LabPaths paths = new LabPaths(run.toAbsolutePath());
    OptionalLong owner = Teardown.running(paths);
    if (owner.isPresent() && owner.getAsLong() == ProcessHandle.current().pid()) {
      new Teardown(new Ip(), paths).run();
    }
  }

  private static List<Path> list(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.toString().endsWith(".yaml")).sorted().toList();
    } catch (IOException e) {
      throw new LabException("cannot read " + folder, e);
    }
  }
}
