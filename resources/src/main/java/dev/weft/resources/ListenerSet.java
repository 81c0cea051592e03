package dev.weft.resources;

import com.fasterxml.jackson.databind.JsonNode;
import dev.weft.resources.Schema.Carried;
import dev.weft.resources.Schema.Checked;
import dev.weft.resources.Schema.Default;
import dev.weft.resources.Schema.Problem;
import dev.weft.resources.Schema.Size;
import dev.weft.resources.Schema.Text;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Listeners that somebody adds to a Gateway that allows it (GEP-1713). */
public record ListenerSet(
    ObjectMeta metadata, Spec spec, @Carried({"status"}) Map<String, JsonNode> carried)
    implements KubeObject {

  public record Spec(Parent parentRef, @Size(min = 1, max = 64) List<Gateway.Listener> listeners)
      implements Checked {

    @Override
    public List<Problem> problems() {
      return Gateway.listenerProblems(listeners);
    }
  }

  /**
   * The Gateway.
   *
   * @param namespace null: the set's own
   */
  public record Parent(
      @Default("gateway.networking.k8s.io") @Text(max = 253, pattern = Schema.GROUP) String group,
      @Default("Gateway") @Text(min = 1, max = 63, pattern = Schema.KIND) String kind,
      @Nullable @Text(min = 1, max = 63, pattern = Schema.DNS_LABEL) String namespace,
      @Text(min = 1, max = 253) String name) {

    public boolean isGateway() {
      return group.equals("gateway.networking.k8s.io") && kind.equals("Gateway");
    }
  }

  /** The namespace of the Gateway. */
  public String gatewayNamespace() {
    String said = spec.parentRef().namespace();
    return said == null ? metadata.namespace() : said;
  }

  @Override
  public ListenerSet withMetadata(ObjectMeta value) {
    return new ListenerSet(value, spec, carried);
  }
}
