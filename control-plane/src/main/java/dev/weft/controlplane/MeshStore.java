package dev.weft.controlplane;

import dev.weft.api.v1.Resource;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Every resource of the mesh, versioned. Confined to the mesh thread. */
final class MeshStore {
  /** The version of what is not there. */
  static final String NONE = "";

  private final Map<String, Resource> resources = new HashMap<>();

  /**
   * Takes changes.
   *
   * @param changes by name; each gets the version that its content has; null: gone
   * @return the names whose version is another one now, with the one they had, or {@link #NONE}
   */
  Map<String, String> apply(Map<String, @Nullable Resource> changes) {
    Map<String, String> before = new HashMap<>();
    changes.forEach(
        (name, change) -> {
          Resource now = change == null ? null : ResourceVersions.versioned(change);
          Resource old = now == null ? resources.remove(name) : resources.put(name, now);
          if (!version(old).equals(version(now))) {
            before.put(name, version(old));
          }
        });
    return before;
  }

  private static String version(@Nullable Resource resource) {
    return resource == null ? NONE : resource.getVersion();
  }

  /** A resource, or null. */
  @Nullable Resource get(String name) {
    return resources.get(name);
  }

  /** The version that a resource has now, or {@link #NONE}. */
  String version(String name) {
    return version(resources.get(name));
  }

  /** All names. */
  Set<String> names() {
    return Collections.unmodifiableSet(resources.keySet());
  }

  Collection<Resource> all() {
    return Collections.unmodifiableCollection(resources.values());
  }
}
