package dev.weft.gatewayapi;

import dev.weft.api.v1.Identity;
import dev.weft.api.v1.Resource;
import dev.weft.resources.Derivation;
import dev.weft.resources.IdentityLabels;

/** What one network identity stands for. */
record IdentityTranslation(Resource resource) {

  /**
   * Translates one identity.
   *
   * @param number part of the question: labels that were gone for long may come back with another
   */
  record Of(IdentityLabels labels, int number) implements Derivation.Query<IdentityTranslation> {
    @Override
    public IdentityTranslation compute(Derivation.Reader reader) {
      Identity made =
          Identity.newBuilder()
              .setNumber(number)
              .setNamespace(labels.namespace())
              .setServiceAccount(labels.serviceAccount())
              .putAllLabels(labels.labels())
              .build();
      return new IdentityTranslation(
          Resource.newBuilder().setName("identity/" + number).setIdentity(made).build());
    }
  }
}
