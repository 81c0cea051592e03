package dev.weft.controlplane;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.fabric8.kubernetes.api.model.authentication.TokenReview;
import io.fabric8.kubernetes.api.model.authentication.TokenReviewBuilder;
import io.fabric8.kubernetes.api.model.authentication.UserInfo;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Nodes show a projected token of their service account, made for this audience; the API server
 * says whose it is and on which node its pod runs (KEP-4193). An answer is remembered for a short
 * time, a refusal for a shorter one, by the token's hash. Any thread; {@link #node} blocks.
 */
final class TokenReviews implements NodeTokens {
  private static final Logger LOG = LoggerFactory.getLogger(TokenReviews.class);

  /** What node tokens are made for. */
  static final String AUDIENCE = "weft.dev/control-plane";

  private static final String NODE_NAME = "authentication.kubernetes.io/node-name";

  /** Longer than any token of an API server; nothing else is sent there. */
  private static final int MAX_TOKEN = 16 << 10;

  private final Function<TokenReview, TokenReview> api;
  private final String user;
  private final Cache<String, String> nodes =
      Caffeine.newBuilder().maximumSize(5_000).expireAfterWrite(Duration.ofMinutes(1)).build();
  private final Cache<String, String> refused =
      Caffeine.newBuilder().maximumSize(1_000).expireAfterWrite(Duration.ofSeconds(5)).build();
  private volatile Set<String> members = Set.of();

  /**
   * Reviews.
   *
   * @param api asks the API server
   * @param account of Weft's nodes, "namespace:name"
   */
  TokenReviews(Function<TokenReview, TokenReview> api, String account) {
    this.api = api;
    this.user = "system:serviceaccount:" + account;
  }

  static TokenReviews of(KubernetesClient client, String account) {
    return new TokenReviews(review -> client.tokenReviews().create(review), account);
  }

  @Override
  public @Nullable String node(String token) {
    if (token.length() > MAX_TOKEN) {
      return null;
    }
    String key = hash(token);
    String known = nodes.getIfPresent(key);
    if (known == null && refused.getIfPresent(key) == null) {
      known = ask(token, key);
    }
    return known != null && members.contains(known) ? known : null;
  }

  @Override
  public Set<String> retain(Set<String> names) {
    members = Set.copyOf(names);
    return members;
  }

  private @Nullable String ask(String token, String key) {
    try {
      TokenReview answer =
          api.apply(
              new TokenReviewBuilder()
                  .withNewSpec()
                  .withToken(token)
                  .withAudiences(AUDIENCE)
                  .endSpec()
                  .build());
      String node = node(answer);
      if (node == null) {
        refused.put(key, "");
      } else {
        nodes.put(key, node);
      }
      return node;
    } catch (KubernetesClientException e) {
      LOG.warn("a node's token cannot be checked: {}", e.getMessage());
      return null;
    }
  }

  private @Nullable String node(TokenReview review) {
    if (review.getStatus() == null
        || !Boolean.TRUE.equals(review.getStatus().getAuthenticated())
        || review.getStatus().getAudiences() == null
        || !review.getStatus().getAudiences().contains(AUDIENCE)) {
      return null;
    }
    UserInfo info = review.getStatus().getUser();
    if (!user.equals(info.getUsername())) {
      LOG.warn("{} presented a token as if it were a node", info.getUsername());
      return null;
    }
    List<String> names = info.getExtra() == null ? null : info.getExtra().get(NODE_NAME);
    if (names == null || names.size() != 1) {
      LOG.warn("a token of {} is bound to no node: the API server is too old", user);
      return null;
    }
    return names.getFirst();
  }

  private static String hash(String token) {
    try {
      return Base64.getEncoder()
          .encodeToString(
              MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this JDK has no SHA-256", e);
    }
  }
}
