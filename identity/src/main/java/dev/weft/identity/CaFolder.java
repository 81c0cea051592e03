package dev.weft.identity;

import io.spiffe.spiffeid.TrustDomain;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

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
      CaPem made = CaPem.create(trustDomain, settings);
      Files.createDirectories(folder);
      write(key, made.key(), "rw-------");
      write(certificates, made.certificates(), "rw-r--r--");
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
    try {
      return new CaPem(Files.readString(certificates), Files.readString(key))
          .open(trustDomain, settings);
    } catch (CaPem.Damaged e) {
      throw new IOException(
          certificates + " and " + key.getFileName() + " beside it: " + e.getMessage(), e);
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
