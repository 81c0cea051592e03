package dev.weft.controlplane;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.resources.Kind;
import dev.weft.resources.ObjectRef;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class InboxTest {
  private static final Duration QUIET = Duration.ofMillis(2);
  private static final Duration LONGEST = Duration.ofMillis(20);
  private static final Change GONE = new Change.Gone();
  private static final Change UNREADABLE = new Change.Unreadable(List.of());

  private final Inbox inbox = new Inbox();

  @Test
  void theLastChangeOfAnObjectCounts() throws Exception {
    inbox.put(ref("a"), UNREADABLE);
    inbox.putAll(Map.of(ref("b"), UNREADABLE, ref("c"), GONE));
    inbox.put(ref("a"), GONE);

    assertThat(inbox.take(QUIET, LONGEST))
        .containsExactlyInAnyOrderEntriesOf(
            Map.of(ref("a"), GONE, ref("b"), UNREADABLE, ref("c"), GONE));
    assertThat(inbox.drain()).isEmpty();
  }

  @Test
  void aStreamWithoutPauseIsHandedOverInParts() throws Exception {
    Thread stream =
        Thread.ofPlatform()
            .daemon()
            .start(
                () -> {
                  for (int i = 0; !Thread.currentThread().isInterrupted(); i++) {
                    inbox.put(ref("r" + i % 100), GONE);
                    Thread.onSpinWait();
                  }
                });
    assertThat(inbox.take(QUIET, LONGEST)).isNotEmpty();
    assertThat(inbox.take(QUIET, LONGEST)).isNotEmpty();
    stream.interrupt();
    stream.join();
  }

  @Test
  void closingEndsTheWait() throws Exception {
    CompletableFuture<Map<ObjectRef, Change>> taken = new CompletableFuture<>();
    Thread.ofVirtual()
        .start(
            () -> {
              try {
                taken.complete(inbox.take(QUIET, LONGEST));
              } catch (InterruptedException e) {
                taken.completeExceptionally(e);
              }
            });
    inbox.close();
    assertThat(taken.get(10, TimeUnit.SECONDS)).isEmpty();
  }

  private static ObjectRef ref(String name) {
    return new ObjectRef(Kind.SERVICE, "shop", name);
  }
}
