package dev.weft.gatewayapi;

import dev.weft.resources.Condition;
import dev.weft.resources.ObjectStatus;
import dev.weft.resources.Programmed;
import dev.weft.resources.StatusFacts;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** GatewayClasses and XMeshes have a status only. */
final class ClassTranslation {
  private ClassTranslation() {}

  /**
   * What is known of a class or mesh that Weft serves.
   *
   * @param parameters whether it asks for more settings
   * @param features what is advertised
   * @param versions of the definitions; null for an XMesh, which says nothing of them
   */
  record Facts(
      long generation,
      boolean parameters,
      List<ObjectStatus.Feature> features,
      @Nullable BundleVersions versions)
      implements StatusFacts {
    @Override
    public List<String> watched() {
      return List.of();
    }

    @Override
    public ObjectStatus render(Programmed programmed) {
      Condition accepted =
          parameters
              ? Condition.no(
                  "Accepted", "InvalidParameters", "Weft takes no parametersRef", generation)
              : Condition.yes("Accepted", "Accepted", "Weft serves it", generation);
      return new ObjectStatus.OfClass(
          versions == null ? List.of(accepted) : List.of(accepted, versions.condition(generation)),
          features);
    }
  }
}
