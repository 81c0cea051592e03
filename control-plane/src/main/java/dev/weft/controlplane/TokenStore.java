package dev.weft.controlplane;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The nodes' bearer tokens: one file a node, mode 0600, named after it. A token says which node
 * calls.
 *
 * <p>{@link #ensure} and {@link #retain} are confined to one thread; {@link #node} may be called
 * from any.
 */
final class TokenStore implements NodeTokens {
  private static final Logger LOG = LoggerFactory.getLogger(TokenStore.class);

  /** Kubernetes' DNS subdomain, which makes a safe file name too. */
  private static final Pattern NAME = Pattern.compile("[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?");

  private static final int TOKEN_BYTES = 32;
  private static final int SHORTEST = 32;

  private final Path folder;
  private final SecureRandom random;
  private volatile Map<String, byte[]> hashes = Map.of();

  TokenStore(Path folder, SecureRandom random) {
    this.folder = folder;
    this.random = random;
  }

  /**
   * Reads a node's token, or makes one.
   *
   * @throws IOException if the file cannot be read or written, or the name cannot be a node's
   */
  void ensure(String node) throws IOException {
    if (hashes.containsKey(node)) {
      return;
    }
    if (!NAME.matcher(node).matches()) {
      throw new IOException("'" + node + "' is no name for a node");
    }
    Path file = folder.resolve(node);
    String token;
    try {
      token = Files.readString(file).strip();
    } catch (NoSuchFileException e) {
      byte[] bytes = new byte[TOKEN_BYTES];
      random.nextBytes(bytes);
      token = HexFormat.of().formatHex(bytes);
      Files.createDirectories(folder);
      AtomicFiles.writeSecret(file, token + "\n");
    }
    if (token.length() < SHORTEST) {
      throw new IOException(file + " holds no token: remove it, and a new one is made");
    }
    Map<String, byte[]> next = new HashMap<>(hashes);
    next.put(node, hash(token));
    hashes = Map.copyOf(next);
  }

  /** Makes tokens that are missing. Files stay: a node that comes back has its token. */
  @Override
  public Set<String> retain(Set<String> nodes) {
    for (String node : nodes) {
      try {
        ensure(node);
      } catch (IOException e) {
        LOG.error("node {} cannot connect: {}", node, e.getMessage());
      }
    }
    Map<String, byte[]> next = new HashMap<>(hashes);
    next.keySet().retainAll(nodes);
    hashes = Map.copyOf(next);
    return Set.copyOf(next.keySet());
  }

  /** Takes the same time for any wrong token. */
  @Override
  public @Nullable String node(String token) {
    byte[] presented = hash(token);
    String found = null;
    for (Map.Entry<String, byte[]> entry : hashes.entrySet()) {
      if (MessageDigest.isEqual(entry.getValue(), presented)) {
        found = entry.getKey();
      }
    }
    return found;
  }

  private static byte[] hash(String token) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this JDK has no SHA-256", e);
    }
  }
}
