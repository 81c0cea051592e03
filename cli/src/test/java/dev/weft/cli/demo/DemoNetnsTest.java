package dev.weft.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.cli.lab.Lab;
import dev.weft.cli.lab.LabListener;
import dev.weft.cli.lab.LabOptions;
import dev.weft.resources.Refusal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Plays every act of the demo on one lab, as {@code weft demo} does. */
@Tag("netns")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DemoNetnsTest {
  private final List<String> events = Collections.synchronizedList(new ArrayList<>());

  private Lab lab;
  private Stage stage;

  @BeforeAll
  void up(@TempDir Path folder) throws Exception {
    Path manifests = Files.createDirectories(folder.resolve("manifests"));
    Path scratch = Files.createDirectories(folder.resolve("scratch"));
    DemoFolder.prepare(DemoPaths.examples(), manifests, scratch);
    lab = Lab.up(new LabOptions(manifests, 2, LabOptions.DEFAULT_RUN), new Listener(events));
    assertThat(lab.awaitReady(Duration.ofSeconds(90))).as("events: %s", events).isEmpty();
    stage = new Stage(lab, manifests, scratch);
  }

  @AfterAll
  void down() {
    if (lab != null) {
      lab.close();
      assertThat(LabOptions.DEFAULT_RUN).doesNotExist();
    }
  }

  static List<Act> acts() {
    return Demo.ACTS;
  }

  @ParameterizedTest
  @MethodSource("acts")
  void actShowsWhatItPromises(Act act) throws InterruptedException {
    Evidence evidence = Demo.play(act, stage);
    assertThat(evidence.correct())
        .as("%s: %s %s; events: %s", act.name(), evidence.summary(), evidence.figures(), events)
        .isTrue();
  }

  private record Listener(List<String> events) implements LabListener {
    @Override
    public void progress(String text) {
      events.add(text);
    }

    @Override
    public void event(String text) {
      events.add(text);
    }

    @Override
    public void refused(List<Refusal> refusals) {
      events.add("refused: " + refusals);
    }

    @Override
    public void taken(int objects) {
      events.add("took " + objects);
    }
  }
}
