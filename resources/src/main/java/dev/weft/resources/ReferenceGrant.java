package dev.weft.resources;

import com.fasterxml.jackson.databind.JsonNode;
import dev.weft.resources.Schema.Carried;
import dev.weft.resources.Schema.Size;
import dev.weft.resources.Schema.Text;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Allows objects of other namespaces to refer to objects of this one. */
public record ReferenceGrant(
    ObjectMeta metadata, Spec spec, @Carried({"status"}) Map<String, JsonNode> carried)
    implements KubeObject {

  public record Spec(
      @Size(min = 1, max = 16) List<From> from, @Size(min = 1, max = 16) List<To> to) {

    /** Whether a reference is covered by one of the froms and one of the tos. */
    public boolean allows(From source, String toGroup, String toKind, String toName) {
      return from.contains(source)
          && to.stream()
              .anyMatch(
                  target ->
                      target.group().equals(toGroup)
                          && target.kind().equals(toKind)
                          && (target.name() == null || target.name().equals(toName)));
    }
  }

  public record From(
      @Text(max = 253, pattern = Schema.GROUP) String group,
      @Text(min = 1, max = 63, pattern = Schema.KIND) String kind,
      @Text(min = 1, max = 63, pattern = Schema.DNS_LABEL) String namespace) {}

  /**
   * What may be referred to.
   *
   * @param name null: every object of the kind
   */
  public record To(
      @Text(max = 253, pattern = Schema.GROUP) String group,
      @Text(min = 1, max = 63, pattern = Schema.KIND) String kind,
      @Nullable @Text(min = 1, max = 253) String name) {}

  @Override
  public ReferenceGrant withMetadata(ObjectMeta value) {
    return new ReferenceGrant(value, spec, carried);
  }
}
