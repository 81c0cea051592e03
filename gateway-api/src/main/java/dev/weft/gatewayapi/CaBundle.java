package dev.weft.gatewayapi;

import com.google.protobuf.ByteString;
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

/**
 * The authorities in a ConfigMap.
 *
 * @param roots DER, without repetitions; empty when the ConfigMap cannot be used
 * @param problem why; "" when it can
 */
record CaBundle(List<ByteString> roots, String problem) {
  /** A public list of authorities has about 150; each is sent to every node. */
  private static final int MOST = 256;

  /** Reads one ConfigMap. */
  record Of(String namespace, String name) implements Derivation.Query<CaBundle> {
    @Override
    public CaBundle compute(Derivation.Reader reader) {
      ConfigMap map = reader.object(ConfigMap.class, namespace, name);
      String where = "ConfigMap " + namespace + "/" + name;
      String pem = map == null ? null : map.data().get(ConfigMap.CA_CERTIFICATES);
      if (map == null) {
        return unusable("there is no " + where);
      }
      if (pem == null) {
        return unusable(where + " must hold " + ConfigMap.CA_CERTIFICATES);
      }
      try {
        return new CaBundle(List.copyOf(read(pem)), "");
      } catch (CertificatesPem.Unusable e) {
        return unusable(where + ": " + e.getMessage());
      }
    }
  }

  private static CaBundle unusable(String problem) {
    return new CaBundle(List.of(), problem);
  }

  private static Set<ByteString> read(String pem) throws CertificatesPem.Unusable {
    Set<ByteString> roots = new LinkedHashSet<>();
    for (X509CertificateHolder certificate :
        CertificatesPem.read(
            pem.getBytes(StandardCharsets.UTF_8), ConfigMap.CA_CERTIFICATES, MOST)) {
      try {
        byte[] der = certificate.getEncoded();
        // Nodes read it with the JDK; what that cannot read would make them refuse every client.
        CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(der));
        roots.add(ByteString.copyFrom(der));
      } catch (IOException | CertificateException e) {
        throw new CertificatesPem.Unusable(
            ConfigMap.CA_CERTIFICATES + " holds a certificate that cannot be used");
      }
    }
    return roots;
  }
}
