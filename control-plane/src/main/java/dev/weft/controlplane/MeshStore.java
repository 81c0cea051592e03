package dev.weft.controlplane;

import dev.weft.api.v1.Resource;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Every resource of the mesh, versioned. Confined to the mesh thread. */
final class MeshStore {
  private final Map<String, Resource> resources = new HashMap<>();

  /**
   * Replaces everything.
   *
   * @param next by name, with versions
   * @return the names whose version changed, came or went
   */
  Set<String> replace(Map<String, Resource> next) {
    Set<String> changed = new HashSet<>();
    next.forEach(
        (name, resource) -> {
          Resource before = resources.put(name, resource);
          if (before == null || !before.getVersion().equals(resource.getVersion())) {
            changed.add(name);
          }
        });
    if (resources.size() > next.size()) {
      for (String name : List.copyOf(resources.keySet())) {
        if (!next.containsKey(name)) {
          resources.remove(name);
          changed.add(name);
        }
      }
    }
    return changed;
  }

  /** A resource, or null. */
  @Nullable Resource get(String name) {
    return resources.get(name);
  }

  /** All names. */
  Set<String> names() {
    return Collections.unmodifiableSet(resources.keySet());
  }
}
