package dev.weft.resources;

import dev.weft.resources.Schema.Default;
import dev.weft.resources.Schema.Range;
import dev.weft.resources.Schema.Text;
import org.jspecify.annotations.Nullable;

/**
 * What a route wants to attach to: a Gateway, a ListenerSet, or a Service (GAMMA).
 *
 * @param namespace null: the route's
 * @param sectionName null: every listener
 * @param port null: every port
 */
public record ParentRef(
    @Default("gateway.networking.k8s.io") @Text(max = 253, pattern = Schema.GROUP) String group,
    @Default("Gateway") @Text(min = 1, max = 63, pattern = Schema.KIND) String kind,
    @Nullable @Text(min = 1, max = 63, pattern = Schema.DNS_LABEL) String namespace,
    @Text(min = 1, max = 253) String name,
    @Nullable @Text(min = 1, max = 253, pattern = Schema.DNS_SUBDOMAIN) String sectionName,
    @Nullable @Range(min = 1, max = 65535) Integer port) {

  public boolean isGateway() {
    return group.equals("gateway.networking.k8s.io") && kind.equals("Gateway");
  }

  public boolean isListenerSet() {
    return group.equals("gateway.networking.k8s.io") && kind.equals("ListenerSet");
  }

  public boolean isService() {
    return group.isEmpty() && kind.equals("Service");
  }
}
