package dev.weft.resources;

import dev.weft.resources.Schema.Default;
import dev.weft.resources.Schema.Text;

/** What a policy is attached to (GEP-713): an object of the policy's own namespace. */
public record TargetRef(
    @Default("") @Text(max = 253, pattern = Schema.GROUP) String group,
    @Text(min = 1, max = 63, pattern = Schema.KIND) String kind,
    @Text(min = 1, max = 253) String name) {

  public boolean isService() {
    return group.isEmpty() && kind.equals("Service");
  }

  public boolean isXBackend() {
    return group.equals(Kind.X_BACKEND.group()) && kind.equals(Kind.X_BACKEND.kind());
  }

  public boolean isGateway() {
    return group.equals("gateway.networking.k8s.io") && kind.equals("Gateway");
  }
}
