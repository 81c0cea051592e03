package dev.weft.controlplane;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.resources.Condition;
import dev.weft.resources.Kind;
import dev.weft.resources.ObjectRef;
import dev.weft.resources.ObjectStatus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StatusWriterTest {
  private static final ObjectRef WEFT = new ObjectRef(Kind.GATEWAY_CLASS, "", "weft");
  private static final ObjectRef POLICY = new ObjectRef(Kind.AUTHORIZATION_POLICY, "shop", "p");

  @TempDir Path folder;
  private Instant now = Instant.parse("2026-03-01T12:00:00Z");
  private final Queue<Runnable> tasks = new ArrayDeque<>();
  private StatusWriter writer = new StatusWriter(Path.of(""), () -> now, tasks::add);

  @BeforeEach
  void open() throws IOException {
    writer = writer();
  }

  @Test
  void writesOneFileAnObject() throws Exception {
    write(Map.of(WEFT, status(true), POLICY, status(true)));

    assertThat(Files.readString(folder.resolve("gatewayclass..weft.yaml")))
        .contains("kind: \"GatewayClass\"", "Accepted", "2026-03-01T12:00:00Z");
    assertThat(folder.resolve("authorizationpolicy.shop.p.yaml")).isRegularFile();
  }

  @Test
  void writesOnlyWhatChanged() throws Exception {
    write(Map.of(WEFT, status(true)));
    Files.delete(folder.resolve("gatewayclass..weft.yaml"));
    now = now.plusSeconds(60);
    write(Map.of(WEFT, status(true)));

    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void aTransitionTimeStaysUntilTheStatusChanges() throws Exception {
    write(Map.of(WEFT, status(true)));
    now = now.plusSeconds(60);
    writer = writer();
    write(Map.of(WEFT, status(true)));
    assertThat(Files.readString(folder.resolve("gatewayclass..weft.yaml"))).contains("12:00:00Z");

    write(Map.of(WEFT, status(false)));
    assertThat(Files.readString(folder.resolve("gatewayclass..weft.yaml"))).contains("12:01:00Z");
  }

  @Test
  void removesFilesOfObjectsThatAreGone() throws Exception {
    write(Map.of(WEFT, status(true), POLICY, status(true)));
    writer.update(Collections.singletonMap(POLICY, null));
    tasks.remove().run();
    assertThat(folder.resolve("authorizationpolicy.shop.p.yaml")).doesNotExist();
    assertThat(folder.resolve("gatewayclass..weft.yaml")).exists();

    writer = writer();
    write(Map.of());
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void theLastOfSeveralUpdatesCounts() throws Exception {
    writer.update(Map.of(WEFT, status(true), POLICY, status(true)));
    writer.update(Map.of(POLICY, status(false)));
    writer.update(Collections.singletonMap(WEFT, null));

    assertThat(tasks).hasSize(1);
    tasks.remove().run();
    assertThat(folder.resolve("gatewayclass..weft.yaml")).doesNotExist();
    assertThat(folder.resolve("authorizationpolicy.shop.p.yaml")).content().contains("\"False\"");
  }

  @Test
  void whatCannotBeWrittenIsTriedAgain() throws Exception {
    Files.delete(folder);
    write(Map.of(WEFT, status(true)));
    Files.createDirectory(folder);
    write(Map.of(POLICY, status(true)));

    assertThat(folder.resolve("gatewayclass..weft.yaml")).exists();
    assertThat(folder.resolve("authorizationpolicy.shop.p.yaml")).exists();
  }

  private void write(Map<ObjectRef, ObjectStatus> changes) {
    writer.update(new HashMap<>(changes));
    tasks.remove().run();
  }

  private StatusWriter writer() throws IOException {
    StatusWriter opened = new StatusWriter(folder, () -> now, tasks::add);
    opened.open();
    return opened;
  }

  private static ObjectStatus status(boolean accepted) {
    Condition condition =
        accepted
            ? Condition.yes("Accepted", "Accepted", "", 1)
            : Condition.no("Accepted", "Pending", "", 1);
    return new ObjectStatus.OfClass(List.of(condition), List.of());
  }
}
