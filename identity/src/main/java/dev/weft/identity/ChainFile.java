package dev.weft.identity;

import dev.weft.identity.VerifiedChain.Role;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Verified chains of one set of roots in a file: a digest of the roots, then a record a chain. What
 * cannot be read or written is only told: those chains are verified again. Used by one thread.
 */
final class ChainFile {
  private static final Logger LOG = LoggerFactory.getLogger(ChainFile.class);

  /** Some thousand peers; what comes after that is not kept. */
  private static final int MAX_BYTES = 2 << 20;

  private final Path file;
  private long size;

  ChainFile(Path file) {
    this.file = file;
  }

  /** What is held for these roots and still good; all else is dropped. */
  Map<VerifiedChain, Instant> open(List<X509Certificate> roots, Instant now) {
    byte[] digest = digest(roots);
    Map<VerifiedChain, Instant> live = new LinkedHashMap<>();
    byte[] before = new byte[0];
    try {
      if (Files.exists(file) && Files.size(file) <= MAX_BYTES) {
        before = Files.readAllBytes(file);
        read(before, digest, live);
        live.values().removeIf(until -> !until.isAfter(now));
      }
    } catch (IOException | IllegalArgumentException e) {
      LOG.info("chains of peers are verified anew: {} cannot be read", file);
      live.clear();
    }
    rewrite(before, digest, live);
    return live;
  }

  private void rewrite(byte[] before, byte[] digest, Map<VerifiedChain, Instant> live) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.writeBytes(digest);
    live.forEach((chain, until) -> bytes.writeBytes(encode(chain, until)));
    byte[] after = bytes.toByteArray();
    try {
      if (!Arrays.equals(before, after)) {
        Files.deleteIfExists(file);
        Files.createFile(file, SvidFolder.OWNER_ONLY);
        Files.write(file, after);
      }
      size = after.length;
    } catch (IOException e) {
      LOG.warn("chains of peers cannot be kept over a restart: {}", e.toString());
      size = MAX_BYTES;
    }
  }

  /** Keeps one more, for the roots that were opened last. */
  void add(VerifiedChain chain, Instant until) {
    byte[] bytes = encode(chain, until);
    if (size + bytes.length > MAX_BYTES) {
      return;
    }
    try {
      Files.write(file, bytes, StandardOpenOption.APPEND);
      size += bytes.length;
    } catch (IOException e) {
      LOG.warn("a peer's chain cannot be kept over a restart: {}", e.toString());
    }
  }

  private static void read(byte[] bytes, byte[] digest, Map<VerifiedChain, Instant> into)
      throws IOException {
    DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes));
    if (!Arrays.equals(in.readNBytes(digest.length), digest)) {
      return;
    }
    while (in.available() > 0) {
      Instant until = Instant.ofEpochMilli(in.readLong());
      Role role = Role.valueOf(in.readUTF());
      List<ByteBuffer> certificates = new ArrayList<>();
      for (int left = in.readUnsignedByte(); left > 0; left--) {
        certificates.add(ByteBuffer.wrap(SvidFolder.get(in)).asReadOnlyBuffer());
      }
      into.put(new VerifiedChain(role, certificates), until);
    }
  }

  private static byte[] encode(VerifiedChain chain, Instant until) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeLong(until.toEpochMilli());
      out.writeUTF(chain.role().name());
      out.writeByte(chain.certificates().size());
      for (ByteBuffer certificate : chain.certificates()) {
        byte[] der = new byte[certificate.remaining()];
        certificate.duplicate().get(der);
        SvidFolder.put(out, der);
      }
    } catch (IOException e) {
      throw new IllegalStateException("memory takes bytes", e);
    }
    return bytes.toByteArray();
  }

  private static byte[] digest(List<X509Certificate> roots) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      roots.forEach(root -> digest.update(Certificates.toDer(root)));
      return digest.digest();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
