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
 * pod, its Service and the end of the session, bound to the rule. What a client made up, changed or
 * took elsewhere opens as nothing. Confined to one event loop.
 */
final class SessionTokens {
  private static final int NONCE = 12;
  private static final int TAG_BITS = 128;
  private static final int CONTENT = Integer.BYTES * 4 + Long.BYTES;
  private static final int SEALED = NONCE + CONTENT + TAG_BITS / 8;

  /** Characters of a token; anything else is none. */
  static final int LENGTH = (SEALED * 8 + 5) / 6;

  private final SecureRandom random = new SecureRandom();
  private final InstantSource clock;

  /**
   * @param clock by which sessions end
   */
  SessionTokens(InstantSource clock) {
    this.clock = clock;
  }

  /**
   * What a token says.
   *
   * @param pod which pod had the address: addresses are used again
   * @param service through which the endpoint was picked
   * @param end of the session, seconds since 1970; 0: none
   */
  record Pin(int address, int port, int pod, int service, long end) {
    static Pin of(ServiceKey service, Endpoint endpoint, long end) {
      return new Pin(endpoint.address(), endpoint.port(), podOf(endpoint), hash(service), end);
    }

    /** Whether the endpoint is the same, and the same pod behind it. */
    boolean names(Endpoint endpoint) {
      return address == endpoint.address() && port == endpoint.port() && pod == podOf(endpoint);
    }

    /** Strings hash alike on every node; records need not. */
    static int hash(ServiceKey service) {
      return service.toString().hashCode();
    }

    private static int podOf(Endpoint endpoint) {
      WorkloadInfo workload = endpoint.workload();
      return workload == null ? 0 : workload.uid().hashCode();
    }
  }

  /**
   * Makes a token.
   *
   * @param scope where alone it opens
   * @param seconds how long the session lasts; 0: no end
   */
  String seal(SecretKey key, String scope, ServiceKey service, Endpoint endpoint, long seconds) {
    Pin pin = Pin.of(service, endpoint, seconds == 0 ? 0 : now() + seconds);
    byte[] nonce = new byte[NONCE];
    random.nextBytes(nonce);
    byte[] content =
        ByteBuffer.allocate(CONTENT)
            .putInt(pin.address())
            .putInt(pin.port())
            .putInt(pin.pod())
            .putInt(pin.service())
            .putLong(pin.end())
            .array();
    try {
      byte[] sealed = cipher(Cipher.ENCRYPT_MODE, key, nonce, scope).doFinal(content);
      byte[] token = ByteBuffer.allocate(SEALED).put(nonce).put(sealed).array();
      return Base64.getUrlEncoder().withoutPadding().encodeToString(token);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK seals with AES-GCM", e);
    }
  }

  /** What a token says; {@code null}: it is none of ours, or its session is over. */
  @Nullable Pin open(SecretKey key, String scope, String token) {
    if (token.length() != LENGTH) {
      return null;
    }
    try {
      byte[] sealed = Base64.getUrlDecoder().decode(token);
      byte[] nonce = Arrays.copyOf(sealed, NONCE);
      ByteBuffer content =
          ByteBuffer.wrap(
              cipher(Cipher.DECRYPT_MODE, key, nonce, scope)
                  .doFinal(sealed, NONCE, sealed.length - NONCE));
      Pin pin =
          new Pin(
              content.getInt(),
              content.getInt(),
              content.getInt(),
              content.getInt(),
              content.getLong());
      return pin.end() == 0 || pin.end() > now() ? pin : null;
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      return null; // hostile, or sealed with a key of the past
    }
  }

  private long now() {
    return clock.instant().getEpochSecond();
  }

  private static Cipher cipher(int mode, SecretKey key, byte[] nonce, String scope)
      throws GeneralSecurityException {
    Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
    cipher.init(mode, key, new GCMParameterSpec(TAG_BITS, nonce));
    cipher.updateAAD(scope.getBytes(UTF_8));
    return cipher;
  }
}
