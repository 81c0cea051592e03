package dev.weft.proxy.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class FlusherTest {
  private final List<Runnable> tasks = new ArrayList<>();
  private final List<String> flushed = new ArrayList<>();
  private final Flusher flusher = new Flusher(tasks::add);

  @Test
  void flushesOnceATurn() {
    flusher.add(() -> flushed.add("a"));
    flusher.add(() -> flushed.add("b"));
    assertThat(tasks).hasSize(1);
    tasks.removeFirst().run();
    assertThat(flushed).containsExactly("a", "b");
    flusher.add(() -> flushed.add("c"));
    tasks.removeFirst().run();
    assertThat(flushed).containsExactly("a", "b", "c");
  }

  @Test
  void whatFailsDoesNotKeepOthersFromBeingFlushed() {
    flusher.add(
        () -> {
          throw new OutOfMemoryError("no room");
        });
    flusher.add(() -> flushed.add("b"));
    tasks.removeFirst().run();
    assertThat(flushed).containsExactly("b");
  }
}
