package dev.weft.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.api.v1.Resource;
import dev.weft.api.v1.Service;
import dev.weft.api.v1.Update;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Collection;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigLogTest {
  @TempDir Path directory;

  @Test
  void readsBackWhatIsLive() {
    Path file = directory.resolve("config");
    try (ConfigLog log = ConfigLog.open(file).log()) {
      log.append(upsert(service("a", "1"), service("b", "1")), List::of);
      log.append(upsert(service("a", "2")), List::of);
      log.append(Update.newBuilder().addRemoved("service/shop/b").build(), List::of);
    }

    assertThat(reopen(file)).containsExactly(service("a", "2"));
  }

  @Test
  void cutsOffADamagedTail() throws Exception {
    Path file = directory.resolve("config");
    try (ConfigLog log = ConfigLog.open(file).log()) {
      log.append(upsert(service("a", "1")), List::of);
    }
    Files.write(file, new byte[] {50, 1, 2, 3}, StandardOpenOption.APPEND);

    assertThat(reopen(file)).containsExactly(service("a", "1"));
    assertThat(reopen(file)).as("the tail is gone for good").containsExactly(service("a", "1"));
  }

  @Test
  void doesNotGrowWithTheNumberOfEdits() throws Exception {
    Path file = directory.resolve("config");
    String large = "x".repeat(60_000);
    try (ConfigLog log = ConfigLog.open(file).log()) {
      for (int i = 0; i < 200; i++) {
        Resource edited = service(large, String.valueOf(i));
        log.append(upsert(edited), () -> List.of(edited));
      }
    }

    assertThat(Files.size(file)).isLessThan(5L << 20);
    assertThat(reopen(file)).containsExactly(service(large, "199"));
  }

  @Test
  void isReadableByItsOwnerOnly() throws Exception {
    Path file = directory.resolve("config");
    ConfigLog.open(file).log().close();

    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
  }

  private static Collection<Resource> reopen(Path file) {
    ConfigLog.Opened opened = ConfigLog.open(file);
    opened.log().close();
    return opened.resources();
  }

  private static Update upsert(Resource... resources) {
    return Update.newBuilder().addAllUpserted(List.of(resources)).build();
  }

  private static Resource service(String name, String version) {
    return Resource.newBuilder()
        .setName("service/shop/" + name)
        .setVersion(version)
        .setService(Service.newBuilder().setNamespace("shop").setName(name))
        .build();
  }
}
