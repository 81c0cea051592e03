package dev.weft.controlplane;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.weft.resources.KubeObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Against the kernel's inotify. */
class FolderSourceTest {
  @TempDir Path parent;
  private Path folder = Path.of("");
  private final List<View> views = new CopyOnWriteArrayList<>();
  private FolderSource source;

  @BeforeEach
  void watch() throws Exception {
    folder = parent.resolve("objects");
    source = source();
  }

  @AfterEach
  void close() {
    source.close();
  }

  private FolderSource source() throws IOException {
    return new FolderSource(folder, Yaml.parser(), FolderSource.Timing.DEFAULT, views::add);
  }

  @Test
  void readsWhatIsThereAndFollowsIt() throws Exception {
    Files.createDirectory(folder);
    write("a.yaml", Yaml.namespace("a"));
    start();
    assertThat(names()).containsExactly("a");

    write("b.yml", Yaml.namespace("b"));
    write(
        "c.json",
        "{\"apiVersion\": \"v1\", \"kind\": \"Namespace\", \"metadata\": {\"name\": \"c\"}}");
    awaitNames("a", "b", "c");
    Files.delete(folder.resolve("a.yaml"));
    awaitNames("b", "c");
    write("b.yml", Yaml.namespace("b2"));
    awaitNames("b2", "c");
  }

  @Test
  void takesFilesThatAreMovedIn() throws Exception {
    Files.createDirectory(folder);
    start();
    Path outside = parent.resolve("x");
    Files.writeString(outside, Yaml.namespace("a"));
    Files.move(outside, folder.resolve("a.yaml"), StandardCopyOption.ATOMIC_MOVE);

    awaitNames("a");
  }

  @Test
  void skipsWhatIsNoResource() throws Exception {
    Files.createDirectory(folder);
    start();
    write(".a.yaml.swp", "x");
    write(".hidden.yaml", Yaml.namespace("hidden"));
    write("notes.txt", "x");
    write("b.yaml", Yaml.namespace("b"));

    awaitNames("b");
    assertThat(views.getLast().refusals()).isEmpty();
  }

  @Test
  void aFolderMayComeLaterAndBeReplaced() throws Exception {
    start();
    assertThat(names()).isEmpty();
    Files.createDirectory(folder);
    write("a.yaml", Yaml.namespace("a"));
    awaitNames("a");

    Files.move(folder, parent.resolve("old"));
    Files.delete(parent.resolve("old").resolve("a.yaml"));
    Files.delete(parent.resolve("old"));
    Files.createDirectory(folder);
    write("b.yaml", Yaml.namespace("b"));
    awaitNames("b");
    write("c.yaml", Yaml.namespace("c"));
    awaitNames("b", "c");
  }

  @Test
  void missesNothingWhenEventsOverflow() throws Exception {
    Files.createDirectory(folder);
    source.scan();
    // More than the 512 events that the JDK keeps for a folder before it says "overflow".
    for (int i = 0; i < 1500; i++) {
      write("n" + i + ".yaml", Yaml.namespace("n" + i));
    }
    run();

    await().until(() -> names().size() == 1500);
  }

  @Test
  void aBurstIsOneChange() throws Exception {
    Files.createDirectory(folder);
    source.scan();
    for (int i = 0; i < 50; i++) {
      write("n" + i + ".yaml", Yaml.namespace("n" + i));
    }
    run();

    await().until(() -> names().size() == 50);
    assertThat(views).hasSize(2);
  }

  @Test
  void anEmptiedFileIsNotBelievedAtOnce() throws Exception {
    Files.createDirectory(folder);
    write("a.yaml", Yaml.namespace("a"));
    start();
    write("a.yaml", "");
    await().until(() -> views.size() >= 2);
    assertThat(views.get(1).snapshot().size()).isEqualTo(1);

    awaitNames();
  }

  @Test
  @Timeout(30)
  void aPipeIsNotWaitedFor() throws Exception {
    Files.createDirectory(folder);
    Process made = new ProcessBuilder("mkfifo", folder.resolve("pipe.yaml").toString()).start();
    assertThat(made.waitFor()).isZero();
    write("a.yaml", Yaml.namespace("a"));
    start();

    assertThat(names()).containsExactly("a");
    assertThat(views.getLast().refusals())
        .singleElement()
        .satisfies(refusal -> assertThat(refusal.toString()).contains("pipe.yaml", "no regular"));
  }

  private void start() {
    source.scan();
    run();
  }

  private void run() {
    Thread.ofPlatform().daemon().start(source);
  }

  private void write(String file, String text) throws IOException {
    Files.writeString(folder.resolve(file), text);
  }

  private void awaitNames(String... names) {
    await().untilAsserted(() -> assertThat(names()).containsExactly(names));
  }

  private List<String> names() {
    return views
        .getLast()
        .snapshot()
        .objects()
        .map(KubeObject::metadata)
        .map(m -> m.name())
        .toList();
  }
}
