package dev.weft.resources;

import com.fasterxml.jackson.databind.JsonNode;
import dev.weft.resources.Schema.Carried;
import dev.weft.resources.Schema.Checked;
import dev.weft.resources.Schema.Default;
import dev.weft.resources.Schema.Problem;
import dev.weft.resources.Schema.Size;
import dev.weft.resources.Schema.Text;
import dev.weft.resources.Schema.Wire;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Who may do what, in Istio's words: a DENY that matches refuses; then, if there are ALLOWs for the
 * target, one of them must match.
 */
public record AuthorizationPolicy(
    ObjectMeta metadata, Spec spec, @Carried({"status"}) Map<String, JsonNode> carried)
    implements KubeObject {

  /**
   * What is wanted.
   *
   * @param targetRefs Services or Gateways of the policy's namespace (GEP-713)
   * @param selector Pods of the policy's namespace; with neither, all of them
   * @param rules any of; none: never matches, so an ALLOW refuses everything
   */
  public record Spec(
      @Size(max = 16) List<TargetRef> targetRefs,
      @Nullable LabelSelector selector,
      @Default("ALLOW") Action action,
      @Default("Enforce") Mode mode,
      @Size(max = 512) List<Rule> rules)
      implements Checked {

    @Override
    public List<Problem> problems() {
      return selector != null && !targetRefs.isEmpty()
          ? List.of(new Problem("selector", "may not stand beside targetRefs"))
          : List.of();
    }
  }

  public enum Action {
    ALLOW,
    DENY,
    AUDIT
  }

  /** DryRun only records what would have happened. */
  public enum Mode {
    @Wire("Enforce")
    ENFORCE,
    @Wire("DryRun")
    DRY_RUN
  }

  /**
   * All three.
   *
   * @param from any of; empty: everyone
   * @param to any of; empty: everything
   * @param when all of these CEL expressions
   */
  public record Rule(
      @Size(max = 512) List<From> from,
      @Size(max = 512) List<To> to,
      @Size(max = 32) @Text(min = 1, max = 4096) List<String> when) {}

  public record From(Source source) {}

  public record To(Operation operation) {}

  /** All fields; in each any of the values: exact, "prefix*", "*suffix" or "*". */
  public record Source(
      @Text(min = 1) List<String> principals,
      @Text(min = 1) List<String> notPrincipals,
      @Text(min = 1) List<String> namespaces,
      @Text(min = 1) List<String> notNamespaces,
      @Text(min = 1) List<String> serviceAccounts,
      @Text(min = 1) List<String> notServiceAccounts,
      @Text(min = 1) List<String> ipBlocks,
      @Text(min = 1) List<String> notIpBlocks) {}

  /** All fields; in each any of the values: exact, "prefix*", "*suffix" or "*". */
  public record Operation(
      @Text(min = 1) List<String> hosts,
      @Text(min = 1) List<String> notHosts,
      @Text(min = 1) List<String> ports,
      @Text(min = 1) List<String> notPorts,
      @Text(min = 1) List<String> methods,
      @Text(min = 1) List<String> notMethods,
      @Text(min = 1) List<String> paths,
      @Text(min = 1) List<String> notPaths) {}

  @Override
  public AuthorizationPolicy withMetadata(ObjectMeta value) {
    return new AuthorizationPolicy(value, spec, carried);
  }
}
