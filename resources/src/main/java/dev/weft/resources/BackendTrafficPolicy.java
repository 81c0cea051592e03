package dev.weft.resources;

import com.fasterxml.jackson.databind.JsonNode;
import dev.weft.resources.Schema.Carried;
import dev.weft.resources.Schema.Checked;
import dev.weft.resources.Schema.Default;
import dev.weft.resources.Schema.Problem;
import dev.weft.resources.Schema.Range;
import dev.weft.resources.Schema.Size;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** An XBackendTrafficPolicy: how clients treat backends (GEP-3388). */
public record BackendTrafficPolicy(
    ObjectMeta metadata, Spec spec, @Carried({"status"}) Map<String, JsonNode> carried)
    implements KubeObject {

  /**
   * What is wanted.
   *
   * @param sessionPersistence of rules without one of their own; deprecated by the Gateway API in
   *     favour of XBackend's
   */
  public record Spec(
      @Size(min = 1, max = 16) List<TargetRef> targetRefs,
      @Nullable RetryConstraint retryConstraint,
      @Nullable SessionPersistence sessionPersistence) {}

  /** Retries are refused beyond the budget, but a few are always allowed. */
  public record RetryConstraint(@Default("{}") Budget budget, @Default("{}") Rate minRetryRate) {}

  /**
   * The share of a backend's requests that may be retries.
   *
   * @param interval how far back requests count
   */
  public record Budget(
      @Default("20") @Range(min = 0, max = 100) int percent, @Default("10s") Duration interval)
      implements Checked {
    @Override
    public List<Problem> problems() {
      return interval.compareTo(Duration.ofSeconds(1)) < 0
              || interval.compareTo(Duration.ofHours(1)) > 0
          ? List.of(new Problem("interval", "must be from 1s to 1h"))
          : List.of();
    }
  }

  /** So many in each interval. */
  public record Rate(
      @Default("10") @Range(min = 1, max = 1_000_000) int count, @Default("1s") Duration interval)
      implements Checked {
    @Override
    public List<Problem> problems() {
      return interval.isZero() || interval.compareTo(Duration.ofHours(1)) > 0
          ? List.of(new Problem("interval", "must be above 0s and not above 1h"))
          : List.of();
    }
  }

  @Override
  public BackendTrafficPolicy withMetadata(ObjectMeta value) {
    return new BackendTrafficPolicy(value, spec, carried);
  }
}
