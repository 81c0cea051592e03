package dev.weft.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CaFolderTest {
  private final ManualClock clock = new ManualClock();
  private final CertificateAuthority.Settings settings =
      new CertificateAuthority.Settings(
          CertificateAuthority.Settings.DEFAULT_VALIDITY, clock, Mesh.RANDOM);

  @TempDir Path folder;

  @Test
  void makesARootOnceAndKeepsIt() throws Exception {
    CertificateAuthority first = open();
    CertificateAuthority second = open();

    assertThat(second.roots()).hasSize(1).isEqualTo(first.roots());
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(key())))
        .isEqualTo("rw-------");
    try (var files = Files.list(folder)) {
      assertThat(files).containsExactlyInAnyOrder(key(), certificates());
    }
  }

  @Test
  void refusesAKeyThatOthersCanRead() throws Exception {
    open();
    Files.setPosixFilePermissions(key(), PosixFilePermissions.fromString("rw-r--r--"));

    assertThatThrownBy(this::open).isInstanceOf(IOException.class).hasMessageContaining("chmod");
  }

  @Test
  void neverReplacesARootWhoseKeyIsMissing() throws Exception {
    open();
    Files.delete(key());

    assertThatThrownBy(this::open).isInstanceOf(IOException.class).hasMessageContaining("restore");
  }

  @Test
  void rotatesInThreeSteps() throws Exception {
    CertificateAuthority old = open();
    String oldPem = Files.readString(certificates());
    var next = CertificateAuthority.createRoot(Mesh.DOMAIN, settings);
    String nextPem = Certificates.toPem(List.of(next.certificate()));

    Files.writeString(certificates(), oldPem + nextPem);
    assertThat(open().roots()).containsExactly(old.roots().getFirst(), next.certificate());

    Files.writeString(key(), Certificates.pem("PRIVATE KEY", next.key().getEncoded()));
    assertThat(open().roots()).containsExactly(next.certificate(), old.roots().getFirst());

    Files.writeString(certificates(), nextPem);
    assertThat(open().roots()).containsExactly(next.certificate());
  }

  @Test
  void damageIsNamedWithoutTheKey() throws Exception {
    open();
    String pem = Files.readString(key());
    Files.writeString(key(), pem.replace("PRIVATE KEY", "PUBLIC KEY"));
    assertThatThrownBy(this::open)
        .isInstanceOf(IOException.class)
        .hasMessageContaining("PKCS#8")
        .message()
        .doesNotContain(pem.lines().toList().get(1));

    Files.writeString(
        key(),
        Certificates.pem("PRIVATE KEY", KeyPairs.generate(Mesh.RANDOM).getPrivate().getEncoded()));
    assertThatThrownBy(this::open).isInstanceOf(IOException.class).hasMessageContaining("none of");
  }

  private CertificateAuthority open() throws IOException {
    return CaFolder.open(folder, Mesh.DOMAIN, settings);
  }

  private Path key() {
    return folder.resolve(CaFolder.KEY);
  }

  private Path certificates() {
    return folder.resolve(CaFolder.CERTIFICATES);
  }
}
