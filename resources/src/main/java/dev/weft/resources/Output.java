package dev.weft.resources;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What one object becomes; see {@link Translation} for the parts. Several objects may have the same
 * part, which is then the same for all of them and stays until none of them has it.
 *
 * @param <R> the message that nodes are sent
 */
public record Output<R>(
    Map<String, R> resources, Map<ObjectRef, StatusFacts> facts, List<KubeObject> generated) {

  /** An output on its way; confined to one computation. */
  public static final class Builder<R> {
    private final Map<String, R> resources = new LinkedHashMap<>();
    private final Map<ObjectRef, StatusFacts> facts = new LinkedHashMap<>();
    private List<KubeObject> generated = List.of();

    /** Adds a resource; null adds nothing. */
    public Builder<R> resource(String name, @Nullable R resource) {
      if (resource != null) {
        resources.put(name, resource);
      }
      return this;
    }

    public Builder<R> facts(ObjectRef object, StatusFacts fact) {
      facts.put(object, fact);
      return this;
    }

    public Builder<R> generated(List<KubeObject> objects) {
      generated = List.copyOf(objects);
      return this;
    }

    public Output<R> build() {
      return new Output<>(Map.copyOf(resources), Map.copyOf(facts), generated);
    }
  }
}
