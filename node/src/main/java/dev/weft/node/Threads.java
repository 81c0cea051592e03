package dev.weft.node;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ThreadFactory;

/** The node's threads, and how one waits for another. */
final class Threads {
  private Threads() {}

  /** Makes daemon threads of a name. */
  static ThreadFactory named(String name) {
    return Thread.ofPlatform().name(name).daemon().factory();
  }

  /** What another thread has computed; what it threw is thrown here. */
  static <T> T join(CompletableFuture<T> future) {
    try {
      return future.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw e;
    }
  }
}
