package dev.weft.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weft.proxy.SessionTokens.Pin;
import dev.weft.proxy.SessionTokens.Scope;
import dev.weft.routing.Endpoint;
import dev.weft.routing.EndpointSet;
import dev.weft.routing.MtlsMode;
import dev.weft.routing.ServiceKey;
import dev.weft.routing.WorkloadInfo;
import java.time.Duration;
import java.util.Arrays;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SessionTokensTest {
  private static final ServiceKey WEB = new ServiceKey("shop", "web", 80);
  private static final Scope RULE = new Scope("r/0", WEB);
  private static final SecretKey KEY = key(1);

  private final ManualWall wall = new ManualWall();
  private final SessionTokens tokens = new SessionTokens(wall);

  private static SecretKey key(int filler) {
    byte[] bytes = new byte[32];
    Arrays.fill(bytes, (byte) filler);
    return new SecretKeySpec(bytes, "AES");
  }

  private static Endpoint endpoint(String uid, int address, int port) {
    WorkloadInfo pod =
        new WorkloadInfo(
            "shop",
            "web-0",
            uid,
            "",
            "",
            "web",
            "spiffe://a/ns/shop/sa/web",
            "n",
            300,
            MtlsMode.PERMISSIVE,
            address);
    return EndpointSet.pod(pod, port).get(0);
  }

  private String sealed(long seconds) {
    return tokens.seal(KEY, RULE, endpoint("u", 7, 8080), seconds);
  }

  @ParameterizedTest
  @CsvSource({"u, 7, 8080, true", "v, 7, 8080, false", "u, 8, 8080, false", "u, 7, 8081, false"})
  void namesThePodTheAddressAndThePort(String uid, int address, int port, boolean same) {
    Pin pin = tokens.open(KEY, RULE, sealed(0));

    assertThat(pin).isNotNull();
    assertThat(pin.names(endpoint(uid, address, port))).isEqualTo(same);
  }

  @Test
  void opensForItsRuleItsServiceAndWithItsKeyOnly() {
    String token = sealed(0);

    assertThat(tokens.open(KEY, new Scope("r/1", WEB), token)).isNull();
    assertThat(tokens.open(KEY, new Scope("r/0", new ServiceKey("shop", "web2", 80)), token))
        .isNull();
    assertThat(tokens.open(key(2), RULE, token)).isNull();
    assertThat(tokens.open(KEY, RULE, token)).isNotNull();
  }

  @Test
  void endsWhenItsTimeIsOver() {
    String limited = sealed(10);
    String endless = sealed(0);

    wall.advance(Duration.ofSeconds(9));
    assertThat(tokens.open(KEY, RULE, limited)).isNotNull();
    wall.advance(Duration.ofSeconds(1));
    assertThat(tokens.open(KEY, RULE, limited)).isNull();
    wall.advance(Duration.ofDays(1000));
    assertThat(tokens.open(KEY, RULE, endless)).isNotNull();
  }

  @Test
  void everyChangedCharacterMakesItNone() {
    String token = sealed(0);
    // The last character may carry unused bits of base64.
    for (int i = 0; i < token.length() - 1; i++) {
      char other = token.charAt(i) == 'A' ? 'B' : 'A';
      assertThat(tokens.open(KEY, RULE, token.substring(0, i) + other + token.substring(i + 1)))
          .as("character %d", i)
          .isNull();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "x", "ééé", "=", " "})
  void whatIsNoTokenIsNone(String text) {
    assertThat(SessionTokens.mayBe(text)).isFalse();
    assertThat(tokens.open(KEY, RULE, text)).isNull();
    assertThat(tokens.open(KEY, RULE, "A".repeat(SessionTokens.LENGTH - text.length()) + text))
        .isNull();
    assertThat(tokens.open(KEY, RULE, sealed(0) + text + "A".repeat(100_000))).isNull();
  }

  @Test
  void twoTokensOfOneEndpointDifferAndAreOfOneLength() {
    assertThat(sealed(0)).isNotEqualTo(sealed(0)).matches(SessionTokens::mayBe);
  }
}
