package dev.weft.gatewayapi;

import com.google.protobuf.ByteString;
import dev.weft.api.v1.Certificate;
import dev.weft.api.v1.Resource;
import dev.weft.resources.Derivation;
import dev.weft.resources.Secret;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A TLS Secret.
 *
 * @param resource null when the Secret cannot be used
 * @param problem why, without any part of its content; "" when it can
 * @param ends when its certificate is no longer valid. It is served beyond that: to refuse it would
 *     turn a warning of some clients into an outage for all; null when it cannot be used
 */
record CertificateTranslation(@Nullable Resource resource, String problem, @Nullable Instant ends) {

  /** Translates one Secret. */
  record Of(String namespace, String name) implements Derivation.Query<CertificateTranslation> {
    @Override
    public CertificateTranslation compute(Derivation.Reader reader) {
      Secret secret = reader.object(Secret.class, namespace, name);
      String where = "Secret " + namespace + "/" + name;
      if (secret == null) {
        return unusable("there is no " + where);
      }
      byte[] certificate = secret.value(Secret.TLS_CERT);
      byte[] key = secret.value(Secret.TLS_KEY);
      if (certificate == null || key == null) {
        return unusable(where + " must hold " + Secret.TLS_CERT + " and " + Secret.TLS_KEY);
      }
      try {
        KeyPairPem pem = KeyPairPem.read(certificate, key);
        Certificate.Builder made = Certificate.newBuilder().setKey(ByteString.copyFrom(pem.key()));
        pem.chain().forEach(each -> made.addChain(ByteString.copyFrom(each)));
        return new CertificateTranslation(
            Resource.newBuilder().setName(resourceName()).setCertificate(made).build(),
            "",
            pem.ends());
      } catch (CertificatesPem.Unusable e) {
        return unusable(where + ": " + e.getMessage());
      }
    }

    String resourceName() {
      return "certificate/" + namespace + "/" + name;
    }
  }

  private static CertificateTranslation unusable(String problem) {
    return new CertificateTranslation(null, problem, null);
  }

  /** Private keys stay out of logs. */
  @Override
  public String toString() {
    return "CertificateTranslation[" + (resource == null ? problem : resource.getName()) + "]";
  }
}
