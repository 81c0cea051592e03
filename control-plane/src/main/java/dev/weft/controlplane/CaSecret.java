package dev.weft.controlplane;

import dev.weft.identity.CaPem;
import dev.weft.identity.CertificateAuthority;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.spiffe.spiffeid.TrustDomain;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The certificate authority in a Secret of Weft's namespace, and its roots in a ConfigMap that
 * nodes may read. The first leader makes it; nobody ever replaces it.
 */
record CaSecret(KubernetesClient client, String namespace) {
  static final String NAME = "weft-ca";

  /** The ConfigMap with the roots. */
  static final String BUNDLE = "weft-ca-bundle";

  /** The key of the roots, in both. */
  static final String CERTIFICATES = "ca.crt";

  private static final String KEY = "ca.key";

  /**
   * Opens the authority, or makes one where there is none.
   *
   * @throws IOException if what is there cannot be used; the message says what to do
   */
  CertificateAuthority open(TrustDomain trustDomain, CertificateAuthority.Settings settings)
      throws IOException {
    Secret secret = client.secrets().inNamespace(namespace).withName(NAME).get();
    if (secret == null) {
      secret = create(CaPem.create(trustDomain, settings));
    }
    CaPem pem = new CaPem(value(secret, CERTIFICATES), value(secret, KEY));
    try {
      CertificateAuthority authority = pem.open(trustDomain, settings);
      publish(pem.certificates());
      return authority;
    } catch (CaPem.Damaged e) {
      throw new IOException(
          "Secret %s/%s cannot be used (%s): restore it, or delete it to start anew"
              .formatted(namespace, NAME, e.getMessage()),
          e);
    }
  }

  private Secret create(CaPem pem) {
    Secret made =
        new SecretBuilder()
            .withNewMetadata()
            .withName(NAME)
            .withNamespace(namespace)
            .endMetadata()
            .withType("Opaque")
            .withData(Map.of(CERTIFICATES, encoded(pem.certificates()), KEY, encoded(pem.key())))
            .build();
    try {
      return client.secrets().inNamespace(namespace).resource(made).create();
    } catch (KubernetesClientException e) {
      Secret other = null;
      if (e.getCode() == HttpURLConnection.HTTP_CONFLICT) {
        other = client.secrets().inNamespace(namespace).withName(NAME).get();
      }
      if (other == null) {
        throw e;
      }
      return other;
    }
  }

  private void publish(String certificates) {
    client
        .configMaps()
        .inNamespace(namespace)
        .resource(
            new ConfigMapBuilder()
                .withNewMetadata()
                .withName(BUNDLE)
                .withNamespace(namespace)
                .endMetadata()
                .withData(Map.of(CERTIFICATES, certificates))
                .build())
        .fieldManager(dev.weft.resources.GatewayClass.WEFT_CONTROLLER)
        .forceConflicts()
        .serverSideApply();
  }

  private static String value(Secret secret, String key) {
    @Nullable Map<String, String> data = secret.getData();
    String encoded = data == null ? null : data.get(key);
    return encoded == null
        ? ""
        : new String(Base64.getDecoder().decode(encoded), StandardCharsets.US_ASCII);
  }

  private static String encoded(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.US_ASCII));
  }
}
