package dev.weft.controlplane;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TokenStoreTest {
  @TempDir Path folder;

  @Test
  void aTokenNamesItsNode() throws Exception {
    TokenStore tokens = open();
    tokens.ensure("n1");
    tokens.ensure("n2");

    assertThat(tokens.node(token("n1"))).isEqualTo("n1");
    assertThat(tokens.node(token("n2"))).isEqualTo("n2");
    assertThat(token("n1")).hasSize(64).isNotEqualTo(token("n2"));
    assertThat(tokens.node("")).isNull();
    assertThat(tokens.node(token("n1") + "0")).isNull();
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve("n1"))))
        .isEqualTo("rw-------");
  }

  @Test
  void tokensSurviveARestart() throws Exception {
    open().ensure("n1");
    String token = token("n1");
    TokenStore after = open();
    after.ensure("n1");

    assertThat(after.node(token)).isEqualTo("n1");
  }

  @Test
  void anEmptyTokenFileOpensNothing() throws Exception {
    Files.writeString(folder.resolve("n1"), "\n");
    assertThatThrownBy(() -> open().ensure("n1"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("remove it");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "..", "../n1", "a/b", "N1", "-n", "n1\n"})
  void refusesNamesThatAreNoNodes(String name) {
    assertThatThrownBy(() -> open().ensure(name)).isInstanceOf(IOException.class);
  }

  private TokenStore open() {
    return new TokenStore(folder, new SecureRandom());
  }

  private String token(String node) throws IOException {
    return Files.readString(folder.resolve(node)).strip();
  }

  @Test
  void aNodeThatIsGoneIsNotLetInUntilItIsBack() throws Exception {
    TokenStore tokens = open();
    tokens.ensure("n1");
    tokens.ensure("n2");
    String token = token("n1");

    assertThat(tokens.retain(Set.of("n1", "n2"))).containsExactlyInAnyOrder("n1", "n2");
    assertThat(tokens.retain(Set.of("n2"))).containsExactly("n2");
    assertThat(tokens.node(token)).isNull();

    tokens.ensure("n1");
    assertThat(tokens.node(token)).isEqualTo("n1");
  }
}
