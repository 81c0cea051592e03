package dev.weft.identity;

import io.spiffe.spiffeid.SpiffeId;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Certificates and keys in a folder that only its owner can enter, one file an identity: lengths
 * and DER of the key (PKCS#8) and of the chain; and one file of verified chains.
 */
public final class SvidFolder implements SvidStore {
  private static final Logger LOG = LoggerFactory.getLogger(SvidFolder.class);

  /** Ten times what the mesh's own CA issues. */
  private static final int MAX_BYTES = 64 * 1024;

  static final FileAttribute<Set<PosixFilePermission>> OWNER_ONLY =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

  private final Path folder;
  private final Path verified;
  private final ChainFile chains;

  private SvidFolder(Path folder) {
    this.folder = folder;
    this.verified = folder.resolve("verified");
    this.chains = new ChainFile(verified);
  }

  /**
   * Opens the folder, and makes it where there is none.
   *
   * @throws IOException if it cannot be made or closed to others
   */
  public static SvidFolder open(Path folder) throws IOException {
    Files.createDirectories(folder);
    Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
    return new SvidFolder(folder);
  }

  @Override
  public @Nullable Svid load(SpiffeId id) {
    Path file = file(id);
    try {
      if (!Files.exists(file)) {
        return null;
      }
      if (Files.size(file) > MAX_BYTES) {
        throw new IOException("too large");
      }
      return decode(id, Files.readAllBytes(file));
    } catch (IOException | GeneralSecurityException | IllegalArgumentException e) {
      // The cause may quote the key.
      LOG.warn("the certificate kept of {} cannot be read: another is asked for", id);
      return null;
    }
  }

  /** Whole or not at all, and with its mode from the first byte on. */
  @Override
  public void keep(Svid svid) {
    Path file = file(svid.spiffeId());
    Path temporary = file.resolveSibling("new");
    try {
      Files.deleteIfExists(temporary);
      Files.createFile(temporary, OWNER_ONLY);
      Files.write(temporary, encode(svid));
      Files.move(
          temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      LOG.warn("{} cannot be kept over a restart: {}", svid, e.toString());
    }
  }

  @Override
  public void retain(Set<SpiffeId> ids) {
    Set<Path> wanted = ids.stream().map(this::file).collect(Collectors.toSet());
    wanted.add(verified);
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.filter(each -> !wanted.contains(each)).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      LOG.warn("certificates of identities that are gone cannot be removed: {}", e.toString());
    }
  }

  @Override
  public Map<VerifiedChain, Instant> verified(List<X509Certificate> roots, Instant now) {
    return chains.open(roots, now);
  }

  @Override
  public void keep(VerifiedChain chain, Instant until) {
    chains.add(chain, until);
  }

  /** A digest: an identity's name has characters and a length that a file's name must not have. */
  private Path file(SpiffeId id) {
    try {
      byte[] name = id.toString().getBytes(StandardCharsets.UTF_8);
      return folder.resolve(
          HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(name)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  private static byte[] encode(Svid svid) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    put(out, svid.key().getEncoded());
    for (X509Certificate certificate : svid.chain()) {
      put(out, Certificates.toDer(certificate));
    }
    return bytes.toByteArray();
  }

  static void put(DataOutputStream out, byte[] der) throws IOException {
    out.writeInt(der.length);
    out.write(der);
  }

  private static Svid decode(SpiffeId id, byte[] bytes)
      throws IOException, GeneralSecurityException {
    DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes));
    byte[] key = get(in);
    List<byte[]> ders = new ArrayList<>();
    while (in.available() > 0) {
      ders.add(get(in));
    }
    PrivateKey parsed = KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(key));
    return new Svid(id, Certificates.fromDer(ders), parsed);
  }

  static byte[] get(DataInputStream in) throws IOException {
    int length = in.readInt();
    if (length < 0 || length > in.available()) {
      throw new IOException("cut off");
    }
    return in.readNBytes(length);
  }
}
