package dev.weft.gatewayapi;

import com.google.protobuf.ByteString;
import dev.weft.resources.ClusterTrustBundle;
import dev.weft.resources.ConfigMap;
import dev.weft.resources.Derivation;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.bouncycastle.cert.X509CertificateHolder;
import org.jspecify.annotations.Nullable;

/**
 * The authorities in a ConfigMap or a ClusterTrustBundle.
 *
 * @param roots DER, without repetitions; empty when the object cannot be used
 * @param problem why; "" when it can
 */
record CaBundle(List<ByteString> roots, String problem) {
  /** A public list of authorities has about 150; each is sent to every node. */
  private static final int MOST = 256;

  private static final String TRUST_BUNDLE = "spec.trustBundle";

  /** Reads one ConfigMap. */
  record OfConfigMap(String namespace, String name) implements Derivation.Query<CaBundle> {
    @Override
    public CaBundle compute(Derivation.Reader reader) {
      ConfigMap map = reader.object(ConfigMap.class, namespace, name);
      String where = "ConfigMap " + namespace + "/" + name;
      return map == null
          ? unusable("there is no " + where)
          : of(where, ConfigMap.CA_CERTIFICATES, map.data().get(ConfigMap.CA_CERTIFICATES));
    }
  }

  /** Reads one ClusterTrustBundle. */
  record OfCluster(String name) implements Derivation.Query<CaBundle> {
    @Override
    public CaBundle compute(Derivation.Reader reader) {
      ClusterTrustBundle bundle = reader.object(ClusterTrustBundle.class, "", name);
      String where = "ClusterTrustBundle " + name;
      return bundle == null
          ? unusable("there is no " + where)
          : of(where, TRUST_BUNDLE, bundle.spec().trustBundle());
    }
  }

  /**
   * Adds the roots to those of other references.
   *
   * @return why that cannot be; "" when it is done
   */
  String addTo(Set<ByteString> all) {
    if (problem.isEmpty() && all.size() + roots.size() > MOST) {
      return "the references name more than " + MOST + " authorities together";
    }
    all.addAll(roots);
    return problem;
  }

  private static CaBundle of(String where, String key, @Nullable String pem) {
    if (pem == null) {
      return unusable(where + " must hold " + key);
    }
    try {
      return new CaBundle(List.copyOf(read(pem, key)), "");
    } catch (CertificatesPem.Unusable e) {
      return unusable(where + ": " + e.getMessage());
    }
  }

  private static CaBundle unusable(String problem) {
    return new CaBundle(List.of(), problem);
  }

  private static Set<ByteString> read(String pem, String key) throws CertificatesPem.Unusable {
    Set<ByteString> roots = new LinkedHashSet<>();
    for (X509CertificateHolder certificate :
        CertificatesPem.read(pem.getBytes(StandardCharsets.UTF_8), key, MOST)) {
      try {
        byte[] der = certificate.getEncoded();
        // Nodes read it with the JDK; what that cannot read would make them refuse every peer.
        CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(der));
        roots.add(ByteString.copyFrom(der));
      } catch (IOException | CertificateException e) {
        throw new CertificatesPem.Unusable(key + " holds a certificate that cannot be used");
      }
    }
    return roots;
  }
}
