package dev.weft.gatewayapi;

import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.openssl.PEMParser;

/** Certificates in PEM, as Secrets and ConfigMaps hold them. */
final class CertificatesPem {
  private CertificatesPem() {}

  /** The PEM cannot be used; the message holds nothing of it. */
  static final class Unusable extends Exception {
    private static final long serialVersionUID = 1L;

    Unusable(String message) {
      super(message);
    }
  }

  /**
   * One certificate or several.
   *
   * @param key where the PEM stands, for messages
   * @param most how many are taken
   */
  static List<X509CertificateHolder> read(byte[] pem, String key, int most) throws Unusable {
    List<X509CertificateHolder> found = new ArrayList<>();
    try (PEMParser parser = parser(pem)) {
      Object read;
      while ((read = parser.readObject()) != null && found.size() <= most) {
        if (!(read instanceof X509CertificateHolder certificate)) {
          throw new Unusable(key + " holds something that is no certificate");
        }
        found.add(certificate);
      }
    } catch (IOException | RuntimeException e) {
      // Bouncy Castle throws several unchecked exceptions on hostile ASN.1.
      throw new Unusable(key + " holds no PEM certificate that can be read");
    }
    if (found.isEmpty() || found.size() > most) {
      throw new Unusable(key + " must hold 1 to " + most + " PEM certificates");
    }
    return found;
  }

  static PEMParser parser(byte[] pem) {
    return new PEMParser(new StringReader(new String(pem, StandardCharsets.US_ASCII)));
  }
}
