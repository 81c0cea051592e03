package dev.weft.identity;

import io.netty.handler.ssl.OpenSsl;
import java.util.concurrent.CompletableFuture;

/** The library behind all TLS contexts. */
public final class BoringSsl {
  private BoringSsl() {}

  /**
   * Loads it on another thread: 70 ms that a start has to spare elsewhere. Whoever comes too early
   * waits for it. A failure is met again, and told, by the first use.
   */
  public static void load() {
    CompletableFuture.runAsync(OpenSsl::ensureAvailability);
  }
}
