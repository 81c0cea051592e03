package dev.weft.cli.lab;

import dev.weft.resources.KubeObject;
import dev.weft.resources.ObjectRef;
import dev.weft.resources.Refusal;
import dev.weft.resources.ResourceParser;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The user's folder of YAML. Reads the files that lie directly in it, as {@code kubectl apply -f
 * DIR} does; a file whose bytes did not change is not parsed again. Confined to the lab's thread.
 */
final class ManifestFolder {
  private static final int MAX_FILES = 10_000;

  private final Path folder;
  private final ResourceParser parser = ResourceParser.strict();
  private Map<Path, Read> files = new HashMap<>();

  ManifestFolder(Path folder) {
    this.folder = folder;
  }

  /**
   * The folder's content.
   *
   * @param files where each object is written
   * @param suspicious files that are empty now and were not before: an editor may be about to write
   *     them
   */
  record Content(
      List<KubeObject> objects,
      Map<ObjectRef, String> files,
      List<Refusal> refusals,
      List<String> suspicious) {
    Content {
      objects = List.copyOf(objects);
      files = Map.copyOf(files);
      refusals = List.copyOf(refusals);
      suspicious = List.copyOf(suspicious);
    }
  }

  private record Read(ByteBuffer bytes, ResourceParser.Parsed parsed) {}

  Path path() {
    return folder;
  }

  /**
   * Reads the folder.
   *
   * @throws LabException if there is no such folder
   */
  Content read() {
    Map<Path, Read> now = new LinkedHashMap<>();
    List<Refusal> refusals = new ArrayList<>();
    List<String> suspicious = new ArrayList<>();
    for (Path file : list()) {
      try {
        byte[] bytes = Files.readAllBytes(file);
        Read before = files.get(file);
        if (before != null && before.bytes.equals(ByteBuffer.wrap(bytes))) {
          now.put(file, before);
        } else {
          if (bytes.length == 0 && before != null && before.bytes.hasRemaining()) {
            suspicious.add(name(file));
          }
          now.put(file, new Read(ByteBuffer.wrap(bytes), parser.parse(name(file), bytes)));
        }
      } catch (IOException e) {
        // One removed since the listing is no mistake: the event of that comes next.
        if (e instanceof NoSuchFileException) {
          continue;
        }
        refusals.add(new Refusal(name(file), 0, "", "cannot be read: " + e.getMessage()));
      }
    }
    if (suspicious.isEmpty()) {
      files = now;
    }
    return collect(now, refusals, suspicious);
  }

  private static Content collect(
      Map<Path, Read> read, List<Refusal> refusals, List<String> suspicious) {
    List<KubeObject> objects = new ArrayList<>();
    Map<ObjectRef, String> origin = new HashMap<>();
    read.forEach(
        (file, content) -> {
          refusals.addAll(content.parsed().refusals());
          for (KubeObject object : content.parsed().objects()) {
            String earlier = origin.putIfAbsent(object.ref(), name(file));
            if (earlier == null) {
              objects.add(object);
            } else {
              refusals.add(
                  new Refusal(
                      name(file),
                      0,
                      "metadata.name",
                      object.ref() + " is in " + earlier + " already"));
            }
          }
        });
    return new Content(objects, origin, refusals, suspicious);
  }

  private static String name(Path file) {
    return String.valueOf(file.getFileName());
  }

  private List<Path> list() {
    try (Stream<Path> all = Files.list(folder)) {
      List<Path> files =
          all.filter(file -> isManifest(name(file)) && Files.isRegularFile(file)).sorted().toList();
      if (files.size() > MAX_FILES) {
        throw new LabException(folder + " has more than " + MAX_FILES + " manifests");
      }
      return files;
    } catch (IOException e) {
      throw new LabException("cannot read folder " + folder + ": give one with -f", e);
    }
  }

  private static boolean isManifest(String name) {
    return !name.startsWith(".")
        && (name.endsWith(".yaml") || name.endsWith(".yml") || name.endsWith(".json"));
  }
}
