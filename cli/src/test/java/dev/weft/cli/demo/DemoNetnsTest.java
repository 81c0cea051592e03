package dev.weft.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.cli.lab.Lab;
import dev.weft.cli.lab.LabDiary;
import dev.weft.cli.lab.LabOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
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
  private final LabDiary diary = new LabDiary();

  private Lab lab;
  private Stage stage;

  @BeforeAll
  void up(@TempDir Path folder) throws Exception {
    Path manifests = Files.createDirectories(folder.resolve("manifests"));
    Path scratch = Files.createDirectories(folder.resolve("scratch"));
    DemoFolder.prepare(DemoPaths.examples(), manifests, scratch);
    lab = Lab.up(new LabOptions(manifests, 2, LabOptions.DEFAULT_RUN), diary);
    assertThat(lab.awaitReady(Duration.ofSeconds(90))).as("%s", diary.entries()).isEmpty();
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
        .as("%s: %s %s; %s", act.name(), evidence.summary(), evidence.figures(), diary.entries())
        .isTrue();
  }
}
