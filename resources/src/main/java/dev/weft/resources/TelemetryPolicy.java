package dev.weft.resources;

import com.fasterxml.jackson.databind.JsonNode;
import dev.weft.resources.Schema.Carried;
import dev.weft.resources.Schema.Checked;
import dev.weft.resources.Schema.Default;
import dev.weft.resources.Schema.OneOf;
import dev.weft.resources.Schema.Problem;
import dev.weft.resources.Schema.Size;
import dev.weft.resources.Schema.Text;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** An XTelemetryPolicy: what Gateways tell of the requests that pass them (GEP-4768). */
public record TelemetryPolicy(
    ObjectMeta metadata, Spec spec, @Carried({"status"}) Map<String, JsonNode> carried)
    implements KubeObject {

  public record Spec(
      @Size(min = 1, max = 16) List<TargetRef> targetRefs, @Nullable Tracing tracing) {}

  /**
   * Spans.
   *
   * @param provider who receives them; set when the mode is Enabled, and only then
   * @param samplingRate share of new traces; null: the mesh's
   * @param serviceName null: the mesh's
   * @param spanName null: the method and the route
   */
  public record Tracing(
      @Default("ImplementationDefault") @OneOf({"Enabled", "Disabled", "ImplementationDefault"})
          String mode,
      @Nullable Provider provider,
      RouteFilter.@Nullable Fraction samplingRate,
      @Nullable ParentBased parentBasedSampling,
      @Nullable @Text(min = 1, max = 253, pattern = "[a-zA-Z0-9_.:/-]+") String serviceName,
      @Nullable @Text(min = 1, max = 256, pattern = "[a-zA-Z0-9_.:/-]+( [a-zA-Z0-9_.:/-]+)*")
          String spanName,
      @Size(max = 64) List<Attribute> attributes)
      implements Checked {
    public boolean enabled() {
      return mode.equals("Enabled");
    }

    @Override
    public List<Problem> problems() {
      List<Problem> found = new ArrayList<>();
      if (enabled() != (provider != null)) {
        found.add(new Problem("provider", "must be set when the mode is Enabled, and only then"));
      }
      boolean more =
          samplingRate != null
              || parentBasedSampling != null
              || serviceName != null
              || spanName != null
              || !attributes.isEmpty();
      if (more && !enabled()) {
        found.add(new Problem("mode", "must be Enabled where more is said"));
      }
      Set<String> names = new HashSet<>();
      for (int i = 0; i < attributes.size(); i++) {
        if (!names.add(attributes.get(i).name())) {
          found.add(new Problem("attributes[" + i + "].name", "is used by another attribute"));
        }
      }
      return found;
    }
  }

  /** The receiver of OTLP, and what calls to it carry. */
  public record Provider(
      BackendRef.Target backendRef, @Size(max = 16) List<RouteFilter.Header> headers) {}

  /**
   * Whether a caller's decision counts.
   *
   * @param samplingRate share of the traces that callers sampled; null: all
   */
  public record ParentBased(
      @Default("ImplementationDefault") @OneOf({"Enabled", "Disabled", "ImplementationDefault"})
          String mode,
      RouteFilter.@Nullable Fraction samplingRate)
      implements Checked {
    @Override
    public List<Problem> problems() {
      return samplingRate != null && !mode.equals("Enabled")
          ? List.of(new Problem("samplingRate", "may stand beside the mode Enabled only"))
          : List.of();
    }
  }

  /** One more attribute of every span. */
  public record Attribute(
      @Text(min = 1, max = 256, pattern = "[a-zA-Z0-9_.:/-]+") String name,
      @OneOf({"Header", "Literal", "Attribute"}) String sourceType,
      @Nullable @Text(min = 1, max = 256, pattern = Schema.HEADER_NAME) String headerName,
      @Nullable @Text(min = 1, max = 1024) String literalValue,
      @Nullable @Text(min = 1, max = 256, pattern = "[a-z0-9_.-]+") String attributeKey)
      implements Checked {
    @Override
    public List<Problem> problems() {
      boolean fits =
          sourceType.equals("Header") == (headerName != null)
              && sourceType.equals("Literal") == (literalValue != null)
              && sourceType.equals("Attribute") == (attributeKey != null);
      return fits
          ? List.of()
          : List.of(new Problem("sourceType", "must be that of the one field which is set"));
    }
  }

  @Override
  public TelemetryPolicy withMetadata(ObjectMeta value) {
    return new TelemetryPolicy(value, spec, carried);
  }
}
