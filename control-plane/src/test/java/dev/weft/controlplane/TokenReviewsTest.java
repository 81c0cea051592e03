package dev.weft.controlplane;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.authentication.TokenReview;
import io.fabric8.kubernetes.api.model.authentication.TokenReviewBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TokenReviewsTest {
  private static final String USER = "system:serviceaccount:weft-system:weft-node";
  private static final String NODE = "authentication.kubernetes.io/node-name";

  private final List<String> asked = new ArrayList<>();
  private TokenReview answer = review(true, USER, TokenReviews.AUDIENCE, "n1");
  private final TokenReviews tokens =
      new TokenReviews(
          review -> {
            asked.add(review.getSpec().getToken());
            assertThat(review.getSpec().getAudiences()).containsExactly(TokenReviews.AUDIENCE);
            return answer;
          },
          "weft-system:weft-node");

  @BeforeEach
  void members() {
    assertThat(tokens.retain(Set.of("n1"))).containsExactly("n1");
  }

  @Test
  void aNodeIsKnownByItsToken() {
    assertThat(tokens.node("t1")).isEqualTo("n1");
    assertThat(tokens.node("t1")).isEqualTo("n1");
    assertThat(asked).containsExactly("t1");
  }

  @Test
  void aNodeThatIsNoMemberIsNotLetIn() {
    tokens.retain(Set.of("n2"));
    assertThat(tokens.node("t1")).isNull();
    tokens.retain(Set.of("n1", "n2"));
    assertThat(tokens.node("t1")).isEqualTo("n1");
  }

  @Test
  void everyOtherTokenIsRefusedAndRemembered() {
    for (TokenReview refused :
        List.of(
            review(false, USER, TokenReviews.AUDIENCE, "n1"),
            review(true, "system:serviceaccount:weft-system:default", TokenReviews.AUDIENCE, "n1"),
            review(true, USER, "https://kubernetes.default.svc", "n1"),
            review(true, USER, TokenReviews.AUDIENCE),
            review(true, USER, TokenReviews.AUDIENCE, "n1", "n2"),
            new TokenReview())) {
      answer = refused;
      String token = "token " + asked.size();
      assertThat(tokens.node(token)).as(refused.toString()).isNull();
      assertThat(tokens.node(token)).isNull();
      assertThat(asked).containsOnlyOnce(token);
    }
  }

  @Test
  void hugeTokensReachNobody() {
    assertThat(tokens.node("x".repeat(100_000))).isNull();
    assertThat(asked).isEmpty();
  }

  @Test
  void anApiServerThatDoesNotAnswerLetsNobodyInAndIsAskedAgain() {
    List<Integer> calls = new ArrayList<>();
    TokenReviews down =
        new TokenReviews(
            review -> {
              calls.add(1);
              throw new KubernetesClientException("down");
            },
            "weft-system:weft-node");
    down.retain(Set.of("n1"));
    assertThat(down.node("t")).isNull();
    assertThat(down.node("t")).isNull();
    assertThat(calls).hasSize(2);
  }

  private static TokenReview review(
      boolean authenticated, String user, String audience, String... nodes) {
    return new TokenReviewBuilder()
        .withNewStatus()
        .withAuthenticated(authenticated)
        .withAudiences(audience)
        .withNewUser()
        .withUsername(user)
        .addToExtra(NODE, List.of(nodes))
        .endUser()
        .endStatus()
        .build();
  }
}
