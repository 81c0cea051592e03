package dev.weft.resources;

import com.fasterxml.jackson.databind.JsonNode;
import dev.weft.resources.Schema.Carried;
import dev.weft.resources.Schema.Checked;
import dev.weft.resources.Schema.Default;
import dev.weft.resources.Schema.Problem;
import dev.weft.resources.Schema.Range;
import java.util.List;
import java.util.Map;

/** A Deployment: so many Pods from one template. */
public record Deployment(
    ObjectMeta metadata, Spec spec, @Carried({"status"}) Map<String, JsonNode> carried)
    implements KubeObject {

  /** What is wanted. */
  public record Spec(
      @Default("1") @Range(min = 0, max = 100_000) int replicas,
      LabelSelector selector,
      PodSpec.Template template,
      @Carried({
            "minReadySeconds",
            "paused",
            "progressDeadlineSeconds",
            "revisionHistoryLimit",
            "strategy"
          })
          Map<String, JsonNode> carried)
      implements Checked {

    @Override
    public List<Problem> problems() {
      return selector.matches(template.metadata().labels())
          ? List.of()
          : List.of(new Problem("selector", "must match template.metadata.labels"));
    }
  }

  @Override
  public Deployment withMetadata(ObjectMeta value) {
    return new Deployment(value, spec, carried);
  }
}
