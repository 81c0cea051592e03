package dev.weft.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WorkloadIdentityTest {

  @Test
  void readsAndWritesTheOneForm() {
    WorkloadIdentity web = WorkloadIdentity.parse("spiffe://mesh.test/ns/shop/sa/web");

    assertThat(web).isEqualTo(new WorkloadIdentity(Mesh.DOMAIN, "shop", "web"));
    assertThat(web.toString()).isEqualTo("spiffe://mesh.test/ns/shop/sa/web");
    assertThat(web.spiffeId().toString()).isEqualTo(web.toString());
    assertThat(web.principal()).isEqualTo("mesh.test/ns/shop/sa/web");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "spiffe://",
        "spiffe://mesh.test",
        "spiffe://mesh.test/",
        "spiffe://mesh.test/ns/shop",
        "spiffe://mesh.test/ns/shop/sa",
        "spiffe://mesh.test/ns/shop/sa/",
        "spiffe://mesh.test/ns//sa/web",
        "spiffe://mesh.test/ns/shop/sa/web/",
        "spiffe://mesh.test/ns/shop/sa/web/x",
        "spiffe://mesh.test/sa/web/ns/shop",
        "spiffe://mesh.test/NS/shop/SA/web",
        "spiffe://mesh.test/ns/../sa/web",
        "spiffe://mesh.test/ns/shop/sa/w%65b",
        "spiffe://mesh.test/ns/shop/sa/web?x=1",
        "spiffe://mesh.test/ns/shop/sa/web#x",
        "spiffe://mesh.test:443/ns/shop/sa/web",
        "spiffe://user@mesh.test/ns/shop/sa/web",
        "spiffe://MESH.test/ns/shop/sa/web",
        "SPIFFE://mesh.test/ns/shop/sa/web",
        "https://mesh.test/ns/shop/sa/web",
        " spiffe://mesh.test/ns/shop/sa/web",
        "spiffe://mesh.test/ns/shop/sa/web\n",
        "spiffe://mesh.test/ns/shop/sa/wéb",
      })
  void refusesEverythingElse(String uri) {
    assertThatThrownBy(() -> WorkloadIdentity.parse(uri))
        .isInstanceOf(InvalidIdentityException.class)
        .message()
        .matches("[ -~]*");
  }

  @Test
  void refusesOverlongIds() {
    assertThatThrownBy(() -> WorkloadIdentity.parse("spiffe://mesh.test/" + "a".repeat(5000)))
        .isInstanceOf(InvalidIdentityException.class)
        .hasMessageContaining("2048");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a/b", "..", ".", "a b", "é"})
  void refusesPartsThatCannotBeInAnId(String part) {
    assertThatThrownBy(() -> new WorkloadIdentity(Mesh.DOMAIN, part, "web"))
        .isInstanceOf(InvalidIdentityException.class);
    assertThatThrownBy(() -> new WorkloadIdentity(Mesh.DOMAIN, "shop", part))
        .isInstanceOf(InvalidIdentityException.class);
  }
}
