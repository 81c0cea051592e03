package dev.weft.resources;

import com.fasterxml.jackson.databind.JsonNode;
import dev.weft.resources.Schema.Carried;
import dev.weft.resources.Schema.Default;
import dev.weft.resources.Schema.Text;
import java.util.List;
import java.util.Map;

/** Settings of the whole mesh; the object named "default" counts. */
public record MeshConfig(
    ObjectMeta metadata,
    @Default("{}") Spec spec,
    @Carried({"status"}) Map<String, JsonNode> carried)
    implements KubeObject {

  /** The only name that is read. */
  public static final String NAME = "default";

  /**
   * What is wanted.
   *
   * @param reasonHeader whether the proxy's own answers carry "x-weft-reason"
   */
  public record Spec(
      @Default("cluster.local") @Text(min = 1, max = 253, pattern = "[a-z0-9._-]+")
          String trustDomain,
      @Default("{}") Telemetry telemetry,
      boolean reasonHeader) {}

  /**
   * Where telemetry goes, and how much.
   *
   * @param otlpEndpoint OTLP/gRPC receiver as host:port; "" switches export off
   * @param samplingRatio share of new traces that are sampled
   */
  public record Telemetry(
      @Default("")
          @Text(max = 260, pattern = "|[A-Za-z0-9.\\-]+:[0-9]{1,5}|\\[[0-9a-fA-F:.]+]:[0-9]{1,5}")
          String otlpEndpoint,
      @Default("0.01") double samplingRatio)
      implements Schema.Checked {

    @Override
    public List<Schema.Problem> problems() {
      return samplingRatio >= 0 && samplingRatio <= 1
          ? List.of()
          : List.of(new Schema.Problem("samplingRatio", "must be from 0 to 1"));
    }
  }

  @Override
  public MeshConfig withMetadata(ObjectMeta value) {
    return new MeshConfig(value, spec, carried);
  }
}
