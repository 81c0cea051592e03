package dev.weft.resources;

import com.fasterxml.jackson.databind.JsonNode;
import dev.weft.resources.Schema.Carried;
import dev.weft.resources.Schema.Default;
import dev.weft.resources.Schema.Range;
import dev.weft.resources.Schema.Size;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How clients treat Services: so far the budget that bounds retries. */
public record TrafficPolicy(
    ObjectMeta metadata, Spec spec, @Carried({"status"}) Map<String, JsonNode> carried)
    implements KubeObject {

  public record Spec(
      @Size(min = 1, max = 16) List<TargetRef> targetRefs, @Nullable RetryBudget retryBudget) {}

  /**
   * Retries are refused beyond this share of the active requests (GEP-3388).
   *
   * @param minRetriesPerSecond retries that are always allowed, for Services with few requests
   */
  public record RetryBudget(
      @Default("20") @Range(min = 0, max = 100) int percent,
      @Default("10") @Range(min = 0, max = 1_000_000) int minRetriesPerSecond) {}

  @Override
  public TrafficPolicy withMetadata(ObjectMeta value) {
    return new TrafficPolicy(value, spec, carried);
  }
}
