package dev.weft.identity;

import io.spiffe.spiffeid.TrustDomain;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Set;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;

/**
 * A certificate authority in a folder: {@code ca.pem} with every root to believe and {@code
 * ca-key.pem} (mode 0600) with the key that signs. The root that the key belongs to signs.
 *
 * <p>To rotate: add the next root to {@code ca.pem}; when every node has it, replace {@code
 * ca-key.pem}; a certificate's lifetime later, remove the old root. Each step takes effect at the
 * next start of the control plane.
 */
public final class CaFolder {

  /** The certificates' file name. */
  public static final String CERTIFICATES = "ca.pem";

  /** The key's file name. */
  public static final String KEY = "ca-key.pem";

  private CaFolder() {}

  /**
   * Opens the authority, or makes a new one where there is none.
   *
   * @throws IOException if a file cannot be read or written, is damaged, or the key can be read by
   *     others; the message says what to do
   */
  public static CertificateAuthority open(
      Path folder, TrustDomain trustDomain, CertificateAuthority.Settings settings)
      throws IOException {
    Path certificates = folder.resolve(CERTIFICATES);
    Path key = folder.resolve(KEY);
    if (!Files.exists(key)) {
      if (Files.exists(certificates)) {
        throw new IOException(
            certificates
                + " has no key beside it: restore "
                + key
                + ", or remove both to start anew");
      }
      CertificateAuthority.Root root = CertificateAuthority.createRoot(trustDomain, settings);
      Files.createDirectories(folder);
      write(key, Certificates.pem("PRIVATE KEY", root.key().getEncoded()), "rw-------");
      write(certificates, Certificates.toPem(List.of(root.certificate())), "rw-r--r--");
    }
    return load(certificates, key, trustDomain, settings);
  }

  private static CertificateAuthority load(
      Path certificates, Path key, TrustDomain trustDomain, CertificateAuthority.Settings settings)
      throws IOException {
    Set<PosixFilePermission> mode = Files.getPosixFilePermissions(key);
    if (!PosixFilePermissions.toString(mode).endsWith("------")) {
      throw new IOException(key + " can be read by others: chmod 600 it");
    }
    PrivateKey privateKey = readKey(key);
    List<X509Certificate> roots = readCertificates(certificates);
    for (X509Certificate root : roots) {
      if (KeyPairs.match(root.getPublicKey(), privateKey)) {
        try {
          return new CertificateAuthority(
              trustDomain, new CertificateAuthority.Root(root, privateKey), roots, settings);
        } catch (IllegalArgumentException e) {
          throw new IOException(certificates + ": " + e.getMessage(), e);
        }
      }
    }
    throw new IOException(key + " belongs to none of the certificates in " + certificates);
  }

  private static PrivateKey readKey(Path file) throws IOException {
    try (PEMParser pem = new PEMParser(new StringReader(Files.readString(file)))) {
      if (pem.readObject() instanceof PrivateKeyInfo key) {
        return new JcaPEMKeyConverter().getPrivateKey(key);
      }
    } catch (IOException | IllegalArgumentException e) {
      // The cause may quote the key.
      throw new IOException(file + " cannot be read as a PEM private key (PKCS#8)");
    }
    throw new IOException(file + " holds no private key (PKCS#8)");
  }

  private static List<X509Certificate> readCertificates(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return CertificateFactory.getInstance("X.509").generateCertificates(in).stream()
          .map(X509Certificate.class::cast)
          .toList();
    } catch (CertificateException e) {
      throw new IOException(file + " holds no PEM certificates: " + e.getMessage(), e);
    }
  }

  /** Whole or not at all, and with its mode from the first byte on. */
  private static void write(Path file, String text, String mode) throws IOException {
    Path temporary = file.resolveSibling("." + file.getFileName() + ".new");
    Files.deleteIfExists(temporary);
    Files.createFile(
        temporary, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(mode)));
    Files.write(temporary, text.getBytes(StandardCharsets.US_ASCII), StandardOpenOption.DSYNC);
    Files.move(
        temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }
}
