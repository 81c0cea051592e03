package dev.weft.resources;

import dev.weft.resources.Schema.Default;
import dev.weft.resources.Schema.Text;

/** Certificates of authorities that the whole cluster may refer to (KEP-3257, GEP-5075). */
public record ClusterTrustBundle(ObjectMeta metadata, Spec spec) implements KubeObject {

  /**
   * The authorities.
   *
   * @param signerName whose they are; "" for nobody's in particular
   * @param trustBundle PEM certificates
   */
  public record Spec(
      @Default("") @Text(max = 571) String signerName, @Text(min = 1) String trustBundle) {}

  @Override
  public ClusterTrustBundle withMetadata(ObjectMeta value) {
    return new ClusterTrustBundle(value, spec);
  }
}
