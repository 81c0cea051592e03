package dev.weft.identity;

import static org.assertj.core.api.Assertions.assertThat;

import io.spiffe.spiffeid.SpiffeId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SvidFolderTest {
  private final Mesh mesh = new Mesh(InstantSource.system());
  private final Svid web = mesh.svid("web");
  private final SpiffeId id = web.spiffeId();

  @TempDir Path directory;

  @Test
  void givesBackWhatItKeeps() throws IOException {
    assertThat(folder().load(id)).isNull();
    folder().keep(mesh.svid("orders"));
    folder().keep(mesh.svid("web"));
    folder().keep(web);

    Svid found = Objects.requireNonNull(folder().load(id));
    assertThat(found.spiffeId()).isEqualTo(id);
    assertThat(found.chain()).isEqualTo(web.chain());
    assertThat(KeyPairs.match(found.leaf().getPublicKey(), found.key())).isTrue();
  }

  @Test
  void isForItsOwnerOnly() throws IOException {
    folder().keep(web);

    assertThat(mode(directory.resolve("svids"))).isEqualTo("rwx------");
    assertThat(mode(onlyFile())).isEqualTo("rw-------");
  }

  @Test
  void forgetsWhatIsGone() throws IOException {
    folder().keep(web);
    folder().keep(mesh.svid("orders"));
    Files.createFile(directory.resolve("svids/new")); // of a process that was killed while writing

    folder().retain(Set.of(id));
    assertThat(folder().load(mesh.workload("orders").spiffeId())).isNull();
    assertThat(folder().load(id)).isNotNull();
    assertThat(onlyFile()).exists();
  }

  @Test
  void takesNothingThatIsDamaged() throws IOException {
    folder().keep(web);
    Path file = onlyFile();
    byte[] good = Files.readAllBytes(file);
    byte[] changed = good.clone();
    changed[10] ^= 1;
    for (byte[] bad :
        List.of(
            new byte[0],
            Arrays.copyOf(good, 3),
            Arrays.copyOf(good, good.length / 2),
            Arrays.copyOf(good, good.length + 1),
            changed,
            new byte[] {0x7f, -1, -1, -1, 0},
            new byte[] {-1, -1, -1, -1, 0},
            new byte[100_000])) {
      Files.write(file, bad);
      assertThat(folder().load(id)).isNull();
    }
  }

  private SvidFolder folder() throws IOException {
    return SvidFolder.open(directory.resolve("svids"));
  }

  private Path onlyFile() throws IOException {
    try (Stream<Path> files = Files.list(directory.resolve("svids"))) {
      List<Path> all = files.toList();
      assertThat(all).hasSize(1);
      return all.getFirst();
    }
  }

  private static String mode(Path file) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
  }
}
