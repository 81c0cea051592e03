package dev.weft.gatewayapi;

import com.google.protobuf.ByteString;
import dev.weft.api.v1.Certificate;
import dev.weft.api.v1.Resource;
import dev.weft.resources.Derivation;
import dev.weft.resources.Secret;
import org.jspecify.annotations.Nullable;

/**
 * A TLS Secret.
 *
 * @param resource null when the Secret cannot be used
 * @param problem why, without any part of its content; "" when it can
 */
record CertificateTranslation(@Nullable Resource resource, String problem) {

  /** Translates one Secret. */
  record Of(String namespace, String name) implements Derivation.Query<CertificateTranslation> {
    @Override
    public CertificateTranslation compute(Derivation.Reader reader) {
      Secret secret = reader.object(Secret.class, namespace, name);
      String where = "Secret " + namespace + "/" + name;
      if (secret == null) {
        return new CertificateTranslation(null, "there is no " + where);
      }
      byte[] certificate = secret.value(Secret.TLS_CERT);
      byte[] key = secret.value(Secret.TLS_KEY);
      if (certificate == null || key == null) {
        return new CertificateTranslation(
            null, where + " must hold " + Secret.TLS_CERT + " and " + Secret.TLS_KEY);
      }
      try {
        KeyPairPem pem = KeyPairPem.read(certificate, key);
        Certificate.Builder made = Certificate.newBuilder().setKey(ByteString.copyFrom(pem.key()));
        pem.chain().forEach(each -> made.addChain(ByteString.copyFrom(each)));
        return new CertificateTranslation(
            Sealed.of(resourceName(), Resource.newBuilder().setCertificate(made)), "");
      } catch (CertificatesPem.Unusable e) {
        return new CertificateTranslation(null, where + ": " + e.getMessage());
      }
    }

    String resourceName() {
      return "certificate/" + namespace + "/" + name;
    }
  }

  /** Private keys stay out of logs. */
  @Override
  public String toString() {
    return "CertificateTranslation[" + (resource == null ? problem : resource.getName()) + "]";
  }
}
