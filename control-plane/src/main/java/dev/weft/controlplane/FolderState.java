package dev.weft.controlplane;

import dev.weft.resources.KubeObject;
import dev.weft.resources.ObjectRef;
import dev.weft.resources.Refusal;
import dev.weft.resources.ResourceParser;
import dev.weft.resources.Snapshot;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What a folder of YAML files means, file by file. A file with a refusal changes nothing: its last
 * good state stays. Where two files hold the same object, the file whose name sorts first has it.
 *
 * <p>No I/O; confined to one thread.
 */
final class FolderState {
  private final ResourceParser parser;
  private final Map<String, List<KubeObject>> goodByFile = new HashMap<>();
  private final Map<String, List<Refusal>> refusedByFile = new TreeMap<>();
  private final Map<ObjectRef, TreeMap<String, KubeObject>> holders = new HashMap<>();

  /** Objects that more than one file holds. */
  private final Set<ObjectRef> disputed = new TreeSet<>();

  private Snapshot snapshot = Snapshot.empty();

  FolderState(ResourceParser parser) {
    this.parser = parser;
  }

  /**
   * Takes new contents of files.
   *
   * @param contents by file name; null for a file that is gone
   */
  View apply(Map<String, byte @Nullable []> contents) {
    Set<ObjectRef> touched = new HashSet<>();
    contents.forEach(
        (file, content) -> {
          if (content == null) {
            refusedByFile.remove(file);
            replace(file, List.of(), touched);
          } else {
            read(file, content, touched);
          }
        });
    List<KubeObject> upserted = new ArrayList<>();
    List<ObjectRef> removed = new ArrayList<>();
    for (ObjectRef ref : touched) {
      TreeMap<String, KubeObject> files = holders.get(ref);
      if (files == null) {
        removed.add(ref);
      } else {
        upserted.add(files.firstEntry().getValue());
      }
      if (files != null && files.size() > 1) {
        disputed.add(ref);
      } else {
        disputed.remove(ref);
      }
    }
    snapshot = snapshot.with(upserted, removed);
    return new View(snapshot, refusals());
  }

  /** Records that a file cannot be read; its last good state stays. */
  void unreadable(String file, String reason) {
    refusedByFile.put(file, List.of(new Refusal(file, 0, "", reason)));
  }

  /** The names of all files that mean anything. */
  Set<String> files() {
    Set<String> files = new HashSet<>(goodByFile.keySet());
    files.addAll(refusedByFile.keySet());
    return files;
  }

  boolean holdsObjects(String file) {
    return goodByFile.containsKey(file);
  }

  private void read(String file, byte[] content, Set<ObjectRef> touched) {
    ResourceParser.Parsed parsed = parser.parse(file, content);
    if (!parsed.refusals().isEmpty()) {
      refusedByFile.put(file, parsed.refusals());
      return;
    }
    refusedByFile.remove(file);
    replace(file, parsed.objects(), touched);
  }

  private void replace(String file, List<KubeObject> objects, Set<ObjectRef> touched) {
    List<KubeObject> before =
        objects.isEmpty() ? goodByFile.remove(file) : goodByFile.put(file, objects);
    for (KubeObject object : before == null ? List.<KubeObject>of() : before) {
      ObjectRef ref = object.ref();
      touched.add(ref);
      TreeMap<String, KubeObject> files = holders.get(ref);
      if (files != null) {
        files.remove(file);
        if (files.isEmpty()) {
          holders.remove(ref);
        }
      }
    }
    for (KubeObject object : objects) {
      touched.add(object.ref());
      holders.computeIfAbsent(object.ref(), ref -> new TreeMap<>()).put(file, object);
    }
  }

  private List<Refusal> refusals() {
    List<Refusal> all = new ArrayList<>();
    refusedByFile.values().forEach(all::addAll);
    for (ObjectRef ref : disputed) {
      TreeMap<String, KubeObject> files = holders.getOrDefault(ref, new TreeMap<>());
      files.keySet().stream()
          .skip(1)
          .map(file -> new Refusal(file, 0, "", ref + " is already in " + files.firstKey()))
          .forEach(all::add);
    }
    return all;
  }
}
