package dev.weft.proxy;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.weft.routing.Endpoint;
import dev.weft.routing.ServiceKey;
import dev.weft.routing.WorkloadInfo;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Base64;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;
import org.jspecify.annotations.Nullable;

/**
 * Tokens that name an endpoint to nobody but the nodes of the mesh: AES-GCM over the endpoint, its
 * pod and the end of the session, bound to its {@link Scope}. What a client made up, changed or
 * took elsewhere opens as nothing. Confined to one event loop.
 */
final class SessionTokens {
  private static final int NONCE = 12;
  private static final int TAG_BITS = 128;
  private static final int CONTENT = Integer.BYTES * 3 + Long.BYTES;
  private static final int SEALED = NONCE + CONTENT + TAG_BITS / 8;

  /** Characters of a token; anything else is none. */
  static final int LENGTH = (SEALED * 8 + 5) / 6;

  private final SecureRandom random = new SecureRandom();
  private final Cipher cipher = cipher();
  private final InstantSource clock;

  /**
   * @param clock by which sessions end
   */
  SessionTokens(InstantSource clock) {
    this.clock = clock;
  }

  /**
   * Where alone a token opens.
   *
   * @param owner whose session it is: a rule, or a Service
   * @param service through which the endpoint was picked
   */
  record Scope(String owner, ServiceKey service) {
    private byte[] bytes() {
      return (owner + '\n' + service).getBytes(UTF_8); // neither holds a line's end
    }
  }

  /**
   * What a token says.
   *
   * @param pod which pod had the address: addresses are used again
   * @param end of the session, seconds since 1970; 0: none
   */
  record Pin(int address, int port, int pod, long end) {
    static Pin of(Endpoint endpoint, long end) {
      return new Pin(endpoint.address(), endpoint.port(), podOf(endpoint), end);
    }

    /** Whether the endpoint is the same, and the same pod behind it. */
    boolean names(Endpoint endpoint) {
      return address == endpoint.address() && port == endpoint.port() && pod == podOf(endpoint);
    }

    private static int podOf(Endpoint endpoint) {
      WorkloadInfo workload = endpoint.workload();
      return workload == null ? 0 : workload.uid().hashCode();
    }
  }

  /**
   * Makes a token.
   *
   * @param seconds how long the session lasts; 0: no end
   */
  String seal(SecretKey key, Scope scope, Endpoint endpoint, long seconds) {
    Pin pin = Pin.of(endpoint, seconds == 0 ? 0 : now() + seconds);
    byte[] nonce = new byte[NONCE];
    random.nextBytes(nonce);
    byte[] content =
        ByteBuffer.allocate(CONTENT)
            .putInt(pin.address())
            .putInt(pin.port())
            .putInt(pin.pod())
            .putLong(pin.end())
            .array();
    try {
      byte[] sealed = ready(Cipher.ENCRYPT_MODE, key, nonce, scope).doFinal(content);
      byte[] token = ByteBuffer.allocate(SEALED).put(nonce).put(sealed).array();
      return Base64.getUrlEncoder().withoutPadding().encodeToString(token);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK seals with AES-GCM", e);
    }
  }

  /** Whether it looks like a token, so that it can do no harm where one stands. */
  static boolean mayBe(String text) {
    return text.length() == LENGTH
        && text.chars()
            .allMatch(
                c ->
                    (c >= 'a' && c <= 'z')
                        || (c >= 'A' && c <= 'Z')
                        || (c >= '0' && c <= '9')
                        || c == '-'
                        || c == '_');
  }

  /** What a token says; {@code null}: it is none of ours, or its session is over. */
  @Nullable Pin open(SecretKey key, Scope scope, String token) {
    if (token.length() != LENGTH) {
      return null;
    }
    try {
      byte[] sealed = Base64.getUrlDecoder().decode(token);
      byte[] nonce = Arrays.copyOf(sealed, NONCE);
      ByteBuffer content =
          ByteBuffer.wrap(
              ready(Cipher.DECRYPT_MODE, key, nonce, scope)
                  .doFinal(sealed, NONCE, sealed.length - NONCE));
      Pin pin = new Pin(content.getInt(), content.getInt(), content.getInt(), content.getLong());
      return pin.end() == 0 || pin.end() > now() ? pin : null;
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      return null; // hostile, or sealed with a key of the past
    }
  }

  private long now() {
    return clock.instant().getEpochSecond();
  }

  private Cipher ready(int mode, SecretKey key, byte[] nonce, Scope scope)
      throws GeneralSecurityException {
    cipher.init(mode, key, new GCMParameterSpec(TAG_BITS, nonce));
    cipher.updateAAD(scope.bytes());
    return cipher;
  }

  private static Cipher cipher() {
    try {
      return Cipher.getInstance("AES/GCM/NoPadding");
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK seals with AES-GCM", e);
    }
  }
}
