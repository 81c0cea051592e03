package dev.weft.gatewayapi;

import dev.weft.api.v1.Resource;
import dev.weft.resources.Derivation;
import dev.weft.resources.Gateway;
import dev.weft.resources.Kind;
import dev.weft.resources.ObjectRef;
import org.jspecify.annotations.Nullable;

/**
 * What became of a reference to a certificate.
 *
 * @param resource null when it cannot be used, or none is referred to
 * @param refusal why it cannot be used; null when it can
 * @param remark until when it is valid; "" when there is none
 */
record CertificateRef(
    @Nullable Resource resource, Backends.@Nullable Refusal refusal, String remark) {
  /** Nothing is referred to. */
  static final CertificateRef NONE = new CertificateRef(null, null, "");

  /**
   * Looks a Secret up.
   *
   * @param from who refers to it
   * @param invalid the reason for what is no usable Secret
   */
  static CertificateRef resolve(
      Derivation.Reader reader, ObjectRef from, Gateway.SecretRef ref, String invalid) {
    if (!ref.group().isEmpty() || !ref.kind().equals("Secret")) {
      return refused(invalid, "certificates must be Secrets");
    }
    String said = ref.namespace();
    String namespace = said == null ? from.namespace() : said;
    String where = "Secret " + namespace + "/" + ref.name();
    if (!Grants.allow(reader, from, new ObjectRef(Kind.SECRET, namespace, ref.name()))) {
      return refused("RefNotPermitted", "no ReferenceGrant in " + namespace + " allows " + where);
    }
    CertificateTranslation translated =
        reader.get(new CertificateTranslation.Of(namespace, ref.name()));
    Resource resource = translated.resource();
    return resource == null
        ? refused(invalid, translated.problem())
        : new CertificateRef(resource, null, where + " is valid until " + translated.ends());
  }

  static CertificateRef refused(String reason, String message) {
    return new CertificateRef(null, new Backends.Refusal(reason, message), "");
  }

  /** Private keys stay out of logs. */
  @Override
  public String toString() {
    return "CertificateRef[" + (resource == null ? refusal : resource.getName()) + "]";
  }
}
