package dev.weft.identity;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.identity.VerifiedChain.Role;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChainFileTest {
  private final Mesh mesh = new Mesh(InstantSource.system());
  private final List<X509Certificate> roots = mesh.authority.roots();
  private final Instant now = InstantSource.system().instant().truncatedTo(ChronoUnit.MILLIS);
  private final Instant until = now.plusSeconds(60);

  private VerifiedChain web = new VerifiedChain(Role.CLIENT, List.of());
  private VerifiedChain orders = web;
  private Path file = Path.of("");

  @BeforeEach
  void chains(@TempDir Path directory) {
    file = directory.resolve("verified");
    web = chain(Role.CLIENT, "web");
    orders = chain(Role.SERVER, "orders");
  }

  @Test
  void givesBackWhatItKeeps() throws Exception {
    ChainFile first = new ChainFile(file);
    assertThat(first.open(roots, now)).isEmpty();
    first.add(web, until);
    first.add(orders, until.plusSeconds(60));
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");

    ChainFile second = new ChainFile(file);
    assertThat(second.open(roots, now))
        .isEqualTo(Map.of(web, until, orders, until.plusSeconds(60)));
    assertThat(new ChainFile(file).open(roots, until)).containsOnlyKeys(orders);
    assertThat(new ChainFile(file).open(roots, now)).as("dropped for good").hasSize(1);
  }

  @Test
  void beginsAnewWithOtherRoots() {
    ChainFile chains = new ChainFile(file);
    chains.open(roots, now);
    chains.add(web, until);

    List<X509Certificate> others = new Mesh(InstantSource.system()).authority.roots();
    assertThat(new ChainFile(file).open(others, now)).isEmpty();
    assertThat(new ChainFile(file).open(roots, now)).isEmpty();
  }

  @Test
  void takesNothingThatIsDamaged() throws Exception {
    ChainFile chains = new ChainFile(file);
    chains.open(roots, now);
    chains.add(web, until);
    byte[] good = Files.readAllBytes(file);
    byte[] changed = good.clone();
    changed[32 + 9] ^= 1; // the length of the role's name
    for (byte[] bad :
        List.of(
            new byte[0],
            Arrays.copyOf(good, 3),
            Arrays.copyOf(good, good.length - 1),
            Arrays.copyOf(good, good.length + 1),
            changed,
            new byte[3 << 20])) {
      Files.write(file, bad);
      assertThat(new ChainFile(file).open(roots, now)).isEmpty();
      assertThat(Files.size(file)).isEqualTo(32);
    }
  }

  @Test
  void holdsABoundedNumber() throws Exception {
    ChainFile chains = new ChainFile(file);
    chains.open(roots, now);
    for (int i = 0; i < 10_000; i++) {
      chains.add(web, until);
    }
    assertThat(Files.size(file)).isBetween(1L << 20, 2L << 20);
    assertThat(new ChainFile(file).open(roots, now)).containsOnlyKeys(web);
  }

  private VerifiedChain chain(Role role, String account) {
    return VerifiedChain.of(role, mesh.svid(account).certificates());
  }
}
